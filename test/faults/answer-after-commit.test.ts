/** A change that is stored is answered as it was made, whatever becomes of the database and the record then. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { requestToken, type AdminApi, type Answer } from '../support/admin-api.ts';
import { Instances, type Instance } from '../support/instances.ts';
import { killServersLeft } from '../support/server-process.ts';

/** S7 */
const answerMillisMax = 3_000;

let instances: Instances;
let instance: Instance;
/** While it stands still, what the other one changes is acknowledged late, and committed long before. */
let bystander: Instance;
let admin: AdminApi;
let observer: pg.Client;

beforeAll(async () => {
  instances = await Instances.start({ count: 2, proxied: true });
  const [first, second] = instances.all;
  if (first === undefined || second === undefined) throw new Error('two were to be started');
  [instance, bystander] = [first, second];
  admin = instances.admin(instance);
  observer = new pg.Client({ connectionString: instances.databaseUrl });
  await observer.connect();
  await admin.request('/clients');
});
afterEach(() => {
  bystander.thaw();
  instance.proxy?.heal();
});
afterAll(async () => {
  await observer.end();
  await killServersLeft();
  await instances.stop();
});

async function listNamed(name: string): Promise<{ id: string }[]> {
  const list = () => admin.request<{ data: { id: string }[] }>(`/clients?q=${name}`);
  for (let answer = await list(); ; answer = await list()) {
    if (answer.status === 200) return answer.body.data;
    await sleep(20);
  }
}

/** Starts the change, and does `meanwhile` between its commit and its answer. */
async function changeThen<Body>(
  table: 'apis' | 'clients',
  name: string,
  change: () => Promise<Answer<Body>>,
  meanwhile: () => unknown,
): Promise<Answer<Body>> {
  bystander.freeze();
  const answer = change();
  for (let rows = 0; rows === 0; await sleep(1)) {
    const found = await observer.query(`SELECT FROM ${table} WHERE name = $1`, [name]);
    rows = found.rowCount ?? 0;
  }
  await meanwhile();
  bystander.thaw();
  return answer;
}

function loseDatabase(): void {
  instance.proxy?.fail({ refuses: true });
  instance.proxy?.cut();
}

/** Again until the database is back. */
async function untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
    await sleep(20);
  }
}

// F-11, A-45
test('a new client is answered with its secret, also when the database is gone by then', async () => {
  const { identifier } = await admin.createApi(['read']);
  const body = { name: 'Kept', grants: [{ api: identifier, scopes: ['read'] }] };
  const headers = { 'idempotency-key': 'kept' };
  const create = () => admin.request('/clients', { method: 'POST', headers, body });
  const made = await changeThen('clients', 'Kept', create, loseDatabase);
  expect([made.status, made.body['name']]).toEqual([201, 'Kept']);
  instance.proxy?.heal();

  const credential = {
    clientId: String(made.body['client_id']),
    clientSecret: String(made.body['client_secret']),
  };
  const token = await untilAnswered(() => requestToken(instance.address, credential));
  expect(token.status).toBe(200);
  const replayed = await untilAnswered(create);
  expect([replayed.status, replayed.body['id']]).toEqual([200, made.body['id']]);
  expect(replayed.body).toMatchObject({ client_secret: null, secret_already_shown: true });
});

// A-45, F-11: the answer to its COMMIT is lost, and with it nothing.
test('a new client is answered with its secret, also when the connection breaks as it is stored', async () => {
  const { identifier } = await admin.createApi(['read']);
  const grants = [{ api: identifier, scopes: ['read'] }];
  instance.ownProxy.fail({ breaksCommit: 'after' });
  const body = { name: 'Stored', grants };
  const made = await admin.request('/clients', { method: 'POST', body });
  expect([made.status, made.body['name']]).toEqual([201, 'Stored']);
  instance.ownProxy.heal();
  const credential = {
    clientId: String(made.body['client_id']),
    clientSecret: String(made.body['client_secret']),
  };
  expect((await requestToken(instance.address, credential)).status).toBe(200);
  expect((await listNamed('Stored')).map(({ id }) => id)).toEqual([made.body['id']]);
  const events = await admin.request<{ data: unknown[] }>(
    `/audit-events?target=${String(made.body['id'])}`,
  );
  expect(events.body.data).toHaveLength(1);
});

test('a client that was not stored is not there, and the answer says that it may be made again', async () => {
  instance.ownProxy.fail({ breaksCommit: 'before' });
  const create = () =>
    admin.request('/clients', { method: 'POST', body: { name: 'Unstored', grants: [] } });
  const failed = await create();
  expect([failed.status, failed.body['detail']]).toEqual([
    503,
    'the database does not answer: try again in a moment',
  ]);
  instance.ownProxy.heal();
  expect(await listNamed('Unstored')).toEqual([]);
  expect((await create()).status).toBe(201);
});

// F-11: nothing can be promised but the truth.
test('a client of which nobody knows whether it is stored is answered so, and not made twice', async () => {
  instance.ownProxy.fail({ breaksCommit: 'for good' });
  const headers = { 'idempotency-key': 'unknown' };
  const create = () =>
    admin.request('/clients', { method: 'POST', headers, body: { name: 'Unknown', grants: [] } });
  const startedAt = performance.now();
  const unknown = await create();
  expect(performance.now() - startedAt).toBeLessThan(answerMillisMax);
  expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([503, '1']);
  expect(unknown.body['detail']).toContain('it may or may not have been made');
  instance.ownProxy.heal();
  const replayed = await untilAnswered(create);
  expect([replayed.status, replayed.body]).toMatchObject([
    200,
    { client_secret: null, secret_already_shown: true },
  ]);
  expect(await listNamed('Unknown')).toHaveLength(1);
});

test('a new API is answered, also when the database is gone by then', async () => {
  const body = { identifier: 'https://kept.example.com', name: 'Kept' };
  const create = () => admin.request('/apis', { method: 'POST', body });
  const made = await changeThen('apis', 'Kept', create, loseDatabase);
  expect([made.status, made.body['identifier']]).toEqual([201, body.identifier]);
  instance.proxy?.heal();
  const read = await untilAnswered(() => admin.request(`/apis/${String(made.body['id'])}`));
  expect(read.body).toEqual(made.body);
});

//
test('a new client is answered with its secret, also when it is deleted by then', async () => {
  const create = () =>
    admin.request('/clients', { method: 'POST', body: { name: 'Short', grants: [] } });
  const made = await changeThen('clients', 'Short', create, () =>
    observer.query(`UPDATE clients SET active = false, deleted_at = now() WHERE name = 'Short'`),
  );
  expect([made.status, made.body['client_secret']]).toEqual([201, expect.any(String)]);
});

test('a change is answered with what it made, also when the record is another by then', async () => {
  const { id } = await admin.createClient([]);
  const rename = (name: string) => () =>
    admin.request(`/clients/${id}`, { method: 'PATCH', body: { name } });
  const changed = await changeThen('clients', 'Mine', rename('Mine'), () =>
    observer.query(`UPDATE clients SET name = 'Theirs', version = version + 1 WHERE id = $1`, [id]),
  );
  expect([changed.status, changed.body['name']]).toEqual([200, 'Mine']);
  const read = await admin.request(`/clients/${id}`);
  expect(read.body['name']).toBe('Theirs');
  expect(read.headers.get('etag')).not.toBe(changed.headers.get('etag'));
});

test('an answer is the very record that is read afterwards, with its entity tag', async () => {
  const api = await admin.request('/apis', {
    method: 'POST',
    body: {
      identifier: 'https://same.example.com',
      name: 'x',
      scopes: [{ value: 'a' }, { value: 'b' }],
    },
  });
  const grants = [{ api: 'https://same.example.com', scopes: ['b', 'a'] }];
  const made = await admin.request('/clients', { method: 'POST', body: { name: 'x', grants } });
  const { client_secret: _secret, client_secret_expires_at: _expiry, ...client } = made.body;
  const clientPath = `/clients/${String(client['id'])}`;
  const apiPath = `/apis/${String(api.body['id'])}`;
  const expectSame = async (path: string, { headers }: Answer, body: object) => {
    const read = await admin.request(path);
    expect(read.body).toEqual(body);
    expect(read.headers.get('etag')).toBe(headers.get('etag'));
  };
  await expectSame(apiPath, api, api.body);
  await expectSame(clientPath, made, client);
  for (const [path, body] of [
    [apiPath, { name: 'y', scopes: [{ value: 'c' }, { value: 'b' }, { value: 'a' }] }],
    [clientPath, { name: 'y', grants: [{ ...grants[0], scopes: ['c', 'a'] }] }],
  ] as const) {
    const patched = await admin.request(path, { method: 'PATCH', body });
    await expectSame(path, patched, patched.body);
  }
  await admin.request(clientPath, { method: 'DELETE' });
  const restored = await admin.request(`${clientPath}/restore`, { method: 'POST' });
  expect(restored.status).toBe(200);
  await expectSame(clientPath, restored, restored.body);
});
