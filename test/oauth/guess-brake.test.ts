/** Guesses are slowed, and nothing else is: neither the right secret nor anybody else (L-06, L-07). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { GuessBrake } from '../../src/oauth/guess-brake.ts';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { HttpConnections } from '../support/http-connections.ts';
import { startServer, type Credential, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { formatBasic, formType } from './token-cases.ts';

const freeGuesses = 10;
const slowMillis = 100;

let server: ServerProcess;
let connections: HttpConnections;
let victim: RegisteredClient;
let other: RegisteredClient;

beforeAll(async () => {
  server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_TRUST_PROXY: '1' },
  });
  connections = new HttpConnections(server.port, 50);
  const admin = new AdminApi(server);
  const api = await admin.createApi(['read']);
  victim = await admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
  other = await admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
});
afterAll(async () => {
  connections.close();
  await server.stop();
});

async function ask(credential: Credential, address: string, path = '/oauth2/token') {
  const startedAt = performance.now();
  const { status, body, headers } = await connections.send({
    path,
    method: 'POST',
    headers: {
      'content-type': formType,
      'x-forwarded-for': address,
      authorization: formatBasic(credential),
    },
    body: path === '/oauth2/token' ? 'grant_type=client_credentials' : 'token=x',
  });
  const { date: _date, 'x-request-id': _requestId, ...constant } = headers;
  return { status, millis: performance.now() - startedAt, answer: { body, constant } };
}

const guess = (client: RegisteredClient, address: string, path?: string) =>
  ask({ ...client, clientSecret: `${client.clientSecret.slice(0, -1)}!` }, address, path);

test('more guesses than a person makes are slowed, on every endpoint, with the same bytes', async () => {
  const first = await guess(victim, '192.0.2.1');
  for (let index = 1; index < freeGuesses; index += 1) {
    // L-07: another address of the same network, another endpoint.
    await guess(
      victim,
      `192.0.2.${index + 1}`,
      index % 2 ? '/oauth2/introspect' : '/oauth2/revoke',
    );
  }
  const slowed = await guess(victim, '192.0.2.99');
  expect(slowed.millis).toBeGreaterThanOrEqual(slowMillis);
  expect([slowed.status, slowed.answer]).toEqual([401, first.answer]);
  // Whoever has the right secret does not wait for others' guesses. The quickest of some: the machine may be slow.
  const right: number[] = [];
  for (let token = 0; token < freeGuesses; token += 1) {
    const { status, millis } = await ask(victim, '192.0.2.99');
    expect(status).toBe(200);
    right.push(millis);
  }
  expect(Math.min(...right)).toBeLessThan(slowMillis);
});

test('an unknown client_id is slowed like a known one', async () => {
  const unknown = { ...other, clientId: 'lkc_0000000000000000000000' };
  for (let index = 0; index < freeGuesses; index += 1) await ask(unknown, '198.51.100.1');
  expect((await ask(unknown, '198.51.100.1')).millis).toBeGreaterThanOrEqual(slowMillis);
});

// L-06
test('the right secret is answered while its client_id is guessed at from the same address', async () => {
  const flood = Promise.all(Array.from({ length: 150 }, () => guess(victim, '192.0.2.1')));
  for (let index = 0; index < 20; index += 1) {
    expect((await ask(victim, '192.0.2.1')).status).toBe(200);
    expect((await ask(other, '192.0.2.1')).status).toBe(200);
  }
  const answers = await flood;
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
});

describe('how long a guess is held back', () => {
  const minuteMillis = 60_000;
  let brake: GuessBrake;
  let nowMillis: number;
  let names = 0;
  beforeEach(() => {
    nowMillis = 1_000;
    brake = new GuessBrake(() => nowMillis);
  });

  /** How long the last of so many is held back, each at a client of its own unless one is given. */
  function guessTimes(times: number, clientId?: string): number {
    let millis = 0;
    for (let time = 0; time < times; time += 1) {
      names += 1;
      millis = brake.countRefusal(clientId ?? `client ${names}`, '192.0.2.1');
    }
    return millis;
  }

  test.each([
    [10, 0],
    [11, 100],
    [30, 100],
    [31, 300],
    [100, 300],
    [101, 1_000],
  ])('the %dth at one client from one network: %d ms', (times, millis) => {
    expect(guessTimes(times, 'ada')).toBe(millis);
    // Nobody else waits for it.
    expect(brake.countRefusal('grace', '192.0.2.1')).toBe(0);
    expect(brake.countRefusal('ada', '198.51.100.1')).toBe(0);
  });

  test('after a thousand from one network at clients of any name, and longer after ten thousand', () => {
    const held = [1_000, 1, 8_999, 1].map((more) => guessTimes(more));
    expect(held).toEqual([0, 100, 100, 1_000]);
    expect(brake.countRefusal('ada', '198.51.100.1')).toBe(0);
  });

  test('is forgotten a minute after the first, however many came since', () => {
    expect(guessTimes(11, 'ada')).toBe(100);
    nowMillis += minuteMillis - 1;
    expect(guessTimes(1, 'ada')).toBe(100);
    nowMillis += 2;
    expect(guessTimes(10, 'ada')).toBe(0);
  });

  test('a flood beyond a thousand that wait is answered at once', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let waiting = 0;
    const hold = () =>
      brake.hold(100, () => {
        waiting += 1;
        return promise;
      });
    const held = Array.from({ length: 1_000 }, hold);
    await hold();
    expect(waiting).toBe(1_000);
    resolve();
    await Promise.all(held);
    // There is room again.
    await hold();
    expect(waiting).toBe(1_001);
  });
});
