/** What a person reads when the server has started: where it is, and what to do next. */
import { isIP } from 'node:net';
import type { Settings } from '../config.ts';
import type { FirstStart } from '../compose/compose-registry.ts';

export interface Welcome {
  settings: Pick<Settings, 'issuer' | 'host' | 'databaseUrl' | 'dataDir' | 'workers'>;
  /** Where it listens. */
  port: number;
  metricsPort: number | undefined;
  firstStart: FirstStart | undefined;
}

const exampleApi = 'https://orders.example.com';

export function formatWelcome({ settings, port, metricsPort, firstStart }: Welcome): string[] {
  const database =
    settings.databaseUrl === null ? `embedded, in ${settings.dataDir}` : 'PostgreSQL';
  return [
    '',
    'Latchkey is running.',
    '',
    ...describeAddress(settings, port),
    `  Console    ${settings.issuer}/console`,
    `  Reference  ${settings.issuer}/docs`,
    `  Database   ${database}`,
    ...(settings.workers > 1 ? [`  Workers    ${settings.workers}`] : []),
    ...(metricsPort === undefined ? [] : [`  Metrics    http://127.0.0.1:${metricsPort}/metrics`]),
    '  Commands   npx latchkey --help',
    '',
    ...(firstStart ? firstSteps(settings.issuer, firstStart) : []),
  ];
}

/** The issuer is how others reach it, which may be by way of a balancer, or not at all. */
function describeAddress({ issuer, host }: Welcome['settings'], port: number): string[] {
  const address = `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const isIssuer =
    issuer === address ||
    (issuer === `http://localhost:${port}` && ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host));
  return isIssuer
    ? [`  Address    ${issuer}`]
    : [`  Address    ${address}`, `  Issuer     ${issuer}`];
}

/** Each command stands alone, so that it works in any terminal that is in this folder. */
function firstSteps(issuer: string, { operator, ownerLink }: FirstStart): string[] {
  const { clientId, clientSecret } = operator;
  const address = quote(issuer);
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
    `  export LATCHKEY_ISSUER=${address} LATCHKEY_CLIENT_ID=${clientId} LATCHKEY_CLIENT_SECRET=${clientSecret} && npx latchkey apis create --identifier ${exampleApi} --name Orders --scope orders:read --scope orders:write && npx latchkey clients create --name "My first client" --grant ${exampleApi} --save first-client.env`,
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
function quote(issuer: string): string {
  return /^[\w.:/-]+$/.test(issuer) ? issuer : `'${issuer}'`;
}
