/** A server that is told to stop fails no request (S4): readiness off, a drain wait, `Connection: close`, then the end. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  killServersLeft,
  startServer,
  type ServerOptions,
  type ServerProcess,
} from '../support/server-process.ts';
import { useServerOptions } from '../support/restartable-server.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { promptMillisMax, SenderLoad, sendersAtOnce, sendHalf } from '../support/token-senders.ts';

/** What a balancer does: asks every 50 ms, and sends nothing more once it was told. */
async function untilNotReady(server: ServerProcess): Promise<number> {
  for (;;) {
    const { status } = await fetch(`${server.issuer}/health/ready`, {
      headers: { connection: 'close' },
    });
    if (status !== 200) return status;
    await sleep(50);
  }
}

async function openIdle(port: number, request: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (request !== '') {
    socket.write(request);
    await once(socket, 'data');
  }
  return socket;
}

const start = (options: ServerOptions) => startServer({ entry: 'main', ...options });
afterEach(killServersLeft);

describe.each([
  { kind: 'PostgreSQL', chooseDatabase: createDatabase, signal: 'SIGTERM', drainSeconds: 1 },
  {
    kind: 'embedded database',
    chooseDatabase: async () => undefined,
    signal: 'SIGINT',
    drainSeconds: 0,
  },
] as const)('$signal ($kind)', ({ chooseDatabase, signal, drainSeconds }) => {
  // One port, and so one issuer, on one database.
  const options = useServerOptions(chooseDatabase);
  const startOne = (seconds: number) =>
    start({ ...options(), env: { LATCHKEY_DRAIN_SECONDS: String(seconds) } });

  // F-74
  test('under load fails no request of a connection that was not told to close', async () => {
    const server = await startOne(drainSeconds);
    const load = SenderLoad.startUntilTold(server);
    await load.untilAnswered(100);
    server.child.kill(signal);
    expect(await server.untilEnded()).toBe(0);
    await load.expectAllIssued();
    // Each connection was told, once.
    expect(load.told.length).toBe(sendersAtOnce);
  });

  // F-76
  test('lets a request finish that is under way, and does not wait for idle connections', async () => {
    const server = await startOne(0);
    const slow = sendHalf(server);
    await openIdle(server.port, '');
    await openIdle(server.port, 'GET /health/live HTTP/1.1\r\n\r\n');
    server.child.kill(signal);
    // Past the moment at which idle connections are closed.
    await sleep(700);
    expect(server.child.exitCode).toBeNull();
    slow.finish();
    const finishedAt = performance.now();
    expect(await server.untilEnded()).toBe(0);
    expect(performance.now() - finishedAt).toBeLessThan(promptMillisMax);
    expect(slow.answer()).toMatch(/^HTTP\/1\.1 200 /);
    expect(slow.answer()).toMatch(/\r\nConnection: close\r\n/i);
    expect(slow.answer()).toContain('"access_token"');
  });

  test('ends promptly when nothing but idle connections are open', async () => {
    const server = await startOne(0);
    await openIdle(server.port, '');
    await openIdle(server.port, 'GET /health/live HTTP/1.1\r\n\r\n');
    const startedAt = performance.now();
    server.child.kill(signal);
    expect(await server.untilEnded()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(promptMillisMax);
  });
});

// F-74
test('behind a balancer that honours readiness no request fails, whatever connections it opens', async () => {
  const server = await start({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_DRAIN_SECONDS: '1' },
  });
  let isReady = true;
  const load = SenderLoad.start(server, () => isReady);
  await load.untilAnswered(100);
  server.child.kill('SIGTERM');
  expect(await untilNotReady(server)).toBe(503);
  await load.untilAnswered(50);
  isReady = false;
  await load.expectAllIssued();
  expect(await server.untilEnded()).toBe(0);
});

// F-76
test('a second signal ends it at once', async () => {
  const server = await start({ databaseUrl: await createDatabase() });
  sendHalf(server);
  await openIdle(server.port, 'GET /health/live HTTP/1.1\r\n\r\n');
  server.child.kill('SIGTERM');
  await sleep(500);
  expect(server.child.exitCode).toBeNull();
  const startedAt = performance.now();
  server.child.kill('SIGTERM');
  expect(await server.untilEnded()).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(promptMillisMax);
});
