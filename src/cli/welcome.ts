/** What a person reads when the server has started: where it is, and what to do next. */
import type { Settings } from '../config.ts';
import type { BootstrapCredential } from '../registry/bootstrap.ts';

export interface Welcome {
  settings: Pick<Settings, 'issuer' | 'databaseUrl' | 'dataDir'>;
  metricsPort: number | undefined;
  newOperator: BootstrapCredential | undefined;
}

const exampleApi = 'https://orders.example.com';

export function formatWelcome({ settings, metricsPort, newOperator }: Welcome): string {
  const database =
    settings.databaseUrl === null ? `embedded, in ${settings.dataDir}` : 'PostgreSQL';
  const lines = [
    '',
    'Latchkey is running.',
    '',
    `  Address    ${settings.issuer}`,
    `  Reference  ${settings.issuer}/docs`,
    `  Database   ${database}`,
    ...(metricsPort === undefined ? [] : [`  Metrics    http://127.0.0.1:${metricsPort}/metrics`]),
    '',
    ...(newOperator ? firstSteps(settings.issuer, newOperator) : []),
    '',
  ];
  return lines.join('\n');
}

function firstSteps(issuer: string, operator: BootstrapCredential): string[] {
  return [
    'Your admin client, shown this once. Keep the secret: nobody can read it back.',
    '',
    `  client_id      ${operator.clientId}`,
    `  client_secret  ${operator.clientSecret}`,
    '',
    'Three commands to copy, in this folder, in a second terminal:',
    '',
    '1. Register an API and a client',
    '',
    `export LATCHKEY_ISSUER=${issuer} LATCHKEY_CLIENT_ID=${operator.clientId} LATCHKEY_CLIENT_SECRET=${operator.clientSecret} && npx latchkey apis create --identifier ${exampleApi} --name Orders --scope orders:read --scope orders:write && npx latchkey clients create --name "My first client" --grant ${exampleApi} --save first-client.env`,
    '',
    '2. Fetch an access token',
    '',
    'npx latchkey token --credentials first-client.env --save first-token.jwt',
    '',
    '3. Validate it',
    '',
    `npx latchkey verify --audience ${exampleApi} first-token.jwt`,
    '',
  ];
}
