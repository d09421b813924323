/** LATCHKEY_WORKERS: several processes on one port that are one Latchkey. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import type { HttpAnswer, HttpConnections } from '../support/http-connections.ts';
import {
  killServersLeft,
  spawnServer,
  type Credential,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { tokenRequest } from '../support/token-request.ts';
import {
  connectTo,
  connectToEach,
  findWorker,
  freeze,
  listChildren,
  readLog,
  readWorkers,
  startWorkers,
  thawFrozen,
  tailOf,
} from '../support/workers.ts';
import { latchkey } from '../cli/latchkey-runner.ts';
import { until } from '../support/until.ts';

const connectionsPerWorkerMax = 3;

let server: ServerProcess;
let databaseUrl: string;
let metricsPort: number;
let token: string;
/** One connection to each worker, for the admin API. */
let connections: HttpConnections[];
let api: { identifier: string };
let client: RegisteredClient;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  metricsPort = await findFreePort();
  server = await startWorkers(2, {
    databaseUrl,
    // Libraries are asked to log all they do.
    env: { LATCHKEY_METRICS_PORT: String(metricsPort), DEBUG: '*' },
  });
  connections = await connectToEach(server, [1, 2]);
  const admin = new AdminApi(server);
  api = await admin.createApi(['orders:read']);
  client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
  const resource = `${server.issuer}/api`;
  const answer = await ask(connectionOf(0), server.operator, { resource });
  ({ access_token: token } = JSON.parse(answer.body) as { access_token: string });
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  expect(await server.stop()).toBe(0);
  await killServersLeft();
});

function connectionOf(index: number): HttpConnections {
  const connection = connections[index % connections.length];
  if (connection === undefined) throw new Error('there is no worker');
  return connection;
}

function ask(
  connection: HttpConnections,
  credential: Credential,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
): Promise<HttpAnswer> {
  return connection.send(tokenRequest(credential, { inBody: true, parameters, headers }));
}

function administer(
  connection: HttpConnections,
  method: string,
  path: string,
  body?: object,
): Promise<HttpAnswer> {
  return connection.send({
    path: `/api/v1${path}`,
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function register(connection: HttpConnections): Promise<RegisteredClient> {
  const { status, body } = await administer(connection, 'POST', '/clients', {
    name: 'A client',
    grants: [{ api: api.identifier, scopes: ['orders:read'] }],
  });
  if (status !== 201) throw new Error(`no client: ${body}`);
  const {
    id,
    client_id: clientId,
    client_secret: clientSecret,
  } = JSON.parse(body) as {
    id: string;
    client_id: string;
    client_secret: string;
  };
  return { id, clientId, clientSecret };
}

test('new connections go to all workers, and each logs what it answered', async () => {
  const answers: HttpAnswer[] = [];
  for (let count = 0; count < 12; count += 1) {
    answers.push(await ask(connectionOf(0), client, {}, { connection: 'close' }));
  }
  expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
  const workers = await Promise.all(
    answers.map(({ headers }) => findWorker(server, String(headers['x-request-id']))),
  );
  expect(new Set(workers)).toEqual(new Set([1, 2]));
  // The connection was closed, and a new one goes to whoever is next.
  connections[0] = await connectTo(server, 1);
  const requestId = String(answers[0]?.headers['x-request-id']);
  expect(readLog(server).filter((line) => line['request_id'] === requestId)).toEqual([
    {
      level: 'info',
      time: expect.any(String),
      service: 'latchkey',
      worker: workers[0],
      request_id: requestId,
      method: 'POST',
      route: 'token',
      status: 200,
      duration_ms: expect.any(Number),
      address: '127.0.0.1',
      client_id: client.clientId,
      outcome: 'issued',
      msg: 'request',
    },
  ]);
});

test('the log says who serves, and the first process that all do', () => {
  const serving = readLog(server).filter(({ msg }) => msg === 'serving');
  const line = { level: 'info', time: expect.any(String), service: 'latchkey', msg: 'serving' };
  const { port, issuer } = server;
  const worker = (number: number) => ({ ...line, worker: number, pid: expect.any(Number), port });
  const all = { ...line, port, database: 'postgresql', issuer, workers: 2 };
  expect(serving.length).toBe(3);
  expect(serving).toEqual(expect.arrayContaining([worker(1), worker(2), all]));
  expect(new Set(readWorkers(server).map(({ pid }) => pid)).size).toBe(2);
});

// W-40: they would log every parameter of a request.
test('what libraries would log is not asked for: no secret is in the log, and it says so', async () => {
  const wrong = { ...client, clientSecret: randomBytes(32).toString('hex') };
  for (const connection of connections) {
    expect((await ask(connection, wrong, { scope: 'no:such' })).status).toBe(401);
    const { status } = await ask(connection, client, { grant_type: 'password' });
    expect(status).toBe(400);
  }
  const log = server.output();
  expect(log).toContain(`"client_id":"${client.clientId}"`);
  expect(log).not.toContain(client.clientSecret);
  expect(log).not.toContain(wrong.clientSecret);
  expect(readLog(server).filter(({ msg }) => String(msg).startsWith('DEBUG is ignored'))).toEqual([
    expect.objectContaining({ level: 'warn' }),
  ]);
});

// S1b
test('a client registered through one is usable through the other when that is answered', async () => {
  for (let round = 0; round < 20; round += 1) {
    const registered = await register(connectionOf(round));
    const answers = await Promise.all(
      [connectionOf(round + 1), connectionOf(round)].map((each) => ask(each, registered)),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  }
});

// S1
test('a deactivation answered by one is obeyed by both, whatever is asked meanwhile', async () => {
  for (let round = 0; round < 6; round += 1) {
    const registered = await register(connectionOf(round));
    const senders = await connectToEach(server, [1, 2, 1, 2]);
    let acknowledgedAt = Number.POSITIVE_INFINITY;
    const late: number[] = [];
    let tokens = 0;
    const hammering = senders.map(async (connection) => {
      while (late.length < 40) {
        const sentAt = performance.now();
        const { status } = await ask(connection, registered);
        if (sentAt > acknowledgedAt) late.push(status);
        else tokens += Number(status === 200);
      }
      connection.close();
    });
    await until(
      () => tokens >= 20,
      'twenty tokens',
      () => tailOf(server),
    );
    const path = `/clients/${registered.id}`;
    const { status } = await administer(connectionOf(round), 'PATCH', path, { active: false });
    acknowledgedAt = performance.now();
    expect(status).toBe(200);
    await Promise.all(hammering);
    expect(new Set(late)).toEqual(new Set([401]));
  }
});

test('one listener answers with the metrics of all, added up', async () => {
  const issued = 'latchkey_token_requests_total{outcome="issued"}';
  const requests =
    'latchkey_http_request_duration_seconds_count{route="token",method="POST",status="200"}';
  const before = await readSamples();
  const sent = 24;
  for (let count = 0; count < sent; count += 1) {
    expect((await ask(connectionOf(count), client)).status).toBe(200);
  }
  // An answer is sent before it is counted.
  await sleep(50);
  const after = await readSamples();
  for (const sample of [issued, requests]) {
    expect([sample, (after.get(sample) ?? 0) - (before.get(sample) ?? 0)]).toEqual([sample, sent]);
  }
  expect(after.get('latchkey_database_up')).toBe(1);
  expect(after.get('latchkey_workers')).toBe(2);
  expect(after.get('latchkey_worker_restarts_total')).toBe(0);
  expect(after.get('process_cpu_seconds_total')).toBeGreaterThan(0);
});

async function readSamples(): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const samples = (await response.text()).matchAll(/^([a-z]\S*(?: \S+=\S+)*) (\S+)$/gm);
  return new Map([...samples].map(([, sample = '', value]) => [sample, Number(value)]));
}

describe('its connections to the database', () => {
  let observer: pg.Client;
  beforeAll(async () => {
    observer = new pg.Client({ connectionString: databaseUrl, application_name: 'observer' });
    await observer.connect();
  });
  afterAll(() => observer.end());

  test('are three for each worker, whatever they have to do, and none of the first process', async () => {
    const expected = 2 * connectionsPerWorkerMax;
    const counts: number[] = [];
    const over = new AbortController();
    const work = [0, 1, 2, 3, 4, 5].map(async (index) => {
      while (!over.signal.aborted) {
        const registered = await register(connectionOf(index));
        await ask(connectionOf(index + 1), registered);
        expect((await administer(connectionOf(index), 'GET', '/clients')).status).toBe(200);
      }
    });
    // Long enough for a seventh, and on a busy machine as long as the sixth takes.
    for (let look = 0; look < 30 || (look < 1_000 && !counts.includes(expected)); look += 1) {
      const { rows } = await observer.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'latchkey'`,
      );
      counts.push(...rows.map(({ count }) => count));
      await sleep(20);
    }
    over.abort();
    await Promise.all(work);
    expect(Math.max(...counts)).toBe(expected);
  });

  test('are never all taken by changes: reading goes on beside them', async () => {
    await observer.query('BEGIN');
    await observer.query('SELECT FROM registry_state FOR UPDATE');
    const [connection, second, third, reading] = await connectToEach(server, [1, 1, 1, 1]);
    try {
      const changes = [connection, second, third].map(async (each) => {
        const { status } = await administer(each ?? connectionOf(0), 'POST', '/clients', {
          name: 'Waiting',
          grants: [],
        });
        return status;
      });
      await sleep(100);
      const listed = await administer(reading ?? connectionOf(0), 'GET', '/clients?limit=1');
      expect(listed.status).toBe(200);
      // It has not waited until they gave up, either.
      expect(await Promise.race([...changes, Promise.resolve('all wait')])).toBe('all wait');
      await observer.query('COMMIT');
      expect(await Promise.all(changes)).toEqual([201, 201, 201]);
    } finally {
      for (const each of [connection, second, third, reading]) each?.close();
    }
  });
});

describe('a start', () => {
  const environment = async () => ({
    PORT: String(await findFreePort()),
    LATCHKEY_METRICS_PORT: '-1',
    LATCHKEY_WORKERS: '2',
  });
  const onPostgres = async () => ({
    ...(await environment()),
    DATABASE_URL: await createDatabase(),
    LATCHKEY_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  });

  test('with the embedded database is refused', async () => {
    expect(await latchkey(['serve'], { env: await environment() })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'latchkey: the settings are not right:\nLATCHKEY_WORKERS: more than 1 needs DATABASE_URL set: the embedded database serves one process\n',
    });
  });

  test.each(['0', '33', '-1', '1.5', 'all'])('with %s workers is refused', async (workers) => {
    const env = { ...(await environment()), LATCHKEY_WORKERS: workers };
    expect(await latchkey(['serve'], { env })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'latchkey: the settings are not right:\nLATCHKEY_WORKERS: must be a whole number from 1 to 32\n',
    });
  });

  test('on a port that is taken says so once, and leaves no credential behind', async () => {
    const env = { ...(await onPostgres()), PORT: String(server.port) };
    const { exitCode, stderr } = await latchkey(['serve'], { env });
    expect([exitCode, stderr]).toEqual([
      1,
      `latchkey: port ${server.port} is in use by another process, so the server cannot listen there\nEnd that process, or choose another port: PORT=${server.port + 1} npx latchkey serve\n`,
    ]);
    const observer = new pg.Client({ connectionString: env.DATABASE_URL });
    await observer.connect();
    expect((await observer.query('SELECT FROM clients')).rows).toEqual([]);
    await observer.end();
  });

  test('with a port for admins that is taken says so', async () => {
    const env = { ...(await onPostgres()), LATCHKEY_ADMIN_PORT: String(server.port) };
    const { exitCode, stderr } = await latchkey(['serve'], { env });
    expect([exitCode, stderr]).toEqual([
      1,
      `latchkey: port ${server.port} is in use by another process, so the admin API and the console cannot listen there\nEnd that process, or choose another port: LATCHKEY_ADMIN_PORT=${server.port + 1} npx latchkey serve\n`,
    ]);
  });

  test('on a metrics port that is taken says so', async () => {
    const env = { ...(await onPostgres()), LATCHKEY_METRICS_PORT: String(metricsPort) };
    const { exitCode, stderr } = await latchkey(['serve'], { env });
    expect([exitCode, stderr]).toEqual([
      1,
      `latchkey: port ${metricsPort} is in use by another process, so the metrics cannot listen there\nEnd that process, or choose another port: LATCHKEY_METRICS_PORT=${metricsPort + 1} (0: any free one, -1: no metrics) npx latchkey serve\n`,
    ]);
  });

  test('on any free ports shares them, and says how many serve where', async () => {
    const env = {
      ...(await onPostgres()),
      PORT: '0',
      LATCHKEY_ADMIN_PORT: '0',
      LATCHKEY_METRICS_PORT: '0',
      LATCHKEY_ISSUER: 'http://localhost:1',
      LATCHKEY_ADMIN_URL: 'http://localhost:2',
      LATCHKEY_DRAIN_SECONDS: '0',
    };
    const { exitCode, stdout, stderr } = await latchkey(['serve', '--json'], {
      env,
      stopAt: 'client_secret',
    });
    expect([exitCode, stderr]).toEqual([0, '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toContainEqual({
      issuer: 'http://localhost:1',
      admin_url: 'http://localhost:2',
      database: 'postgresql',
      workers: 2,
      metrics_port: expect.any(Number),
      client_id: null,
      client_secret: null,
      console_link: null,
    });
    const serving = lines.filter(({ msg }) => msg === 'serving');
    expect(serving.length).toBe(3);
    const [{ port, admin_port: adminPort } = {}] = serving;
    expect(serving).toEqual(
      Array(3).fill(expect.objectContaining({ port, admin_port: adminPort })),
    );
    expect(new Set([0, port, adminPort]).size).toBe(3);
  });

  test('is ready when all of them listen, and not before', async () => {
    const { DATABASE_URL: url } = await onPostgres();
    const env = { LATCHKEY_WORKERS: '2' };
    const starting = await spawnServer({ databaseUrl: url, entry: 'main', env });
    const frozen = await untilTwoChildren(starting);
    freeze(frozen);
    try {
      const look = async (path: string) =>
        fetch(`http://127.0.0.1:${starting.port}${path}`).then(
          ({ status }) => status,
          () => undefined,
        );
      while ((await look('/health/live')) === undefined) await sleep(10);
      for (let count = 0; count < 20; count += 1) {
        expect(await look('/health/ready')).toBe(503);
        await sleep(20);
      }
      thawFrozen();
      await starting.untilReady();
      const admin = new AdminApi(starting);
      expect((await admin.request('/clients')).status).toBe(200);
      expect(await starting.stop()).toBe(0);
    } finally {
      thawFrozen();
      await starting.kill();
    }
  });
});

/** The second of them. */
async function untilTwoChildren({ child }: ServerProcess): Promise<number> {
  for (;;) {
    const [, second] = await listChildren(child.pid ?? 0);
    if (second !== undefined) return second;
    await sleep(10);
  }
}
