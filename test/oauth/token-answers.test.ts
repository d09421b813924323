/** The status line and the moment of answers at the token endpoint. */
import { createConnection } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const refusalMillisMin = 10;

/** Sends the head, waits, sends the body, and measures from there to the first byte of the answer. */
async function measureLateBody(issuer: string, body: string, pauseMillis: number): Promise<number> {
  const { hostname, port } = new URL(issuer);
  const socket = createConnection(Number(port), hostname);
  socket.write(
    `POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  await sleep(pauseMillis);
  const answered = new Promise<void>((resolve) => {
    socket.once('data', () => resolve());
  });
  const sentAt = performance.now();
  socket.write(body);
  await answered;
  socket.destroy();
  return performance.now() - sentAt;
}

describeOnBothDatabases('answers of the token endpoint', (server) => {
  // S6: the floor counts from the end of the request, not from its head.
  test.each(['no-such-id', 'lkc_0000000000000000000000'])(
    'no 401 sooner than 10 ms after a body that came late (%s)',
    async (clientId) => {
      const body = `grant_type=client_credentials&client_id=${clientId}&client_secret=wrong`;
      expect(await measureLateBody(server.issuer, body, 30)).toBeGreaterThanOrEqual(
        refusalMillisMin,
      );
    },
  );

  test('the status line has the phrase of its status', async () => {
    const admin = new AdminApi(server);
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
    const request = (scope: string) =>
      fetch(`${server.issuer}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: client.clientId,
          client_secret: client.clientSecret,
          scope,
        }),
      });
    expect(await request('a')).toMatchObject({ status: 200, statusText: 'OK' });
    expect(await request('b')).toMatchObject({ status: 400, statusText: 'Bad Request' });
  });
});
