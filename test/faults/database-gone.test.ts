/** The database is killed, frozen and brought back (S7): everything is answered in 3 s, and recovers by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';

const answerMillisMax = 3_000;
const recoveryMillisMax = 3_000;
const askersAtOnce = 25;

interface TimedAnswer {
  millis: number;
  status: number;
  type: string | null;
  retryAfter: string | null;
  body: Record<string, unknown>;
}

let postgres: PostgresServer;
let server: ServerProcess;
let admin: AdminApi;
let client: RegisteredClient;
let adminToken: string;

beforeAll(async () => {
  postgres = await startPostgres();
  server = await startServer({
    databaseUrl: await postgres.createDatabase('latchkey'),
    entry: 'main',
  });
  admin = new AdminApi(server);
  const api = await admin.createApi(['orders:read']);
  client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
  const { body } = await timed(() => fetchToken(server.operator, `${server.issuer}/api`));
  adminToken = String(body['access_token']);
});
afterAll(async () => {
  await killServersLeft();
  await postgres.stop();
});

async function timed(send: () => Promise<Response>): Promise<TimedAnswer> {
  const startedAt = performance.now();
  const response = await send();
  const text = await response.text();
  return {
    millis: performance.now() - startedAt,
    status: response.status,
    type: response.headers.get('content-type'),
    retryAfter: response.headers.get('retry-after'),
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

function fetchToken(
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
  resource?: string,
): Promise<Response> {
  return fetch(`${server.issuer}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...(resource === undefined ? {} : { resource }),
    }),
  });
}

const get = (path: string) => timed(() => fetch(server.issuer + path));

function callAdminApi(path: string, body?: object): Promise<TimedAnswer> {
  return timed(() =>
    fetch(`${server.issuer}/api/v1${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

/** What everybody asks: tokens most of all, lists, and changes. */
function ask(asker: number): Promise<TimedAnswer> {
  if (asker % 5 === 0) return callAdminApi('/clients');
  if (asker % 5 === 1) return callAdminApi('/clients', { name: 'A client', grants: [] });
  return timed(() => fetchToken(client));
}

function askAllAtOnce(): Promise<TimedAnswer[]> {
  return Promise.all(Array.from({ length: askersAtOnce }, (_, asker) => ask(asker)));
}

/** Every answer there was from before `fault` until some time after it. */
async function askDuring(fault: () => unknown, millisAfter: number): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  const over = new AbortController();
  const askers = Array.from({ length: askersAtOnce }, async (_, asker) => {
    while (!over.signal.aborted) answers.push(await ask(asker));
  });
  await untilMoreThan(50, answers);
  await fault();
  await sleep(millisAfter);
  over.abort();
  await Promise.all(askers);
  return answers;
}

/**
 * The slowest answer to a question that needs no database, asked all the while `work` goes on: what a
 * busy machine adds to every answer, and is not the database's doing.
 */
async function whileProbing<T>(work: () => Promise<T>): Promise<{ result: T; busyMillis: number }> {
  const over = new AbortController();
  let busyMillis = 0;
  const probe = async () => {
    while (!over.signal.aborted) {
      busyMillis = Math.max(busyMillis, (await get('/health/live')).millis);
      await sleep(20);
    }
  };
  const probing = probe();
  try {
    const result = await work();
    return { result, busyMillis };
  } finally {
    over.abort();
    await probing;
  }
}

async function untilMoreThan(count: number, answers: readonly unknown[]): Promise<void> {
  while (answers.length <= count) await sleep(5);
}

const problemSaying = (detail: string) => ({
  type: expect.stringMatching(/^application\/problem\+json/),
  retryAfter: '1',
  body: expect.objectContaining({
    status: 503,
    code: 'unavailable',
    title: 'Temporarily unavailable',
    detail,
  }),
});

/** The whole answer, but for the request id. */
const unavailable = {
  token: {
    type: 'application/json',
    retryAfter: '1',
    body: {
      error: 'temporarily_unavailable',
      error_description: 'the server cannot answer now: try again in a moment',
    },
  },
  adminApi: problemSaying('the database does not answer: try again in a moment'),
  /** Its COMMIT was on its way when the database went, and nobody can be asked what became of it. */
  changeOnItsWay: problemSaying(
    'the database went away while the change was stored, so it may or may not have been made: look before you repeat it, or repeat it with the same Idempotency-Key',
  ),
};

async function expectAnsweredInTime(
  askAll: () => Promise<TimedAnswer[]>,
  allowed: readonly number[],
): Promise<void> {
  const { result: answers, busyMillis } = await whileProbing(askAll);
  expect(answers.filter(({ status }) => !allowed.includes(status))).toEqual([]);
  expect(answers.map(({ status }) => status)).toContain(503);
  for (const { millis, status, ...rest } of answers) {
    expect(millis).toBeLessThan(answerMillisMax + busyMillis);
    if (status !== 503) continue;
    expect(Object.values(unavailable)).toContainEqual(rest);
  }
}

/** What does not need a database is served without one (P-286), and probes learn the truth (F-79). */
async function expectServedWithoutDatabase(): Promise<void> {
  const keys = await get('/.well-known/jwks.json');
  expect({ status: keys.status, keys: keys.body['keys'] }).toEqual({
    status: 200,
    keys: [expect.objectContaining({ alg: 'ES256' }), expect.objectContaining({ alg: 'RS256' })],
  });
  expect(await get('/.well-known/oauth-authorization-server')).toMatchObject({
    status: 200,
    body: { issuer: server.issuer },
  });
  expect(await get('/health/live')).toMatchObject({ status: 200, body: { status: 'alive' } });
  const startedAt = performance.now();
  let ready = await get('/health/ready');
  while (ready.body['database'] !== 'down' && performance.now() - startedAt < answerMillisMax) {
    await sleep(20);
    ready = await get('/health/ready');
  }
  expect(ready).toMatchObject({ status: 200, body: { status: 'ready', database: 'down' } });
}

async function expectRecovery(): Promise<void> {
  const startedAt = performance.now();
  for (const recovered of [
    async () => (await timed(() => fetchToken(client))).status === 200,
    async () => (await callAdminApi('/clients')).status === 200,
    async () => (await callAdminApi('/clients', { name: 'A client', grants: [] })).status === 201,
    async () => (await get('/health/ready')).body['database'] === 'up',
  ]) {
    while (!(await recovered())) {
      expect(performance.now() - startedAt).toBeLessThan(recoveryMillisMax);
      await sleep(20);
    }
  }
  expect(performance.now() - startedAt).toBeLessThan(recoveryMillisMax);
  expect(server.child.exitCode).toBeNull();
}

describe('while the database is gone', () => {
  // F-01, F-79, P-286
  test('killed under load: 503 at once, keys and metadata served, and back by itself', async () => {
    try {
      await expectAnsweredInTime(() => askDuring(() => postgres.kill(), 1_500), [200, 201, 503]);
      await expectAnsweredInTime(askAllAtOnce, [503]);
      await expectServedWithoutDatabase();
    } finally {
      await postgres.restart();
    }
    await expectRecovery();
  });

  // F-02
  test('frozen under load: every request is answered within 3 s, and back by itself', async () => {
    try {
      await expectAnsweredInTime(() => askDuring(() => postgres.freeze(), 6_000), [200, 201, 503]);
      await expectAnsweredInTime(askAllAtOnce, [503]);
      await expectServedWithoutDatabase();
    } finally {
      postgres.thaw();
    }
    await expectRecovery();
  });

  // F-76
  test('frozen, it still stops when it is told to', async () => {
    const other = await startServer({ databaseUrl: await postgres.createDatabase('stopping') });
    try {
      // So that it has connections which nobody is using, and which will not be told good-bye.
      await Promise.all(Array.from({ length: 20 }, () => requestToken(other, other.operator)));
      await postgres.freeze();
      const startedAt = performance.now();
      expect(await other.stop()).toBe(0);
      expect(performance.now() - startedAt).toBeLessThan(6_000);
    } finally {
      postgres.thaw();
      await other.kill();
    }
  });
});
