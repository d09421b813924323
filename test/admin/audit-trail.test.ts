/** The audit trail: every change leaves exactly one event, in its own transaction, and never a secret. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';
import { organizationPermissions, registerAdmin, type RegisteredAdmin } from './admin-clients.ts';
import { byName, declaredRoutes, mutatingRoutes } from './declared-routes.ts';
import { callRoute } from './route-call.ts';
import { getSample } from './route-samples.ts';

interface AuditEvent {
  sequence: number;
  action: string;
  actor: { type: string; id: string; name: string };
  target: { type: string; id: string };
  details: Record<string, unknown>;
  request_id: string;
  address: string | null;
}

test('every route that changes something says which event it leaves, and no other', () => {
  const audited = declaredRoutes.filter(({ operationId }) => getSample(operationId).audit);
  expect(audited).toEqual(mutatingRoutes);
});

describe('one event for every change (PostgreSQL)', () => {
  let server: ServerProcess;
  let database: pg.Client;
  let operator: AdminApi;

  beforeAll(async () => {
    const databaseUrl = await createDatabase();
    // What is only counted or sent is no change, and must not come between two looks at everything.
    const env = {
      LATCHKEY_TEST_USE_FLUSH_MILLIS: '3600000',
      LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: 'never',
    };
    server = await startServer({ databaseUrl, env });
    operator = new AdminApi(server);
    database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    await database.query(`CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'the audit trail is full'; END $$`);
  });
  afterAll(async () => {
    await database.end();
    await server.stop();
  });

  //
  test.each(byName(mutatingRoutes))(
    '%s leaves exactly one event that says who did what to what',
    async (operationId, route) => {
      const { prepare, audit } = getSample(operationId);
      const request = await prepare(operator);
      const before = await readVersion();
      const answer = await callRoute(operator, route, request);
      expect(await readVersion()).toBe(before + 1);
      const { body } = await operator.request<{ data: AuditEvent[] }>('/audit-events?limit=2');
      expect(body.data[0]).toMatchObject({
        sequence: before + 1,
        action: audit?.action,
        actor: request.actor ?? { type: 'client', name: server.operator.clientId },
        target: { type: audit?.targetType, id: audit?.targetId(request, answer) },
        request_id: answer.headers.get('x-request-id'),
        address: expect.stringMatching(/127\.0\.0\.1|::1/),
      });
      expect(body.data[1]?.sequence).toBe(before);
    },
  );

  //
  test.each(byName(mutatingRoutes))(
    '%s changes nothing when its event cannot be written',
    async (operationId, route) => {
      const sample = getSample(operationId);
      const request = await sample.prepare(operator);
      const before = await readEverything();
      await database.query(
        'CREATE TRIGGER refuse BEFORE INSERT ON audit_events EXECUTE FUNCTION refuse_event()',
      );
      try {
        const { status, body } = await callRoute(operator, route, request);
        const { request_id: requestId, ...problem } = body;
        expect(requestId).toEqual(expect.any(String));
        expect({ status, problem }).toEqual({
          status: 500,
          // nothing of SQL, nothing of the stack.
          problem: {
            type: 'urn:latchkey:problem:server_error',
            title: 'Something failed here',
            status: 500,
            detail: 'quote the request_id to the operator of this server',
            code: 'server_error',
          },
        });
        expect(await readEverything()).toEqual(before);
      } finally {
        await database.query('DROP TRIGGER refuse ON audit_events');
      }
      expect((await callRoute(operator, route, request)).status).toBe(sample.status);
    },
  );

  // PostgreSQL ends one of two transactions that wait for each other; which one, nobody can foresee.
  test.each([
    { deadlocks: 3, status: 201 },
    { deadlocks: 4, status: 503 },
  ])(
    'a change that meets $deadlocks deadlocks is answered $status',
    async ({ deadlocks, status }) => {
      const before = await readVersion();
      await database.query(`
      CREATE SEQUENCE attempts;
      CREATE FUNCTION deadlock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('attempts') <= ${deadlocks} THEN
          RAISE EXCEPTION 'deadlock detected' USING ERRCODE = 'deadlock_detected';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER deadlock BEFORE INSERT ON locations FOR EACH ROW EXECUTE FUNCTION deadlock()`);
      const location = { method: 'POST', body: { name: 'Harbour' } };
      try {
        const answer = await operator.request('/locations', location);
        expect(answer.status).toBe(status);
        expect(answer.headers.has('retry-after')).toBe(status === 503);
        expect(await readVersion()).toBe(status === 201 ? before + 1 : before);
      } finally {
        await database.query(
          'DROP TRIGGER deadlock ON locations; DROP FUNCTION deadlock; DROP SEQUENCE attempts',
        );
      }
      expect((await operator.request('/locations', location)).status).toBe(201);
    },
  );

  test('events are numbered by the registry version, without a gap', async () => {
    const { rows } = await database.query(
      `SELECT count(*)::int AS events, min(sequence)::int AS first, max(sequence)::int AS last,
              (SELECT version::int FROM registry_state) AS version FROM audit_events`,
    );
    const [state] = rows as { events: number; first: number; last: number; version: number }[];
    expect(state).toEqual({
      events: state?.version,
      first: 1,
      last: state?.version,
      version: state?.version,
    });
  });

  async function readVersion(): Promise<number> {
    const { rows } = await database.query<{ version: string }>(
      'SELECT version FROM registry_state',
    );
    return Number(rows[0]?.version);
  }

  /** A digest of every row of every table but the one that instances write by themselves. */
  async function readEverything(): Promise<Record<string, string>> {
    const { rows } = await database.query<{ table_name: string }>(
      `SELECT table_name FROM information_schema.tables
        WHERE table_schema = 'public' AND table_name <> 'instance_leases'`,
    );
    const digests: Record<string, string> = {};
    for (const { table_name: table } of rows) {
      const { rows: content } = await database.query<{ digest: string }>(
        `SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) AS digest FROM "${table}" t`,
      );
      digests[table] = String(content[0]?.digest);
    }
    return digests;
  }
});

describeOnBothDatabases('what the audit trail says', (server) => {
  const operator = new AdminApi(server);

  test('a change is described by what is different, before and after', async () => {
    const api = await operator.createApi(['a', 'b']);
    const client = await operator.createClient([{ api: api.identifier, scopes: ['a'] }]);
    await operator.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: {
        name: 'Renamed',
        active: true,
        access_token_lifetime_seconds: 120,
        grants: [{ api: api.id, scopes: ['a', 'b'] }],
      },
    });
    expect(await readDetails(client.id, 'client.updated')).toEqual({
      name: { before: 'A client', after: 'Renamed' },
      access_token_lifetime_seconds: { before: null, after: 120 },
      grants: {
        before: [{ api: api.identifier, scopes: ['a'], default: true }],
        after: [{ api: api.identifier, scopes: ['a', 'b'], default: true }],
      },
    });
    await operator.request(`/apis/${api.id}`, {
      method: 'PATCH',
      body: { token_typ: 'JWT', introspection_clients: [client.clientId] },
    });
    expect(await readDetails(api.id, 'api.updated')).toEqual({
      token_typ: { before: 'at+jwt', after: 'JWT' },
      introspection_clients: { before: [], after: [client.id] },
    });
  });

  test('can be read by what was done, by whom and to what', async () => {
    const { client: actor, api: colleague }: RegisteredAdmin = await registerAdmin(
      operator,
      organizationPermissions,
    );
    const client = await colleague.createClient([]);
    await colleague.request(`/clients/${client.id}`, { method: 'DELETE' });
    for (const [query, actions] of [
      [`actor=${actor.id}`, ['client.deleted', 'client.created']],
      [`target=${client.id}&sort=sequence`, ['client.created', 'client.deleted']],
      [`target=${client.id}&action=client.deleted`, ['client.deleted']],
      [`target=${client.id}&action=client.restored`, []],
    ] as const) {
      const { body } = await operator.request<{ data: AuditEvent[] }>(`/audit-events?${query}`);
      expect(body.data.map(({ action }) => action)).toEqual(actions);
      expect(body.data.every(({ actor: { id } }) => id === actor.id)).toBe(true);
    }
  });

  //
  test('a secret and its digest are in the one answer that made it, and in no other', async () => {
    const client = await operator.createClient([]);
    const path = `/clients/${client.id}`;
    const second = await operator.request(`${path}/secrets`, { method: 'POST' });
    const third = await operator.request(`${path}/regenerate`, {
      method: 'POST',
      body: { overlap_seconds: 60 },
    });
    for (const { headers } of [second, third])
      expect(headers.get('cache-control')).toBe('no-store');
    const secrets = [
      client.clientSecret,
      String(second.body['client_secret']),
      String(third.body['client_secret']),
    ];
    expect(new Set(secrets).size).toBe(3);
    const others = [
      await operator.request(path),
      await operator.request('/clients?limit=200'),
      await operator.request(`${path}/secrets`),
      await operator.request(path, { method: 'PATCH', body: { name: 'Renamed' } }),
      await operator.request(path, { method: 'PATCH', body: { client_secret: 'x' } }),
      await operator.request('/audit-events?limit=200'),
    ];
    for (const { body } of others) {
      const text = JSON.stringify(body);
      for (const secret of secrets) {
        const digest = createHash('sha256').update(secret);
        expect(text).not.toContain(secret);
        // All but what the hint shows.
        expect(text).not.toContain(secret.slice(4, -4));
        expect(text).not.toContain(digest.copy().digest('hex'));
        expect(text).not.toContain(digest.copy().digest('base64'));
        expect(text).not.toContain(digest.digest('base64url'));
      }
    }
  });

  async function readDetails(target: string, action: string): Promise<unknown> {
    const { body } = await operator.request<{ data: AuditEvent[] }>(
      `/audit-events?target=${target}&action=${action}`,
    );
    expect(body.data).toHaveLength(1);
    return body.data[0]?.details;
  }
});
