/** SIGTERM: readiness goes off, running requests get their answers, then the process ends (S4). */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { answerRaw, headerOf } from '../support/raw-http.ts';
import { startServer } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { formatBasic, formatTokenRequest } from '../oauth/token-cases.ts';

const body = 'grant_type=client_credentials&scope=clients:read';
const isReady = 'GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n';

/** What a socket received until the other side closed it. */
async function readToEnd(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString();
}

test('a request that had begun is answered, and the process ends well', async () => {
  const server = await startServer();
  const request = formatTokenRequest({ authorization: formatBasic(server.operator), body });
  const socket = connect(server.port, '127.0.0.1');
  const received = readToEnd(socket);
  const idle = connect(server.port, '127.0.0.1');
  const idleReceived = readToEnd(idle);
  idle.write(isReady);
  // Half a request, and the server has it: it answers what is asked after it.
  socket.write(request.subarray(0, -5));
  expect((await answerRaw(server, isReady)).status).toBe(200);

  const stopped = server.stop();
  // It takes no new connections any more, and the request is still open.
  while (
    await fetch(`${server.issuer}/health/live`).then(
      () => true,
      () => false,
    )
  )
    await sleep(5);
  socket.write(request.subarray(-5));
  expect(await received).toMatch(/^HTTP\/1\.1 200 OK[^]*"access_token"/);
  expect(await idleReceived).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(await stopped).toBe(0);
  expect(server.output()).not.toMatch(/"level":"(warn|error|fatal)"/);
});

test('while it drains it is not ready, serves everything, and asks to close the connection', async () => {
  const server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_DRAIN_SECONDS: '2' },
  });
  const stopped = server.stop();
  for (;;) {
    const answer = await answerRaw(server, isReady);
    if (answer.status === 503) {
      expect(JSON.parse(answer.body)).toEqual({ status: 'not ready', database: 'up' });
      expect(headerOf(answer, 'connection')).toBe('close');
      break;
    }
    await sleep(5);
  }
  const token = await answerRaw(
    server,
    formatTokenRequest({ authorization: formatBasic(server.operator), body }),
  );
  expect([token.status, headerOf(token, 'connection')]).toEqual([200, 'close']);
  expect(await stopped).toBe(0);
});
