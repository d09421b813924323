/** Whose word about the caller's address is taken: nobody's, or that of as many proxies as were configured. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { sendRaw } from '../support/raw-http.ts';
import { startServer, type ServerAddress, type ServerProcess } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';

/** The address in the audit event of a change that was made with these headers. */
async function auditedAddress(
  server: ServerAddress,
  headers: Record<string, string>,
): Promise<unknown> {
  const admin = new AdminApi(server);
  const { body: client } = await admin.request('/clients', {
    method: 'POST',
    headers,
    body: { name: 'A client', grants: [] },
  });
  const { body } = await admin.request<{ data: { address: unknown }[] }>(
    `/audit-events?target=${String(client['id'])}`,
  );
  const [event, ...more] = body.data;
  expect(more).toEqual([]);
  return event?.address;
}

// P-105
describeOnBothDatabases('without a trusted proxy', (server) => {
  test.each([
    { 'x-forwarded-for': '203.0.113.9' },
    { 'x-forwarded-for': '203.0.113.9, 203.0.113.10' },
    { forwarded: 'for=203.0.113.9' },
    { 'x-real-ip': '203.0.113.9' },
  ])('the audit names the peer, whatever it says: %j', async (headers) => {
    expect(await auditedAddress(server, headers)).toBe('127.0.0.1');
  });
});

describe('behind one trusted proxy', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer({
      databaseUrl: await createDatabase(),
      env: { LATCHKEY_TRUST_PROXY: '1' },
    });
  });
  afterAll(async () => {
    await server.stop();
  });

  test.each([
    ['203.0.113.9', '203.0.113.9'],
    // The proxy appends whom it spoke to; what stands before is the caller's own tale.
    ['198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['2001:db8::9', '2001:db8::9'],
    ['nonsense', '127.0.0.1'],
    ['203.0.113.9, ', '127.0.0.1'],
  ])('X-Forwarded-For "%s" is the caller %s', async (forwarded, address) => {
    expect(await auditedAddress(server, { 'x-forwarded-for': forwarded })).toBe(address);
  });

  // P-104: the issuer is configured, never forwarded.
  test('X-Forwarded-Host and -Proto still change nothing', async () => {
    const headers = { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' };
    const url = `${server.issuer}/.well-known/oauth-authorization-server`;
    const [plain, forwarded] = await Promise.all([
      fetch(url).then((response) => response.text()),
      fetch(url, { headers }).then((response) => response.text()),
    ]);
    expect(forwarded).toBe(plain);
  });

  // P-106
  test.each(['X-Forwarded-Proto', 'X-Forwarded-For', 'X-Forwarded-Host', 'Forwarded'])(
    '15 KB of commas in %s take no time',
    async (name) => {
      const bytes = `GET /health/live HTTP/1.1\r\nHost: x\r\n${name}: ${' ,'.repeat(7500)}\r\n\r\n`;
      const times: number[] = [];
      for (let run = 0; run < 10; run += 1) {
        const { answers, millis } = await sendRaw(server, bytes);
        expect(answers.map(({ status }) => status)).toEqual([200]);
        times.push(millis);
      }
      // The least of several: the rest is other people's noise.
      expect(Math.min(...times)).toBeLessThan(50);
    },
  );
});
