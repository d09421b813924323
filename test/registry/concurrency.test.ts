/** Many at once, on two instances of one PostgreSQL: whatever the order, the invariants hold. */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { tallyStatuses } from '../admin/status-tally.ts';

const parallel = 20;
const rounds = [1, 2, 3];

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

describe('two instances on one database', () => {
  const servers: ServerProcess[] = [];
  let admin: AdminApi;
  let authorization: string;
  let database: pg.Client;

  beforeAll(async () => {
    const databaseUrl = await createDatabase();
    const keyEncryptionKey = randomBytes(32).toString('base64');
    const first = await startServer({ databaseUrl, keyEncryptionKey });
    // Of one issuer, as behind a balancer: a token of one instance is a token of the other.
    const env = { LATCHKEY_ISSUER: first.issuer };
    const { operator } = first;
    servers.push(first, await startServer({ databaseUrl, keyEncryptionKey, operator, env }));
    admin = new AdminApi(first);
    const token = await requestToken(first, operator, { resource: `${first.issuer}/api` });
    authorization = `Bearer ${String(token.body['access_token'])}`;
    database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
  });
  afterEach(expectInvariants);
  afterAll(async () => {
    await database?.end();
    for (const server of servers) await server.stop();
  });

  /** The same path on the instances in turn. */
  async function send(turn: number, method: string, path: string, body?: object): Promise<Reply> {
    const port = servers[turn % servers.length]?.port;
    const response = await fetch(`http://localhost:${port}/api/v1${path}`, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      // Every body of the admin API is a JSON object.
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }

  function together(sendOne: (turn: number) => Promise<Reply>): Promise<Reply[]> {
    return Promise.all(Array.from({ length: parallel }, (_, turn) => sendOne(turn)));
  }

  async function readNumber(sql: string, parameters: unknown[] = []): Promise<number> {
    const { rows } = await database.query<{ number: string }>(sql, parameters);
    return Number(rows[0]?.number);
  }

  /** What PostgreSQL must say after whatever has happened. */
  async function expectInvariants(): Promise<void> {
    const broken: Record<string, string> = {
      'a gap or a surplus in the audit trail': `SELECT count(*) AS number FROM registry_state
         WHERE version <> (SELECT count(*) FROM audit_events)
            OR version <> (SELECT max(sequence) FROM audit_events)`,
      'more than five live secrets': `SELECT count(*) AS number FROM (
         SELECT client_record_id FROM client_secrets
          WHERE revoked_at IS NULL AND least(expires_at, retires_at) IS NULL
          GROUP BY 1 HAVING count(*) > 5) AS crowded`,
      'a deleted client that is active': `SELECT count(*) AS number FROM clients
         WHERE deleted_at IS NOT NULL AND active`,
      'a client without exactly one current client_id': `SELECT count(*) AS number FROM clients c
         WHERE 1 <> (SELECT count(*) FROM client_identifiers i
                      WHERE i.client_record_id = c.id AND i.is_current)`,
      'a grant of a deleted API': `SELECT count(*) AS number FROM grants g
         JOIN apis a ON a.id = g.api_id WHERE a.deleted_at IS NOT NULL`,
      'grants without exactly one default': `SELECT count(*) AS number FROM (
         SELECT client_record_id FROM grants GROUP BY 1
         HAVING count(*) FILTER (WHERE is_default) <> 1) AS odd`,
      'an algorithm without exactly one signing key': `SELECT count(*) AS number FROM (
         SELECT algorithm FROM signing_keys GROUP BY 1
         HAVING count(*) FILTER (WHERE state = 'signing') <> 1) AS odd`,
    };
    for (const [fault, sql] of Object.entries(broken))
      expect({ fault, count: await readNumber(sql) }).toEqual({ fault, count: 0 });
  }

  const countEvents = (target: string, action: string) =>
    readNumber('SELECT count(*) AS number FROM audit_events WHERE target_id = $1 AND action = $2', [
      target,
      action,
    ]);

  async function newClient(): Promise<RegisteredClient> {
    const api = await admin.createApi(['r']);
    return admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
  }

  //
  test.each(rounds)('one key makes one client, and shows its secret once (%i)', async () => {
    const key = randomBytes(12).toString('hex');
    const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
    const answers = await together(async (turn) => {
      const port = servers[turn % servers.length]?.port;
      const response = await fetch(`http://localhost:${port}/api/v1/clients`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ name: key }),
      });
      // A client's record, or a problem.
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    });
    expect(tallyStatuses(answers)).toEqual({ 201: 1, 200: parallel - 1 });
    expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1);
    const secrets = answers.map(({ body }) => body['client_secret']);
    expect(secrets.filter((secret) => secret !== null)).toHaveLength(1);
    const count = 'SELECT count(*) AS number FROM clients WHERE name = $1';
    expect(await readNumber(count, [key])).toBe(1);
  });

  //
  test.each(rounds)('regenerations take turns, and the last one stands (%i)', async () => {
    const client = await newClient();
    const path = `/clients/${client.id}/regenerate`;
    const answers = await together((turn) => send(turn, 'POST', path));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await countEvents(client.id, 'client.regenerated')).toBe(parallel);
    const usable = await Promise.all(
      answers.map(({ body }) =>
        requestToken(admin.server, {
          clientId: client.clientId,
          clientSecret: String(body['client_secret']),
        }),
      ),
    );
    expect(usable.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await requestToken(admin.server, client)).status).toBe(401);
  });

  test.each(rounds)('of twenty new secrets four find a place beside the first (%i)', async () => {
    const client = await newClient();
    const answers = await together((turn) => send(turn, 'POST', `/clients/${client.id}/secrets`));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(parallel - 4);
  });

  //
  test.each(rounds)('a client that is deleted meanwhile stays deleted (%i)', async () => {
    const client = await newClient();
    const answers = await together((turn) =>
      turn === parallel / 2
        ? send(turn, 'DELETE', `/clients/${client.id}`)
        : send(turn, 'POST', `/clients/${client.id}/regenerate`),
    );
    expect(answers[parallel / 2]?.status).toBe(204);
    for (const { status, body } of answers) {
      expect([200, 204, 404]).toContain(status);
      if (status !== 200) continue;
      const clientSecret = String(body['client_secret']);
      const token = await requestToken(admin.server, { ...client, clientSecret });
      expect(token.status).toBe(401);
    }
    expect(await countEvents(client.id, 'client.regenerated')).toBe(
      answers.filter(({ status }) => status === 200).length,
    );
    expect((await send(0, 'GET', `/clients/${client.id}`)).status).toBe(404);
  });

  //
  test.each(rounds)('what the audit trail says last of a client is what it is (%i)', async () => {
    const client = await newClient();
    await together((turn) =>
      send(turn, 'PATCH', `/clients/${client.id}`, { active: turn % 3 === 0 }),
    );
    const { rows } = await database.query<{ body: string }>(
      `SELECT body FROM audit_events WHERE target_id = $1 AND action = 'client.updated'
       ORDER BY sequence`,
      [client.id],
    );
    expect(rows).toHaveLength(parallel);
    // Written by this server; only the details are read.
    const changes = rows.map(
      ({ body }) =>
        (JSON.parse(body) as { details: { active?: { before: boolean; after: boolean } } }).details
          .active,
    );
    let active = true;
    for (const change of changes) {
      if (!change) continue;
      expect(change.before).toBe(active);
      active = change.after;
    }
    const { body } = await send(1, 'GET', `/clients/${client.id}`);
    expect(body['active']).toBe(active);
    for (const { port } of servers) {
      const { status } = await requestToken(
        { ...admin.server, issuer: `http://localhost:${port}` },
        client,
      );
      expect(status).toBe(active ? 200 : 401);
    }
  });

  //
  test.each(rounds)('of many changes of one version one is made (%i)', async () => {
    const client = await newClient();
    const path = `/clients/${client.id}`;
    const etag = (await admin.request(path)).headers.get('etag') ?? '';
    const answers = await together(async (turn) => {
      const port = servers[turn % servers.length]?.port;
      const response = await fetch(`http://localhost:${port}/api/v1${path}`, {
        method: 'PATCH',
        headers: { authorization, 'content-type': 'application/json', 'if-match': etag },
        body: JSON.stringify({ name: `Name ${turn}` }),
      });
      return { status: response.status, body: {} };
    });
    expect(tallyStatuses(answers)).toEqual({ 200: 1, 412: parallel - 1 });
    expect(await countEvents(client.id, 'client.updated')).toBe(1);
  });

  test.each(rounds)(
    'scopes that come and go while they are granted break nothing (%i)',
    async () => {
      const api = await admin.createApi(['a', 'b', 'c']);
      const clients = [await newClient(), await newClient(), await newClient()];
      const all = ['a', 'b', 'c'];
      const answers = await together((turn) => {
        const scopes = all.slice(0, 1 + (turn % 3));
        if (turn % 2 === 0) {
          const values = scopes.map((value) => ({ value }));
          return send(turn >> 1, 'PATCH', `/apis/${api.id}`, { scopes: values });
        }
        return send(turn >> 1, 'PATCH', `/clients/${clients[turn % 3]?.id}`, {
          grants: [{ api: api.identifier, scopes }],
        });
      });
      // A scope that is gone when its turn comes is a fault of the request, and of nobody else.
      expect(answers.filter(({ status }) => ![200, 400].includes(status))).toEqual([]);
      const { body } = await send(0, 'GET', `/apis/${api.id}`);
      const defined = (body['scopes'] as { value: string }[]).map(({ value }) => value);
      for (const client of clients) {
        const record = await send(1, 'GET', `/clients/${client.id}`);
        for (const grant of record.body['grants'] as { api: string; scopes: string[] }[])
          if (grant.api === api.identifier)
            expect(defined).toEqual(expect.arrayContaining(grant.scopes));
      }
    },
  );

  test.each(rounds)('an API is deleted, or granted, and never both (%i)', async () => {
    const api = await admin.createApi(['a']);
    const clients = await Promise.all(Array.from({ length: parallel }, () => newClient()));
    const answers = await together((turn) =>
      turn === parallel / 2
        ? send(turn, 'DELETE', `/apis/${api.id}`)
        : send(turn, 'PATCH', `/clients/${clients[turn]?.id}`, {
            grants: [{ api: api.identifier, scopes: ['a'] }],
          }),
    );
    const deletion = answers[parallel / 2]?.status;
    const granted = answers.filter(({ status }) => status === 200).length;
    expect({ deletion, granted: granted > 0 }).toEqual(
      deletion === 204 ? { deletion: 204, granted: false } : { deletion: 409, granted: true },
    );
  });

  //
  test('of many rotations one publishes a key', async () => {
    const answers = await together((turn) => send(turn, 'POST', '/signing-keys/rotate'));
    expect(tallyStatuses(answers)).toEqual({ 201: 1, 409: parallel - 1 });
    const count = `SELECT count(*) AS number FROM signing_keys WHERE algorithm = 'ES256'`;
    expect(await readNumber(count)).toBe(2);
  });
});
