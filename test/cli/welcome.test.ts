/** The banner says where this server listens, and the issuer beside it when that is somewhere else. */
import { expect, test } from '@jest/globals';
import { formatWelcome, type Welcome } from '../../src/cli/server/welcome.ts';

const operator = { clientId: 'lkc_x', clientSecret: 'lks_y' };
const ownerLink = { url: 'http://localhost:3001/console/first-run#lki_z', expiresAt: new Date() };

function welcome(own: Partial<Welcome['settings']>, ports: Pick<Welcome, 'port' | 'adminPort'>) {
  const issuer = own.issuer ?? 'http://localhost:3000';
  const host = own.host ?? '127.0.0.1';
  return formatWelcome({
    settings: {
      issuer,
      host,
      adminUrl: issuer,
      adminHost: host,
      databaseUrl: null,
      dataDir: './data',
      workers: 1,
      ...own,
    },
    ...ports,
    metricsPort: undefined,
    firstStart: { operator, ownerLink },
  });
}

function addressLines(issuer: string, host: string, port: number): string[] {
  const lines = welcome({ issuer, host }, { port, adminPort: undefined });
  return lines.filter((line) => /^ {2}(Address|Issuer|Admins) /.test(line));
}

test.each(['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::'])(
  'on %s the issuer of this port is the address',
  (host) => {
    expect(addressLines('http://localhost:3000', host, 3000)).toEqual([
      '  Address    http://localhost:3000',
    ]);
  },
);

test.each([
  // A second instance beside the first.
  ['http://localhost:3000', '127.0.0.1', 3001, 'http://127.0.0.1:3001'],
  ['http://localhost:3000', '::1', 3001, 'http://[::1]:3001'],
  // Behind a balancer.
  ['https://auth.example.com', '0.0.0.0', 3000, 'http://0.0.0.0:3000'],
  ['http://localhost:3000', '192.0.2.1', 3000, 'http://192.0.2.1:3000'],
])('the issuer %s stands beside the address of %s and port %d', (issuer, host, port, address) => {
  expect(addressLines(issuer, host, port)).toEqual([
    `  Address    ${address}`,
    `  Issuer     ${issuer}`,
  ]);
});

test.each([
  ['http://localhost:3001', '127.0.0.1', 'http://localhost:3001'],
  ['https://admin.example.com', '10.0.0.5', 'http://10.0.0.5:3001'],
])(
  'admins who have a listener of their own are sent to %s, and nobody else is',
  (adminUrl, adminHost, address) => {
    const lines = welcome({ adminUrl, adminHost }, { port: 3000, adminPort: 3001 });
    expect(lines.filter((line) => /^ {2}\w+ {2,}http/.test(line))).toEqual([
      '  Address    http://localhost:3000',
      `  Admins     ${address}`,
      `  Console    ${adminUrl}/console`,
      `  Reference  ${adminUrl}/docs`,
    ]);
    const commands = lines.filter((line) => line.includes('latchkey token') || /export/.test(line));
    expect(commands).toEqual([
      expect.stringContaining(
        `export LATCHKEY_ISSUER=http://localhost:3000 LATCHKEY_ADMIN_URL=${adminUrl} LATCHKEY_CLIENT_ID=lkc_x `,
      ),
      expect.not.stringContaining(adminUrl),
    ]);
  },
);
