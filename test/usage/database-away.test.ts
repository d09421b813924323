/** The database is away while an instance counts: nobody is refused because of it, and nothing counts twice. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { killServersLeft, startServer } from '../support/server-process.ts';
import { CountingInstance } from './counting-instance.ts';

const noon = Date.UTC(2026, 10, 23, 12) / 1000;
const flushMillis = 300;

let postgres: PostgresServer;
let instance: CountingInstance;

beforeAll(async () => {
  postgres = await startPostgres();
  instance = await CountingInstance.open(await postgres.createDatabase('latchkey'), flushMillis);
  instance.flush.start();
});
afterAll(async () => {
  await killServersLeft();
  await instance.close();
  await postgres.stop();
});

const countTokens = async (clientRecordId: string) =>
  (
    await instance.query<{ tokens: number }>(
      `SELECT coalesce(sum(tokens), 0)::integer AS tokens FROM token_usage
        WHERE client_record_id = $1 AND scope = ''`,
      [clientRecordId],
    )
  )[0]?.tokens;

const countUses = async (clientRecordId: string) =>
  (
    await instance.query<{ uses: number }>(
      `SELECT coalesce(sum(uses), 0)::integer AS uses FROM client_secret_uses
        WHERE client_record_id = $1`,
      [clientRecordId],
    )
  )[0]?.uses;

// Frozen, it takes what is sent and does it later, when nobody waits for the answer any more.
test('frozen: nobody waits, everything is counted, and once', async () => {
  const { client, secret, grant } = await instance.addClient();
  client.storedUseAt = noon;
  let tokens = 0;
  const use = () => {
    const nowSeconds = noon + tokens;
    expect(instance.ledger.noteUse({ client, secret, address: 'x', nowSeconds })).toBeUndefined();
    instance.ledger.noteToken(client, grant, grant.scopes, nowSeconds);
    instance.ledger.noteRefusal({
      client,
      reason: 'invalid_scope',
      presentedDigest: Buffer.from(secret.secretDigest),
      address: 'x',
      requestId: `request ${tokens}`,
      nowSeconds,
    });
    tokens += 1;
  };
  const useFor = async (millis: number) => {
    const end = Date.now() + millis;
    while (Date.now() < end) {
      use();
      await sleep(10);
    }
  };
  await useFor(600);
  await postgres.freeze();
  await useFor(3_000);
  postgres.thaw();
  await useFor(300);
  const deadline = Date.now() + 15_000;
  while ((await countTokens(client.id).catch(() => 0)) !== tokens && Date.now() < deadline)
    await sleep(100);
  // Whatever was still under way somewhere would be counted by now.
  await sleep(1_000);
  expect(await countTokens(client.id)).toBe(tokens);
  expect(await countUses(client.id)).toBe(tokens);
  const failures = await instance.query<{ requestId: string }>(
    `SELECT request_id AS "requestId" FROM client_failures WHERE client_record_id = $1
      ORDER BY occurred_at DESC`,
    [client.id],
  );
  expect(failures.map(({ requestId }) => requestId)).toEqual(
    Array.from({ length: 50 }, (_, n) => `request ${tokens - 1 - n}`),
  );
  expect(client.storedUseAt).toBe(noon + tokens - 1);
});

test('killed: every token that was answered is counted, once', async () => {
  const server = await startServer({
    databaseUrl: await postgres.createDatabase('served'),
    env: { LATCHKEY_TEST_USE_FLUSH_MILLIS: String(flushMillis) },
  });
  const admin = new AdminApi(server);
  const api = await admin.createApi(['orders:read']);
  const client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
  const answers = { issued: 0, unavailable: 0 };
  const askFor = async (millis: number) => {
    const end = Date.now() + millis;
    while (Date.now() < end) {
      const { status } = await requestToken(server, client);
      if (status === 200) answers.issued += 1;
      else {
        expect(status).toBe(503);
        answers.unavailable += 1;
      }
    }
  };
  await askFor(1_000);
  await postgres.kill();
  await askFor(2_000);
  expect(answers.unavailable).toBeGreaterThan(0);
  await postgres.restart();
  await askFor(3_000);
  await sleep(1_000);
  const { body } = await admin.request(`/usage?client=${client.id}&group_by=client`);
  expect(body['data']).toMatchObject([{ client: client.id, tokens: answers.issued }]);
});
