/** What a person reads when the server has started: where it is, and what to do next. */
import { isIP } from 'node:net';
import type { Settings } from '../../config.ts';
import type { FirstStart } from '../../compose/compose-registry.ts';

export interface Welcome {
  settings: Pick<
    Settings,
    'issuer' | 'host' | 'adminUrl' | 'adminHost' | 'databaseUrl' | 'dataDir' | 'workers'
  >;
  /** Where it listens. */
  port: number;
  /** undefined: for admins as well. */
  adminPort: number | undefined;
  metricsPort: number | undefined;
  firstStart: FirstStart | undefined;
}

const exampleApi = 'https://orders.example.com';

export function formatWelcome(welcome: Welcome): string[] {
  const { settings, port, adminPort, metricsPort, firstStart } = welcome;
  const { issuer, adminUrl } = settings;
  const address = describeAddress(settings.host, port, issuer);
  const database =
    settings.databaseUrl === null ? `embedded, in ${settings.dataDir}` : 'PostgreSQL';
  return [
    '',
    'Latchkey is running.',
    '',
    `  Address    ${address}`,
    ...(address === issuer ? [] : [`  Issuer     ${issuer}`]),
    ...(adminPort === undefined
      ? []
      : [`  Admins     ${describeAddress(settings.adminHost, adminPort, adminUrl)}`]),
    `  Console    ${adminUrl}/console`,
    `  Reference  ${adminUrl}/docs`,
    `  Database   ${database}`,
    ...(settings.workers > 1 ? [`  Workers    ${settings.workers}`] : []),
    ...(metricsPort === undefined ? [] : [`  Metrics    http://127.0.0.1:${metricsPort}/metrics`]),
    '  Commands   npx latchkey --help',
    '',
    ...(firstStart ? firstSteps(settings, firstStart) : []),
  ];
}

/** `url` is how others reach it, which may be by way of a balancer, or not at all: shown when it leads here. */
function describeAddress(host: string, port: number, url: string): string {
  const isHere =
    url === `http://localhost:${port}` && ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host);
  return isHere ? url : `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** Each command stands alone, so that it works in any terminal that is in this folder. */
function firstSteps(
  { issuer, adminUrl }: Welcome['settings'],
  { operator, ownerLink }: FirstStart,
): string[] {
  const { clientId, clientSecret } = operator;
  const address = quote(issuer);
  const adminAddress = adminUrl === issuer ? '' : ` LATCHKEY_ADMIN_URL=${quote(adminUrl)}`;
  return [
    'Open this in your browser: it makes you the owner, and leads you to a first access token. It works',
    'once, until tomorrow. (Lost? Stop the server: npx latchkey bootstrap --console-link)',
    '',
    `  ${ownerLink.url}`,
    '',
    'Or stay in the terminal.',
    '',
    `Your admin client is ${clientId}. Its secret stands in the first command below, is shown this`,
    'once, and nobody can read it back: keep it. (Lost? Stop the server: npx latchkey bootstrap --force)',
    '',
    'Three commands to copy, in this folder, in a second terminal. The space in front of a command',
    "keeps it out of most shells' history.",
    '',
    '1. Be the admin, and register an API and a client',
    '',
    `  export LATCHKEY_ISSUER=${address}${adminAddress} LATCHKEY_CLIENT_ID=${clientId} LATCHKEY_CLIENT_SECRET=${clientSecret} && npx latchkey apis create --identifier ${exampleApi} --name Orders --scope orders:read --scope orders:write && npx latchkey clients create --name "My first client" --grant ${exampleApi} --save first-client.env`,
    '',
    '2. Fetch an access token as that client',
    '',
    '  npx latchkey token --credentials first-client.env --save first-token.jwt',
    '',
    '3. Validate it',
    '',
    `  npx latchkey verify --issuer ${address} --audience ${exampleApi} first-token.jwt`,
    '',
  ];
}

/** For a shell; an origin needs it only when it is an IPv6 address. */
function quote(origin: string): string {
  return /^[\w.:/-]+$/.test(origin) ? origin : `'${origin}'`;
}
