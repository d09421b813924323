/** Last use as admins see it: stored within a minute, at the latest when the server stops, and never taken back. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import {
  killServersLeft,
  newCredential,
  startServer,
  type ServerProcess,
} from '../support/server-process.ts';
import { databaseKinds, useServerOptions } from '../support/restartable-server.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';

interface SecretBody {
  id: string;
  last_used_at: string | null;
  last_used_address: string | null;
}

const hourMillis = 3_600_000;
const loopback = expect.stringMatching(/^(::ffff:127\.0\.0\.1|127\.0\.0\.1|::1)$/);
/** Of a server that flushes only when it is told to stop. */
const never = { LATCHKEY_TEST_USE_FLUSH_MILLIS: String(1000 * hourMillis) };
const soon = { LATCHKEY_TEST_USE_FLUSH_MILLIS: '200' };

async function addClient(admin: AdminApi): Promise<RegisteredClient> {
  const api = await admin.createApi(['orders:read']);
  return admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
}

async function fetchToken(server: ServerProcess, client: RegisteredClient): Promise<void> {
  const { status, body } = await requestToken(server, client);
  expect({ status, body }).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
}

async function readUse(admin: AdminApi, { id }: RegisteredClient): Promise<string | null> {
  const { body } = await admin.request<{ last_used_at: string | null }>(`/clients/${id}`);
  return body.last_used_at;
}

async function readSecrets(admin: AdminApi, { id }: RegisteredClient): Promise<SecretBody[]> {
  const { body } = await admin.request<{ data: SecretBody[] }>(
    `/clients/${id}/secrets?sort=created_at`,
  );
  return body.data;
}

async function countTokens(admin: AdminApi, { id }: RegisteredClient): Promise<number> {
  const { body } = await admin.request<{ data: { tokens: number }[] }>(
    `/usage?client=${id}&group_by=client&from=2020-01-01&to=2099-01-01`,
  );
  return body.data[0]?.tokens ?? 0;
}

describe.each(databaseKinds)('last use ($kind)', ({ chooseDatabase }) => {
  const options = useServerOptions(chooseDatabase);

  test('of a client and of the secret it used is there after a flush, and sorts', async () => {
    const server = await startServer({ ...options(), env: soon });
    const admin = new AdminApi(server);
    const client = await addClient(admin);
    const other = await addClient(admin);
    await admin.request(`/clients/${client.id}/secrets`, { method: 'POST' });
    expect(await readUse(admin, client)).toBeNull();
    const before = Date.now();
    await fetchToken(server, client);
    const after = Date.now();
    await until(async () => {
      const [used] = await readSecrets(admin, client);
      return used?.last_used_at !== null;
    }, 'the use of the secret');
    const [used, unused] = await readSecrets(admin, client);
    expect(used).toMatchObject({ last_used_address: loopback });
    expect(unused).toMatchObject({ last_used_at: null, last_used_address: null });
    for (const time of [used?.last_used_at, await readUse(admin, client)]) {
      // The database's clock and ours, which are one here, and some milliseconds of estimation.
      expect(Date.parse(String(time))).toBeGreaterThanOrEqual(before - 50);
      expect(Date.parse(String(time))).toBeLessThanOrEqual(after + 50);
    }
    await fetchToken(server, other);
    const { body } = await admin.request<{ data: { id: string }[] }>(
      '/clients?sort=-last_used_at&limit=200',
    );
    const order = body.data.map(({ id }) => id).filter((id) => [client.id, other.id].includes(id));
    expect(order).toEqual([other.id, client.id]);
    // A flush is no change of the client.
    const { headers } = await admin.request(`/clients/${client.id}`);
    await fetchToken(server, client);
    const first = String(used?.last_used_at);
    await until(async () => String(await readUse(admin, client)) > first, 'another flush');
    expect((await admin.request(`/clients/${client.id}`)).headers.get('etag')).toBe(
      headers.get('etag'),
    );
    await server.stop();
  });

  test('is stored when the server is told to stop, with every token that was counted', async () => {
    const server = await startServer({ ...options(), env: never });
    const admin = new AdminApi(server);
    const client = await addClient(admin);
    for (let n = 0; n < 5; n += 1) await fetchToken(server, client);
    expect(await server.stop()).toBe(0);

    const again = await startServer({ ...options(), env: never });
    const [secret] = await readSecrets(new AdminApi(again), client);
    expect(secret).toMatchObject({ last_used_at: expect.any(String), last_used_address: loopback });
    expect(await countTokens(new AdminApi(again), client)).toBe(5);
    await again.stop();
  });

  test('kill -9 takes back the last minute, and never that a client was used on this day', async () => {
    let server = await startServer({ ...options(), env: never });
    let admin = new AdminApi(server);
    const client = await addClient(admin);
    await fetchToken(server, client);
    await server.kill();

    server = await startServer({ ...options(), env: never });
    admin = new AdminApi(server);
    const first = await readUse(admin, client);
    expect(first).not.toBeNull();
    // The same day: counted in memory alone, and lost.
    await fetchToken(server, client);
    await server.kill();
    server = await startServer({ ...options(), env: never });
    admin = new AdminApi(server);
    expect(await readUse(admin, client)).toBe(first);

    await server.moveClock(25 * hourMillis);
    await fetchToken(server, client);
    await server.kill();
    server = await startServer({ ...options(), env: never });
    admin = new AdminApi(server);
    const next = Date.parse(String(await readUse(admin, client)));
    expect(next - Date.parse(String(first))).toBeGreaterThan(24 * hourMillis);
    await server.stop();
  });
});

describe('several instances', () => {
  let databaseUrl: string;
  let servers: ServerProcess[];

  beforeAll(async () => {
    databaseUrl = await createDatabase();
    const shared = {
      databaseUrl,
      operator: newCredential(),
      keyEncryptionKey: randomBytes(32).toString('base64'),
    };
    const issuer = 'http://localhost:1';
    const env = { ...soon, LATCHKEY_ISSUER: issuer };
    servers = [];
    for (let n = 0; n < 2; n += 1) {
      const server = await startServer({ ...shared, env });
      servers.push({ ...server, issuer: `http://localhost:${server.port}` });
    }
  });
  afterAll(killServersLeft);

  test('count every token of one client once, however they come', async () => {
    const [first, second] = servers;
    if (!first || !second) throw new Error('two were started');
    const admin = new AdminApi(first, first.operator, 'http://localhost:1/api');
    const client = await addClient(admin);
    const tokensEach = 150;
    const askersEach = 5;
    await until(async () => {
      return (await requestToken(second, client)).status === 200;
    }, 'the second instance');
    await Promise.all(
      [first, second].flatMap((server) =>
        Array.from({ length: askersEach }, async () => {
          for (let n = 0; n < tokensEach / askersEach; n += 1) await fetchToken(server, client);
        }),
      ),
    );
    // One to see that the second instance knows the client.
    await until(async () => {
      return (await countTokens(admin, client)) === 2 * tokensEach + 1;
    }, 'the flush of both');
    await sleep(500);
    expect(await countTokens(admin, client)).toBe(2 * tokensEach + 1);
    const [secret] = await readSecrets(admin, client);
    expect(secret?.last_used_at).toBe(await readUse(admin, client));
  });
});
