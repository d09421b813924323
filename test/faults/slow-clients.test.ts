/** Many clients that send a little at a time keep nobody from their tokens, and are let go in time. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from '@jest/globals';
import { requestToken } from '../support/admin-api.ts';
import { killServersLeft, startServer } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';

const slowOfEachKind = 300;
const millisMax = 15_000;
const trickleMillis = 1_000;
/** They are slow, and no flood. */
const betweenMillis = 12;

const kinds = [
  { name: 'head', first: 'POST /oauth2/token HTTP/1.1\r\nHost: x\r\n', more: 'X: y\r\n' },
  {
    name: 'body',
    first:
      'POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 16000\r\n\r\n',
    more: 'x',
  },
];

afterAll(killServersLeft);

/** Resolves, when the server has closed the connection, with how it answered and when it closed. */
async function sendSlowly(
  port: number,
  { name, first, more }: (typeof kinds)[number],
  beginsAfterMillis: number,
): Promise<{ name: string; statusLine: string; inTime: boolean }> {
  await sleep(beginsAfterMillis);
  const startedAt = performance.now();
  const socket: Socket = connect(port, '127.0.0.1');
  // A reset while we still write is how a server stops a sender; 'close' follows.
  socket.on('error', () => undefined);
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.write(first);
  const trickle = setInterval(() => socket.write(more), trickleMillis);
  const givenUp = setTimeout(() => socket.destroy(), millisMax + 5_000);
  await once(socket, 'close');
  clearInterval(trickle);
  clearTimeout(givenUp);
  const [statusLine = ''] = received.split('\r\n');
  return { name, statusLine, inTime: performance.now() - startedAt < millisMax };
}

// L-09
test(
  `${slowOfEachKind} slow heads and as many slow bodies`,
  async () => {
    const server = await startServer({ databaseUrl: await createDatabase(), entry: 'main' });
    const gone = new AbortController();
    const slow = Promise.all(
      kinds.flatMap((kind) =>
        Array.from({ length: slowOfEachKind }, (_, index) =>
          sendSlowly(server.port, kind, index * betweenMillis),
        ),
      ),
    ).finally(() => gone.abort());
    let tokens = 0;
    const refusals: unknown[] = [];
    while (!gone.signal.aborted) {
      const { status, body } = await requestToken(server, server.operator);
      if (status === 200) tokens += 1;
      else refusals.push({ status, body });
      await sleep(20);
    }
    expect(refusals).toEqual([]);
    expect(tokens).toBeGreaterThan(100);
    const outcomes = (await slow).map((outcome) => JSON.stringify(outcome));
    expect(new Set(outcomes)).toEqual(
      new Set(
        kinds.map(({ name }) =>
          JSON.stringify({ name, statusLine: 'HTTP/1.1 408 Request Timeout', inTime: true }),
        ),
      ),
    );
    expect(await server.stop()).toBe(0);
  },
  millisMax + 30_000,
);
