/** A server that is told to stop fails no request (S4): readiness off, a drain wait, `Connection: close`, then the end. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { HttpConnections, type HttpAnswer } from '../support/http-connections.ts';
import {
  killServersLeft,
  newCredential,
  startServer,
  type ServerOptions,
  type ServerProcess,
} from '../support/server-process.ts';
import { findFreePort } from '../support/free-port.ts';
import { createDatabase } from '../support/shared-servers.ts';

const sendersAtOnce = 8;
/** A second on a quiet machine; who waits for idle connections waits twelve. */
const promptMillisMax = 3_000;
const form = { 'content-type': 'application/x-www-form-urlencoded' };

function tokenForm({ operator }: ServerProcess): string {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: operator.clientId,
    client_secret: operator.clientSecret,
  }).toString();
}

interface Load {
  answers: HttpAnswer[];
  failures: unknown[];
  over: Promise<void>;
}

/** Every sender has one connection, and sends its next request as soon as the last is answered. */
function startLoad(server: ServerProcess, mayGoOn: (last: HttpAnswer) => boolean): Load {
  const answers: HttpAnswer[] = [];
  const failures: unknown[] = [];
  const body = tokenForm(server);
  const send = async () => {
    const connections = new HttpConnections(server.port, 1);
    try {
      let last: HttpAnswer;
      do {
        last = await connections.send({
          path: '/oauth2/token',
          method: 'POST',
          headers: form,
          body,
        });
        answers.push(last);
      } while (mayGoOn(last));
    } catch (error) {
      failures.push(error);
    } finally {
      connections.close();
    }
  };
  const over = Promise.all(Array.from({ length: sendersAtOnce }, send)).then(() => undefined);
  return { answers, failures, over };
}

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
  { kind: 'PostgreSQL', signal: 'SIGTERM', drainSeconds: 1 },
  { kind: 'embedded database', signal: 'SIGINT', drainSeconds: 0 },
] as const)('$signal ($kind)', ({ kind, signal, drainSeconds }) => {
  const installation: ServerOptions = {
    operator: newCredential(),
    keyEncryptionKey: randomBytes(32).toString('base64'),
  };
  beforeAll(async () => {
    installation.dataDir = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
    if (kind === 'PostgreSQL') installation.databaseUrl = await createDatabase();
    // One port, and so one issuer, on one database.
    installation.port = await findFreePort();
  });
  afterAll(() => rm(installation.dataDir ?? '', { recursive: true, force: true }));

  const startOne = (seconds: number) =>
    start({ ...installation, env: { LATCHKEY_DRAIN_SECONDS: String(seconds) } });

  // F-74
  test('under load fails no request of a connection that was not told to close', async () => {
    const server = await startOne(drainSeconds);
    const load = startLoad(server, ({ headers }) => headers.connection !== 'close');
    while (load.answers.length < 100) await sleep(5);
    server.child.kill(signal);
    expect(await server.untilEnded()).toBe(0);
    await load.over;
    expect(load.failures).toEqual([]);
    expect(new Set(load.answers.map(({ status }) => status))).toEqual(new Set([200]));
    // Each connection was told, once.
    const told = load.answers.filter(({ headers }) => headers.connection === 'close');
    expect(told.length).toBe(sendersAtOnce);
  });

  // F-76
  test('lets a request finish that is under way, and does not wait for idle connections', async () => {
    const server = await startOne(0);
    const body = tokenForm(server);
    const slow = connect(server.port, '127.0.0.1');
    slow.write(
      `POST /oauth2/token HTTP/1.1\r\ncontent-type: ${form['content-type']}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
    );
    await openIdle(server.port, '');
    await openIdle(server.port, 'GET /health/live HTTP/1.1\r\n\r\n');
    server.child.kill(signal);
    let answer = '';
    slow.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    // Past the moment at which idle connections are closed.
    await sleep(700);
    expect(server.child.exitCode).toBeNull();
    slow.write(body.slice(20));
    const finishedAt = performance.now();
    expect(await server.untilEnded()).toBe(0);
    expect(performance.now() - finishedAt).toBeLessThan(promptMillisMax);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(answer).toContain('"access_token"');
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
  const load = startLoad(server, () => isReady);
  while (load.answers.length < 100) await sleep(5);
  server.child.kill('SIGTERM');
  expect(await untilNotReady(server)).toBe(503);
  const beforeTold = load.answers.length;
  while (load.answers.length < beforeTold + 50) await sleep(5);
  isReady = false;
  await load.over;
  expect(await server.untilEnded()).toBe(0);
  expect(load.failures).toEqual([]);
  expect(new Set(load.answers.map(({ status }) => status))).toEqual(new Set([200]));
});

// F-76
test('a second signal ends it at once', async () => {
  const server = await start({ databaseUrl: await createDatabase() });
  const hanging = connect(server.port, '127.0.0.1');
  hanging.on('error', () => undefined);
  hanging.write('POST /oauth2/token HTTP/1.1\r\ncontent-length: 10\r\n\r\nx');
  await openIdle(server.port, 'GET /health/live HTTP/1.1\r\n\r\n');
  server.child.kill('SIGTERM');
  await sleep(500);
  expect(server.child.exitCode).toBeNull();
  const startedAt = performance.now();
  server.child.kill('SIGTERM');
  expect(await server.untilEnded()).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(promptMillisMax);
});
