/** The listener's connections: how many there may be, who has to go, and what becomes of their requests. L-10 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type { Exchange } from '../../src/http/exchange.ts';
import { Listener, type RequestHandler } from '../../src/http/listener.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { until } from '../support/until.ts';

const limits = { connectionsMax: 6, connectionsCrowd: 4, lookMillis: 100 };
/** More than the system takes for somebody who reads nothing. */
const longAnswer = 'a'.repeat(16_777_216);

let listener: Listener;
let port: number;
let logged: Record<string, unknown>[];
let metrics: Metrics;
let sockets: Socket[];
/** What was begun, by path and with the address it came from. */
let begun: { path: string; exchange: Exchange; answer: () => void }[];

beforeEach(async () => {
  [logged, sockets, begun] = [[], [], []];
  metrics = new Metrics();
  const log = pino(
    { level: 'info' },
    // Pino writes lines of JSON.
    { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const handle: RequestHandler = (req, res, exchange) => {
    const path = req.url ?? '';
    exchange.route = path;
    const answer = () => void res.end(path === '/long' ? longAnswer : 'done');
    begun.push({ path, exchange, answer });
    if (path !== '/held') answer();
  };
  listener = new Listener({
    log,
    metrics: metrics.ofListener(),
    trustedProxies: 1,
    findHandler: () => handle,
    limits,
  });
  ({ port } = await listener.listen(0, '127.0.0.1'));
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await listener.close(0);
});

/** Resolves when it is connected; the server may turn it away all the same. */
async function open(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket, path: string, headers = ''): Promise<string> {
  const answer = once(socket, 'data');
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
  const [bytes] = (await answer) as [Buffer];
  return bytes.toString();
}

async function dropsCounted(): Promise<number> {
  const found = (await metrics.snapshot()).find(({ name }) => name.includes('connections_dropped'));
  return found?.values[0]?.value ?? 0;
}

const isOpen = (socket: Socket) => !socket.destroyed && socket.readyState === 'open';
const linesOf = (message: RegExp) => logged.filter(({ msg }) => message.test(String(msg)));

test('more than there may be are turned away, which is counted and said once a second', async () => {
  // All of them are waited for, so that none is idle.
  for (let number = 0; number < limits.connectionsMax; number += 1) {
    (await open()).write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
  }
  await until(() => begun.length === limits.connectionsMax, 'all are begun');
  for (let number = 0; number < 3; number += 1) {
    const socket = await open();
    if (!socket.destroyed) await once(socket.resume(), 'close');
  }
  expect(await dropsCounted()).toBe(3);
  expect(linesOf(/too many connections/)).toMatchObject([
    { level: 40, dropped: 1, connections_max: limits.connectionsMax },
  ]);
  // Whoever is there is served.
  for (const { answer } of begun) answer();
  await until(() => linesOf(/./).length > limits.connectionsMax, 'all are answered');
});

test('from the crowd on those that are idle go, and none that waits for an answer', async () => {
  const busy = await open();
  busy.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\n');
  const idle: Socket[] = [];
  for (let number = 0; number < limits.connectionsMax - 1; number += 1) {
    const socket = await open();
    idle.push(socket);
    await ask(socket, '/at-once');
    socket.resume();
  }
  const left = () => idle.filter(isOpen).length;
  await until(() => left() === limits.connectionsCrowd - 1, 'some were closed');
  await sleep(3 * limits.lookMillis);
  expect([left(), isOpen(busy)]).toEqual([limits.connectionsCrowd - 1, true]);
  const answered = once(busy, 'data');
  begun.find(({ path }) => path === '/held')?.answer();
  expect(String(await answered)).toContain('200 OK');
});

test('an answer that nobody reads ends its connection, one that is read slowly does not', async () => {
  const [unread, slow] = [await open(), await open()];
  for (const socket of [unread, slow]) socket.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
  unread.pause();
  let taken = 0;
  slow.on('data', (chunk) => {
    taken += chunk.length;
    slow.pause();
    setTimeout(() => slow.resume(), 5);
  });
  await until(() => logged.some(({ aborted }) => aborted === true), 'one was given up');
  expect(logged.filter(({ aborted }) => aborted === true)).toHaveLength(1);
  await until(() => taken > longAnswer.length, 'the other one was read');
});

test('a request that waits behind another is not begun when its connection is gone, and is logged', async () => {
  const socket = await open();
  socket.write('GET /held HTTP/1.1\r\nHost: x\r\n\r\nGET /behind HTTP/1.1\r\nHost: x\r\n\r\n');
  await until(() => begun.length === 1, 'the first is begun');
  socket.destroy();
  await until(
    () => logged.length === 2,
    'both are logged',
    () => JSON.stringify(logged),
  );
  expect(begun.map(({ path }) => path)).toEqual(['/held']);
  expect(logged).toMatchObject([{ aborted: true }, { aborted: true }]);
});

// P-105: some proxies name the port as well.
test.each([
  ['192.0.2.1:5678', '192.0.2.1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
  ['198.51.100.7:1, 192.0.2.1:5678', '192.0.2.1'],
  ['192.0.2.1:', '127.0.0.1'],
  ['192.0.2.1:123456', '127.0.0.1'],
  ['[192.0.2', '127.0.0.1'],
])('X-Forwarded-For %s is the caller %s', async (forwarded, address) => {
  await ask(await open(), '/at-once', `X-Forwarded-For: ${forwarded}\r\n`);
  expect(begun.map(({ exchange }) => exchange.address)).toEqual([address]);
});
