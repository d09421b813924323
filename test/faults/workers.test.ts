/** Processes of one server that die, freeze, or are told to stop, at every moment and by whoever may do so. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { findFreePort } from '../support/free-port.ts';
import type { HttpAnswer } from '../support/http-connections.ts';
import {
  killServersLeft,
  newCredential,
  type ServerOptions,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { tokenRequest } from '../support/token-request.ts';
import { promptMillisMax, SenderLoad, sendersAtOnce, sendHalf } from '../support/token-senders.ts';
import {
  connectTo,
  connectToEach,
  findWorker,
  freeze,
  isRunning,
  listChildren,
  readLog,
  readWorkers,
  startWorkers,
  thawFrozen,
  tailOf,
  untilWorkers,
} from '../support/workers.ts';
import { until } from '../support/until.ts';

const goneMillisMax = 5_000;

const installation: ServerOptions & { databaseUrl: string } = { databaseUrl: '' };
beforeAll(async () => {
  // One port, and so one issuer, on one database.
  installation.databaseUrl = await createDatabase();
  installation.operator = newCredential();
  installation.keyEncryptionKey = randomBytes(32).toString('base64');
  installation.port = await findFreePort();
});
afterEach(async () => {
  thawFrozen();
  await killServersLeft();
});

const start = (env: Record<string, string> = {}) => startWorkers(2, { ...installation, env });
const pidsOf = (server: ServerProcess) => readWorkers(server).map(({ pid }) => pid);

async function workersOf(
  server: ServerProcess,
  answers: readonly HttpAnswer[],
): Promise<Set<number>> {
  const ids = answers.map(({ headers }) => String(headers['x-request-id']));
  return new Set(await Promise.all(ids.map((id) => findWorker(server, id))));
}

async function countIssued(metricsPort: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/outcome="issued"\} (\d+)/.exec(text)?.[1]);
}

/** Every process of a server that has ended is gone. */
async function expectAllGone(pids: readonly number[]): Promise<void> {
  expect(pids.length).toBeGreaterThan(1);
  await until(() => !pids.some(isRunning), `${pids.join(', ')} gone`);
}

describe('a worker', () => {
  // F-70
  test('killed under load takes only its own connections along, and another one comes', async () => {
    const metricsPort = await findFreePort();
    const server = await start({ LATCHKEY_METRICS_PORT: String(metricsPort) });
    let isOver = false;
    const kept = SenderLoad.start(server, () => !isOver);
    const opened = SenderLoad.start(server, () => !isOver, { connection: 'close' });
    while (kept.answers.length < 200 || opened.answers.length < 100) await sleep(5);
    const issuedBefore = await countIssued(metricsPort);
    const [victim] = readWorkers(server);
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const [, , successor] = await untilWorkers(server, 3);
    expect(await countIssued(metricsPort)).toBeGreaterThanOrEqual(issuedBefore);
    await opened.untilAnswered(50);
    isOver = true;
    await Promise.all([kept.over, opened.over]);

    expect(successor).toEqual({ worker: 3, pid: expect.any(Number) });
    // Its own of those that were kept, and of the others what it had at that moment.
    expect(await workersOf(server, kept.first.broken)).toEqual(new Set([1]));
    expect(await workersOf(server, kept.first.whole)).toEqual(new Set([2]));
    expect(kept.first.broken.length + kept.first.whole.length).toBe(sendersAtOnce);
    expect(opened.failures.length).toBeLessThan(sendersAtOnce);
    expect([kept.statuses, opened.statuses]).toEqual([new Set([200]), new Set([200])]);
    expect(readLog(server).filter(({ msg }) => msg === 'a worker ended')).toEqual([
      {
        level: 'error',
        time: expect.any(String),
        service: 'latchkey',
        worker: 1,
        pid: victim?.pid,
        exit_code: null,
        signal: 'SIGKILL',
        wait_ms: expect.any(Number),
        msg: 'a worker ended',
      },
    ]);
    for (const worker of [2, 3]) {
      const connection = await connectTo(server, worker);
      const { status } = await connection.send({ path: '/health/ready' });
      expect(status).toBe(200);
      connection.close();
    }
    expect(await server.stop()).toBe(0);
    await expectAllGone(pidsOf(server));
  });

  test('that dies before it takes a connection leaves it to the others', async () => {
    const server = await start();
    const [frozen] = readWorkers(server);
    freeze(frozen?.pid ?? 0);
    // One of them is handed to the worker that does not move, and the rest to the other.
    const requests = [1, 2, 3].map(() => sendHalf(server));
    for (const { finish } of requests) finish();
    await until(
      () => requests.filter(({ answer }) => answer() !== '').length === 2,
      'two of three answered',
      () => tailOf(server),
    );
    await sleep(100);
    expect(requests.filter(({ answer }) => answer() !== '').length).toBe(2);
    process.kill(frozen?.pid ?? 0, 'SIGKILL');
    await until(
      () => requests.every(({ answer }) => answer() !== ''),
      'all answered',
      () => tailOf(server),
    );
    for (const { answer, socket } of requests) {
      expect(answer()).toMatch(/^HTTP\/1\.1 200 /);
      socket.destroy();
    }
    expect(await server.stop()).toBe(0);
  });

  test('that is frozen is counted as it was seen last, and also when it is dead', async () => {
    const metricsPort = await findFreePort();
    const server = await start({ LATCHKEY_METRICS_PORT: String(metricsPort) });
    const connections = await connectToEach(server, [1, 2]);
    const request = tokenRequest(server.operator);
    for (const each of connections) await each.send(request);
    await sleep(50);
    expect(await countIssued(metricsPort)).toBe(2);
    const [frozen] = readWorkers(server);
    freeze(frozen?.pid ?? 0);
    await connections[1]?.send(request);
    await sleep(50);
    const startedAt = performance.now();
    expect(await countIssued(metricsPort)).toBe(3);
    expect(performance.now() - startedAt).toBeLessThan(promptMillisMax);
    process.kill(frozen?.pid ?? 0, 'SIGKILL');
    await untilWorkers(server, 3);
    expect(await countIssued(metricsPort)).toBe(3);
    const [successor] = await connectToEach(server, [3]);
    await successor?.send(request);
    await sleep(50);
    expect(await countIssued(metricsPort)).toBe(4);
    for (const each of connections) each.close();
    successor?.close();
    expect(await server.stop()).toBe(0);
  });

  test('that is told to stop alone finishes what it has, stays ready, and another one comes', async () => {
    const server = await start({ LATCHKEY_DRAIN_SECONDS: '1' });
    const [first] = readWorkers(server);
    const [balancer] = await connectToEach(server, [1]);
    const load = SenderLoad.startUntilTold(server);
    const opened = SenderLoad.start(server, () => readWorkers(server).length < 3, {
      connection: 'close',
    });
    await load.untilAnswered(100);
    process.kill(first?.pid ?? 0, 'SIGTERM');
    // No balancer should go elsewhere because of it.
    let look: HttpAnswer | undefined;
    do look = await balancer?.send({ path: '/health/ready' });
    while (look?.headers.connection !== 'close');
    expect(look.status).toBe(200);
    await untilWorkers(server, 3);
    await opened.over;
    expect([load.failures, opened.failures]).toEqual([[], []]);
    expect(readLog(server).find(({ msg }) => msg === 'a worker ended')).toMatchObject({
      level: 'warn',
      worker: 1,
      exit_code: 0,
      signal: null,
    });
    server.child.kill('SIGTERM');
    expect(await server.untilEnded()).toBe(0);
    await load.expectAllIssued();
  });

  test('that dies again and again right after its start ends the whole server', async () => {
    const server = await start();
    const killed = new Set<number>();
    while (server.child.exitCode === null && server.child.signalCode === null) {
      for (const { pid } of readWorkers(server)) {
        if (!killed.has(pid) && isRunning(pid)) process.kill(pid, 'SIGKILL');
        killed.add(pid);
      }
      await sleep(10);
    }
    expect(await server.untilEnded()).toBe(1);
    expect(killed.size).toBeLessThan(10);
    expect(readLog(server).filter(({ level }) => level === 'fatal')).toEqual([
      expect.objectContaining({
        msg: 'stopping: no worker goes on',
        err: expect.objectContaining({
          message: 'workers end again and again soon after their start: SIGKILL',
        }),
      }),
    ]);
    await expectAllGone([...killed]);
  });
});

describe('SIGTERM', () => {
  // F-74
  test('under load fails no request of a connection that was not told to close', async () => {
    const server = await start({ LATCHKEY_DRAIN_SECONDS: '1' });
    const load = SenderLoad.startUntilTold(server);
    await load.untilAnswered(100);
    server.child.kill('SIGTERM');
    expect(await server.untilEnded()).toBe(0);
    await load.expectAllIssued();
    const told = load.told;
    expect(told.length).toBe(sendersAtOnce);
    expect(await workersOf(server, told)).toEqual(new Set([1, 2]));
    await expectAllGone(pidsOf(server));
  });

  // F-74
  test('behind a balancer that honours readiness fails no request, whatever connections it opens', async () => {
    const server = await start({ LATCHKEY_DRAIN_SECONDS: '1' });
    let isReady = true;
    const load = SenderLoad.start(server, () => isReady, { connection: 'close' });
    await load.untilAnswered(100);
    server.child.kill('SIGTERM');
    await sleep(100);
    const looks = await Promise.all(
      [1, 2, 3, 4].map(() =>
        fetch(`${server.issuer}/health/ready`, { headers: { connection: 'close' } }),
      ),
    );
    expect(looks.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    await load.untilAnswered(50);
    isReady = false;
    await load.expectAllIssued();
    expect(await server.untilEnded()).toBe(0);
    await expectAllGone(pidsOf(server));
  });

  // F-76
  test('lets requests of every worker finish, and does not wait for idle connections', async () => {
    const server = await start();
    const idle = await connectToEach(server, [1, 2]);
    const requests = [1, 2, 3, 4].map(() => sendHalf(server));
    await sleep(200);
    server.child.kill('SIGTERM');
    // Past the moment at which idle connections are closed.
    await sleep(700);
    expect(server.child.exitCode).toBeNull();
    for (const { finish } of requests) finish();
    const finishedAt = performance.now();
    expect(await server.untilEnded()).toBe(0);
    expect(performance.now() - finishedAt).toBeLessThan(promptMillisMax);
    for (const { answer } of requests) expect(answer()).toMatch(/^HTTP\/1\.1 200 /);
    for (const connection of idle) connection.close();
    await expectAllGone(pidsOf(server));
  });

  // F-76
  test('twice ends all of them at once', async () => {
    const server = await start();
    const requests = [1, 2].map(() => sendHalf(server));
    await sleep(200);
    server.child.kill('SIGTERM');
    await sleep(500);
    expect(server.child.exitCode).toBeNull();
    const startedAt = performance.now();
    server.child.kill('SIGTERM');
    expect(await server.untilEnded()).toBe(1);
    await expectAllGone(pidsOf(server));
    expect(performance.now() - startedAt).toBeLessThan(promptMillisMax);
    for (const { socket } of requests) socket.destroy();
  });

  test('while they start leaves nothing behind', async () => {
    const server = await start();
    // Until one is there that has said nothing yet.
    process.kill(pidsOf(server)[0] ?? 0, 'SIGKILL');
    let children: number[] = [];
    await until(() => !isRunning(pidsOf(server)[0] ?? 0), 'the first worker gone');
    while (children.length < 2) children = await listChildren(server.child.pid ?? 0);
    server.child.kill('SIGTERM');
    expect(await server.untilEnded()).toBe(0);
    await expectAllGone([...pidsOf(server), ...children]);
  });
});

// F-76
test('Ctrl-C, which reaches every process, and from npm a second time, is one order to stop', async () => {
  const server = await start({ LATCHKEY_DRAIN_SECONDS: '1' });
  const load = SenderLoad.startUntilTold(server);
  await load.untilAnswered(100);
  for (const pid of [server.child.pid ?? 0, ...pidsOf(server)]) process.kill(pid, 'SIGINT');
  await sleep(5);
  server.child.kill('SIGINT');
  expect(await server.untilEnded()).toBe(0);
  await load.expectAllIssued();
  await expectAllGone(pidsOf(server));
});

test('killed, the first process takes the workers along, which answer what they have begun', async () => {
  const server = await start();
  const load = SenderLoad.startUntilTold(server);
  await load.untilAnswered(100);
  const finished = sendHalf(server);
  const hanging = sendHalf(server);
  await sleep(200);
  const startedAt = performance.now();
  await server.kill();
  await sleep(300);
  finished.finish();
  await once(finished.socket, 'close');
  expect(finished.answer()).toMatch(/^HTTP\/1\.1 200 /);
  await expectAllGone(pidsOf(server));
  expect(performance.now() - startedAt).toBeLessThan(goneMillisMax);
  hanging.socket.destroy();
  await load.over;
  expect(load.failures).toEqual([]);
  // The port is free again, and the workers have given back what others would wait for.
  const next = await start();
  expect(await next.stop()).toBe(0);
});
