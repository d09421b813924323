/** An instance that stops in the middle of a change holds the counter row; the database takes it back after 1 s. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { AdminApi, Answer, RegisteredClient } from '../support/admin-api.ts';
import { useInstances, type Instance } from '../support/instances.ts';

/** A lock is waited for as long, so whoever is sent away once comes when it is free. */
const attemptsMax = 2;
const idleMillisMax = 1_000;
const freezesMax = 5;

const instances = useInstances({ count: 2, proxied: true });
let frozen: Instance;
let well: Instance;
let admin: AdminApi;
let client: RegisteredClient;
/** Sees and locks what an instance does, and is none itself. */
let observer: pg.Client;

beforeAll(async () => {
  [frozen, well] = [instances().get(0), instances().get(1)];
  admin = instances().admin(well);
  client = await admin.createClient([]);
  observer = new pg.Client({
    connectionString: instances().databaseUrl,
    application_name: 'observer',
  });
  await observer.connect();
});
afterAll(async () => {
  frozen.thaw();
  await observer.end();
});

function rename(instance: Instance, name: string): Promise<Answer> {
  return instances()
    .admin(instance)
    .request(`/clients/${client.id}`, { method: 'PATCH', body: { name } });
}

/** Backends of the instances, of which the condition holds. */
async function findBackends(condition: string): Promise<{ pid: number; state: string }[]> {
  // Else a transaction of the observer's own would see the same again and again.
  await observer.query('SELECT pg_stat_clear_snapshot()');
  const { rows } = await observer.query<{ pid: number; state: string }>(
    `SELECT pid, state FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'latchkey' AND ${condition}`,
  );
  return rows;
}

/** The backend of the change that waits for the counter; undefined when it was answered instead. */
async function untilWaiting(isAnswered: () => boolean): Promise<number | undefined> {
  while (!isAnswered()) {
    const [backend] = await findBackends(
      `wait_event_type = 'Lock' AND query LIKE 'UPDATE registry_state%'`,
    );
    if (backend) return backend.pid;
    await sleep(5);
  }
  return undefined;
}

/** What became of its statement: `idle in transaction` when it has raised the counter. */
async function untilNotActive(pid: number): Promise<string | undefined> {
  for (;;) {
    const [backend] = await findBackends(`pid = ${pid}`);
    if (backend?.state !== 'active') return backend?.state;
    await sleep(5);
  }
}

/** Freezes the instance when its change has raised the counter, and has not committed. */
async function freezeInChange(name: string): Promise<{ pid: number; answer: Promise<Answer> }> {
  for (let attempt = 1; attempt <= freezesMax; attempt += 1) {
    await observer.query('BEGIN');
    await observer.query('SELECT FROM registry_state FOR UPDATE');
    let isAnswered = false;
    const answer = rename(frozen, name).finally(() => {
      isAnswered = true;
    });
    const pid = await untilWaiting(() => isAnswered);
    frozen.freeze();
    await observer.query('COMMIT');
    if (pid !== undefined && (await untilNotActive(pid)) === 'idle in transaction') {
      return { pid, answer };
    }
    // This machine is so slow that the change had given up its wait for the counter.
    frozen.thaw();
    await answer;
  }
  throw new Error('it was never frozen in the middle of a change');
}

function expectUnavailable({ status, headers, body }: Answer): void {
  expect([status, headers.get('retry-after'), body['code']]).toEqual([503, '1', 'unavailable']);
}

async function listActions(): Promise<string[]> {
  const { body } = await admin.request<{ data: { action: string }[] }>(
    `/audit-events?target=${client.id}`,
  );
  return body.data.map(({ action }) => action);
}

test('a change elsewhere is sent away once at most, and what was not committed never was', async () => {
  const { pid, answer } = await freezeInChange('Never');
  const statuses: number[] = [];
  while (statuses.length < attemptsMax && !statuses.includes(200)) {
    statuses.push((await rename(well, 'Renamed')).status);
  }
  expect(statuses.at(-1)).toBe(200);
  expect(await findBackends(`pid = ${pid}`)).toEqual([]);

  frozen.thaw();
  expectUnavailable(await answer);
  const { body: read } = await instances().admin(frozen).request(`/clients/${client.id}`);
  expect(read['name']).toBe('Renamed');
  expect((await rename(frozen, 'And again')).status).toBe(200);
  expect(await listActions()).toEqual(['client.updated', 'client.updated', 'client.created']);
});

test('a change whose every question is answered later than that is given up, and said to be', async () => {
  const before = await listActions();
  const onFrozen = instances().admin(frozen);
  expect((await onFrozen.request('/clients?limit=1')).status).toBe(200);
  frozen.ownProxy.fail({ answerDelay: { millis: idleMillisMax + 200, spares: 'poll-feed' } });
  const answer = await onFrozen.request(`/clients/${client.id}`, {
    method: 'PATCH',
    body: { name: 'Never' },
  });
  frozen.ownProxy.heal();
  expectUnavailable(answer);
  expect(await listActions()).toEqual(before);
});
