/** An admin call in flight ends with its caller: nothing is done after the answer that cut the caller off. */
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { createRecordId } from '../../src/registry/credential.ts';
import { AdminApi, requestToken, type Answer } from '../support/admin-api.ts';
import { killServersLeft, startServer } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';
import { adminGrants, permissions, registerAdmin, type Permission } from './admin-clients.ts';

interface Caller {
  id: string;
  token: string;
  name: string;
}

const held: Permission[] = ['clients:read', 'clients:write', 'secrets:write', 'instance:operate'];
let callers = 0;

/** An operator of its own, with a token in hand. */
async function newCaller(operator: AdminApi, overrides: object = {}): Promise<Caller> {
  const { client } = await registerAdmin(operator, held, { ...overrides });
  const resource = `${operator.server.issuer}/api`;
  const { body } = await requestToken(operator.server, client, { resource });
  callers += 1;
  return { id: client.id, token: String(body['access_token']), name: `Never ${callers}` };
}

/** Sends the head of a request and the first byte of its body; the rest when it is called. */
async function beginRequest(
  operator: AdminApi,
  { token }: Caller,
  path: string,
  content: object,
): Promise<() => Promise<{ head: string; body: Record<string, unknown> }>> {
  const body = JSON.stringify(content);
  const socket = connect(Number(new URL(operator.server.issuer).port), '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8').on('data', (text) => (received += String(text)));
  await once(socket, 'connect');
  socket.write(
    `POST /api/v1${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 1)}`,
  );
  // By the time this is answered, the caller has been let in.
  await operator.request('/clients?limit=1');
  return async () => {
    const closed = once(socket, 'close');
    socket.write(body.slice(1));
    await closed;
    const end = received.indexOf('\r\n\r\n');
    return {
      head: received.slice(0, end),
      body: JSON.parse(received.slice(end + 4)) as Record<string, unknown>,
    };
  };
}

async function listEventsOf(operator: AdminApi, { id }: Caller): Promise<unknown[]> {
  const { body } = await operator.request<{ data: unknown[] }>(`/audit-events?actor=${id}`);
  return body.data;
}

async function expectNothingDone(operator: AdminApi, caller: Caller): Promise<void> {
  const found = await operator.request(`/clients?q=${encodeURIComponent(caller.name)}`);
  expect(found.body['data']).toEqual([]);
  expect(await listEventsOf(operator, caller)).toEqual([]);
}

const noLonger = 'the access token is not valid here, or no longer';

describeOnBothDatabases('a caller that ends while its body is on the way', (server) => {
  const operator = new AdminApi(server);
  const revoke = (body: object) => operator.request('/revocations', { method: 'POST', body });
  const ways: [string, (caller: Caller) => Promise<Answer>][] = [
    ['deleted', ({ id }) => operator.request(`/clients/${id}`, { method: 'DELETE' })],
    [
      'deactivated',
      ({ id }) => operator.request(`/clients/${id}`, { method: 'PATCH', body: { active: false } }),
    ],
    ['cut off from its tokens', ({ id }) => revoke({ client: id })],
    ['cut off from this token', ({ token }) => revoke({ token })],
    ['regenerated', ({ id }) => operator.request(`/clients/${id}/regenerate`, { method: 'POST' })],
  ];

  // A-55, F-30, S1
  test.each(ways)('does nothing once it is %s', async (_way, end) => {
    const caller = await newCaller(operator);
    const finish = await beginRequest(operator, caller, '/clients', {
      name: caller.name,
      grants: adminGrants(operator, held),
    });
    expect([200, 204]).toContain((await end(caller)).status);
    const { head, body } = await finish();
    expect(head).toMatch(/^HTTP\/1.1 401 /);
    expect(head).toMatch(/^WWW-Authenticate: Bearer realm=".+\/api", error="invalid_token"\r?$/im);
    expect(body).toMatchObject({ code: 'unauthenticated' });
    expect(body['detail']).toContain(noLonger);
    await expectNothingDone(operator, caller);
  });

  test('is forbidden what it was let in for, once that is taken away', async () => {
    const caller = await newCaller(operator);
    const finish = await beginRequest(operator, caller, '/clients', { name: caller.name });
    await operator.request(`/clients/${caller.id}`, {
      method: 'PATCH',
      body: { grants: adminGrants(operator, ['clients:read']) },
    });
    const { head, body } = await finish();
    expect(head).toMatch(/^HTTP\/1.1 403 /);
    expect(body).toMatchObject({ code: 'forbidden' });
    await expectNothingDone(operator, caller);
  });

  test('goes on when it was only renamed', async () => {
    const caller = await newCaller(operator);
    const finish = await beginRequest(operator, caller, '/clients', { name: caller.name });
    const renaming = { method: 'PATCH', body: { name: 'Renamed' } };
    expect((await operator.request(`/clients/${caller.id}`, renaming)).status).toBe(200);
    expect((await finish()).head).toMatch(/^HTTP\/1.1 201 /);
  });

  test('carries out what it does to itself', async () => {
    const caller = await newCaller(operator);
    const headers = { authorization: `Bearer ${caller.token}` };
    const { status, body } = await operator.request(`/clients/${caller.id}`, {
      method: 'PATCH',
      headers,
      body: { active: false, grants: [] },
    });
    expect([status, body['active'], body['grants']]).toEqual([200, false, []]);
    expect((await operator.request('/clients', { headers })).status).toBe(401);
  });

  // A-55, S1: whatever was waiting for its turn, or for a lock.
  test('has no change after the one that deleted it, however many come together', async () => {
    let refused = 0;
    for (let round = 0; round < 5; round += 1) {
      const caller = await newCaller(operator);
      const create = () =>
        operator.request('/clients', {
          method: 'POST',
          headers: { authorization: `Bearer ${caller.token}` },
          body: { name: caller.name, grants: [] },
        });
      const before = Array.from({ length: 3 }, create);
      const deleting = operator.request(`/clients/${caller.id}`, { method: 'DELETE' });
      const answers = await Promise.all([...before, ...Array.from({ length: 12 }, create)]);
      expect((await deleting).status).toBe(204);
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status !== 201 && status !== 401)).toEqual([]);
      refused += statuses.filter((status) => status === 401).length;

      const { body } = await operator.request<{ data: { sequence: number }[] }>(
        `/audit-events?target=${caller.id}&action=client.deleted`,
      );
      const deleted = body.data[0]?.sequence ?? 0;
      // Record types of the list: only the sequence is read.
      const done = (await listEventsOf(operator, caller)) as { sequence: number }[];
      expect(done.filter(({ sequence }) => sequence > deleted)).toEqual([]);
      expect(done).toHaveLength(statuses.filter((status) => status === 201).length);
    }
    expect(refused).toBeGreaterThan(0);
  });
});

describe('a caller that ends while its change waits for a lock', () => {
  const lockWaitsMax = 10;
  /** Its own: one of these ways ends every token that was signed with its key. */
  let operator: AdminApi;
  const organization = createRecordId('org');
  /** Sees and locks what the server does, and is none itself. */
  let observer: pg.Client;
  beforeAll(async () => {
    const databaseUrl = await createDatabase();
    operator = new AdminApi(await startServer({ databaseUrl }));
    observer = new pg.Client({ connectionString: databaseUrl, application_name: 'observer' });
    await observer.connect();
    await observer.query(`INSERT INTO organizations (id, name) VALUES ($1, 'Of the callers')`, [
      organization,
    ]);
  });
  afterAll(async () => {
    await observer.end();
    await killServersLeft();
  });

  async function revokeSigningKey({ token }: Caller): Promise<Answer> {
    const { kid } = decodeProtectedHeader(token);
    const answer = await operator.request(`/signing-keys/${kid}/revoke`, { method: 'POST' });
    operator.forgetToken();
    return answer;
  }

  /** Whether a change waits for a row, rather than having been answered. */
  async function isWaiting(isAnswered: () => boolean): Promise<boolean> {
    while (!isAnswered()) {
      await observer.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await observer.query(
        `SELECT FROM pg_stat_activity WHERE application_name = 'latchkey'
            AND datname = current_database() AND wait_event_type = 'Lock'
            AND query LIKE 'SELECT "client".%'`,
      );
      if (rows.length > 0) return true;
      await sleep(5);
    }
    return false;
  }

  /** Renames a client as `caller`, and does `meanwhile` while that waits for the client's row. */
  async function renameDuring(meanwhile: (caller: Caller) => Promise<Answer>) {
    for (let attempt = 1; attempt <= lockWaitsMax; attempt += 1) {
      const caller = await newCaller(operator, { organization });
      const target = await operator.createClient([], { name: 'As it was' });
      await observer.query('BEGIN');
      await observer.query('SELECT FROM clients WHERE id = $1 FOR UPDATE', [target.id]);
      let isAnswered = false;
      const renaming = operator
        .request(`/clients/${target.id}`, {
          method: 'PATCH',
          headers: { authorization: `Bearer ${caller.token}` },
          body: { name: caller.name },
        })
        .finally(() => {
          isAnswered = true;
        });
      const waited = await isWaiting(() => isAnswered);
      const { status } = await meanwhile(caller);
      await observer.query('COMMIT');
      const answer = await renaming;
      // The lock is waited for only so long, which a busy machine may exceed.
      if (!waited || answer.status === 503) continue;
      expect([200, 204]).toContain(status);
      const { body } = await operator.request(`/clients/${target.id}`);
      return { answer, name: body['name'], caller };
    }
    throw new Error('the lock was never waited for');
  }

  // A-55, F-30, S1
  test.each<[string, (caller: Caller) => Promise<Answer>]>([
    ['deleted', ({ id }) => operator.request(`/clients/${id}`, { method: 'DELETE' })],
    [
      'deactivated',
      ({ id }) => operator.request(`/clients/${id}`, { method: 'PATCH', body: { active: false } }),
    ],
    [
      'cut off from its tokens',
      ({ id }) => operator.request('/revocations', { method: 'POST', body: { client: id } }),
    ],
    [
      'cut off from this token',
      ({ token }) => operator.request('/revocations', { method: 'POST', body: { token } }),
    ],
    [
      'cut off with its organization',
      () => operator.request('/revocations', { method: 'POST', body: { organization } }),
    ],
    ['regenerated', ({ id }) => operator.request(`/clients/${id}/regenerate`, { method: 'POST' })],
    ['cut off with the key that signed its token', revokeSigningKey], // F-26
  ])('changes nothing once it is %s', async (_way, end) => {
    const { answer, name, caller } = await renameDuring(end);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .+error="invalid_token"$/);
    expect(answer.body).toMatchObject({
      code: 'unauthenticated',
      detail: 'the access token ended while the request was carried out: nothing was changed',
    });
    expect(name).toBe('As it was');
    expect(await listEventsOf(operator, caller)).toEqual([]);
  });

  test('changes nothing once a permission it came with is taken away', async () => {
    const left = permissions.filter((one) => held.includes(one) && one !== 'instance:operate');
    const { answer, name } = await renameDuring(({ id }) =>
      operator.request(`/clients/${id}`, {
        method: 'PATCH',
        body: { grants: adminGrants(operator, left) },
      }),
    );
    expect([answer.status, answer.body['detail']]).toEqual([
      403,
      'instance:operate was taken from you while the request was carried out: nothing was changed',
    ]);
    expect(name).toBe('As it was');
  });

  test('changes what it asked for, once, when only another signing key was revoked', async () => {
    const { answer, name, caller } = await renameDuring(async () => {
      const { body } = await operator.request<{ data: { kid: string; alg: string }[] }>(
        '/signing-keys',
      );
      const kid = body.data.find(({ alg }) => alg === 'RS256')?.kid;
      return operator.request(`/signing-keys/${kid}/revoke`, { method: 'POST' });
    });
    expect([answer.status, name]).toEqual([200, caller.name]);
  });

  test('changes what it asked for, once, when it was only renamed itself', async () => {
    const { answer, name, caller } = await renameDuring(({ id }) =>
      operator.request(`/clients/${id}`, { method: 'PATCH', body: { name: 'Renamed' } }),
    );
    expect([answer.status, name]).toEqual([200, caller.name]);
    expect(await listEventsOf(operator, caller)).toHaveLength(1);
  });
});
