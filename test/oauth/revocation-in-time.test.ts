/** Revocations as tokens expire, servers die, databases go away, and instances are many. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { useInstances } from '../support/instances.ts';
import { startPostgres } from '../support/postgres-server.ts';
import {
  killServersLeft,
  startServer,
  type ServerAddress,
  type ServerProcess,
} from '../support/server-process.ts';
import { databaseKinds, useServerOptions } from '../support/restartable-server.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { expectRevoked, idOf, isActive, issueToken, revoke } from './token-questions.ts';
import { formatBasic } from './token-cases.ts';

const lifetimeSeconds = 60;
/** How long a revocation is kept when its token has expired. */
const keptSeconds = 120;

afterAll(killServersLeft);

async function makeClient(
  server: ServerAddress,
  admin = new AdminApi(server),
): Promise<RegisteredClient> {
  const api = await admin.createApi(['read'], { access_token_lifetime_seconds: lifetimeSeconds });
  return admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
}

describe('revocation as time passes', () => {
  let databaseUrl: string;
  let server: ServerProcess;
  beforeAll(async () => {
    databaseUrl = await createDatabase();
    server = await startServer({ databaseUrl });
  });

  async function listRevoked(): Promise<string[]> {
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    try {
      const { rows } = await database.query<{ token_id: string }>(
        'SELECT token_id FROM revoked_tokens ORDER BY expires_at',
      );
      return rows.map(({ token_id: id }) => id);
    } finally {
      await database.end();
    }
  }

  // P-270
  test("holds until the token expires by an instance's own clock, which may be behind", async () => {
    const client = await makeClient(server);
    // Expired half a minute ago, if the database is asked.
    await server.moveClock(-(lifetimeSeconds + 30) * 1000);
    const token = await issueToken(server, client);
    expect(await isActive(server, client, token)).toBe(true);
    expectRevoked(await revoke(server, client, token));
    expect(await isActive(server, client, token)).toBe(false);
    await server.moveClock(0);
  });

  // P-260, P-270
  test('is forgotten with its token, and only a good while after it has expired', async () => {
    const [client, other] = [await makeClient(server), await makeClient(server)];
    const issueAt = async (seconds: number) => {
      await server.moveClock(seconds * 1000);
      return issueToken(server, client);
    };
    const first = await issueAt(0);
    expectRevoked(await revoke(server, client, first));
    const second = await issueAt(lifetimeSeconds + 5);
    // Expired, so there is nothing to revoke.
    expectRevoked(await revoke(server, client, first));
    expectRevoked(await revoke(server, client, second));
    const third = await issueAt(lifetimeSeconds + keptSeconds - 5);
    expectRevoked(await revoke(server, client, third));
    expect(await listRevoked()).toEqual(expect.arrayContaining([first, second, third].map(idOf)));

    const fourth = await issueAt(lifetimeSeconds + keptSeconds + 5);
    const foreign = await issueToken(server, other);
    expectRevoked(await revoke(server, other, foreign));
    expect(await listRevoked()).toContain(idOf(first));
    expectRevoked(await revoke(server, client, fourth));
    const kept = await listRevoked();
    expect(kept).toEqual(expect.arrayContaining([second, third, fourth, foreign].map(idOf)));
    expect(kept).not.toContain(idOf(first));
  });
});

describe.each(databaseKinds)('revocation and kill -9 ($kind)', ({ chooseDatabase }) => {
  const rounds = 3;
  const options = useServerOptions(chooseDatabase);

  // P-269
  test('what was answered with 200 is revoked when the server comes back', async () => {
    let server = await startServer(options());
    const client = await makeClient(server);
    for (let round = 1; round <= rounds; round += 1) {
      const [token, sibling] = [await issueToken(server, client), await issueToken(server, client)];
      expectRevoked(await revoke(server, client, token));
      await server.kill();
      server = await startServer(options());
      expect(await isActive(server, client, token)).toBe(false);
      expect(await isActive(server, client, sibling)).toBe(true);
    }
  });
});

describe('revocation while the database is away', () => {
  // P-271
  test('is answered 503 and never 200, until it can be written', async () => {
    const postgres = await startPostgres();
    try {
      const server = await startServer({ databaseUrl: await postgres.createDatabase('latchkey') });
      const client = await makeClient(server);
      const token = await issueToken(server, client);
      const giveBack = async () => {
        const response = await fetch(`${server.issuer}/oauth2/revoke`, {
          method: 'POST',
          headers: { authorization: formatBasic(client) },
          body: new URLSearchParams({ token }),
        });
        const { status, headers } = response;
        return { status, retryAfter: headers.get('retry-after'), body: await response.text() };
      };
      await postgres.kill();
      const deadline = Date.now() + 1_500;
      // At first from memory, and then without.
      while (Date.now() < deadline) {
        expect(await giveBack()).toEqual({
          status: 503,
          retryAfter: '1',
          body: JSON.stringify({
            error: 'temporarily_unavailable',
            error_description: 'the server cannot answer now: try again in a moment',
          }),
        });
      }
      await postgres.restart();
      while ((await giveBack()).status !== 200) expect(Date.now()).toBeLessThan(deadline + 10_000);
      expect(await isActive(server, client, token)).toBe(false);
      await server.kill();
    } finally {
      await postgres.stop();
    }
  });
});

describe('revocation on one of two instances', () => {
  const rounds = 20;
  const instances = useInstances({ count: 2 });
  let one: ServerAddress;
  let other: ServerAddress;
  let admin: AdminApi;
  let client: RegisteredClient;
  beforeAll(async () => {
    [one, other] = [instances().get(0).address, instances().get(1).address];
    admin = instances().admin(instances().get(0));
    client = await makeClient(one, admin);
  });

  /** Remembered there, so that it must be forgotten. */
  async function issueKnownToken(): Promise<string> {
    const token = await issueToken(one, client);
    while (!(await isActive(other, client, token)));
    return token;
  }

  // P-259
  test('a token revoked here is inactive there, right after the answer', async () => {
    for (let round = 1; round <= rounds; round += 1) {
      const token = await issueKnownToken();
      expectRevoked(await revoke(one, client, token));
      expect(await isActive(other, client, token)).toBe(false);
    }
  });

  // P-267
  test('and whoever is told that it was revoked before may rely on it as well', async () => {
    for (let round = 1; round <= rounds; round += 1) {
      const token = await issueKnownToken();
      const answers = await Promise.all([
        revoke(one, client, token),
        revoke(other, client, token).then(async (answer) => {
          expect(await isActive(one, client, token)).toBe(false);
          return answer;
        }),
      ]);
      for (const answer of answers) expectRevoked(answer);
      const { body } = await admin.request<{ data: unknown[] }>(
        `/audit-events?target=${idOf(token)}`,
      );
      expect(body.data).toHaveLength(1);
    }
  });

  test('while the other is frozen, nobody is told before its lease has run out, be it the second time', async () => {
    const token = await issueKnownToken();
    const frozen = instances().get(1);
    frozen.freeze();
    try {
      const startedAt = performance.now();
      const answers = await Promise.all([
        revoke(one, client, token),
        sleep(100).then(() => revoke(one, client, token)),
      ]);
      for (const answer of answers) expectRevoked(answer);
      // A lease lasts a second, and was renewed a quarter of one ago at most.
      expect(performance.now() - startedAt).toBeGreaterThan(700);
      for (const { millis } of answers) expect(millis).toBeGreaterThan(600);
    } finally {
      frozen.thaw();
    }
    expect(await isActive(other, client, token)).toBe(false);
  });

  // P-249
  test.each(['deactivated', 'deleted'])(
    'a client %s here has no active token there',
    async (how) => {
      const listed = await admin.createClient([]);
      const api = await admin.createApi(['read'], { introspection_clients: [listed.id] });
      const own = await admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
      const token = await issueToken(one, own);
      while (!(await isActive(other, listed, token)));
      const answer = await admin.request(
        `/clients/${own.id}`,
        how === 'deleted' ? { method: 'DELETE' } : { method: 'PATCH', body: { active: false } },
      );
      expect(answer.status).toBe(how === 'deleted' ? 204 : 200);
      expect(await isActive(other, listed, token)).toBe(false);
    },
  );
});
