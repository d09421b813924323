/** The banner says where this server listens, and the issuer beside it when that is somewhere else. */
import { expect, test } from '@jest/globals';
import { formatWelcome } from '../../src/cli/welcome.ts';

function addressLines(issuer: string, host: string, port: number): string[] {
  const settings = { issuer, host, databaseUrl: null, dataDir: './data', workers: 1 };
  const lines = formatWelcome({ settings, port, metricsPort: undefined, firstStart: undefined });
  return lines.filter((line) => /^ {2}(Address|Issuer) /.test(line));
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
