/** What an instance remembers is what the registry says, from the moment a change is acknowledged. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { TokenClientReader } from '../../src/store/records/token-client-reader.ts';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { followRegistry, type FollowedRegistry } from './followed-registry.ts';

const { postgresql, postgresUrl } = sharedServers();
const admin = new AdminApi(postgresql);
const scopes = ['a', 'b', 'c'];
const changes = 120;

let database: Database;
let reader: TokenClientReader;
let memory: FollowedRegistry['memory'];
let follower: FollowedRegistry['follower'];
let errors: FollowedRegistry['errors'];

beforeAll(async () => {
  database = await openDatabase({ databaseUrl: postgresUrl, dataDir: '' }, () => undefined);
  reader = new TokenClientReader(database.pool, () => 0);
});
afterAll(() => database.close());

beforeEach(async () => {
  ({ memory, follower, errors } = await followRegistry(database, reader));
});
afterEach(async () => {
  await follower.stop();
  expect(errors).toEqual([]);
});

const remember = (clientId: string) => memory.read({ clientId, presentedDigest: undefined });
const readAnew = async (clientId: string) =>
  (await reader.read({ clientId, presentedDigest: undefined })).client;

/** Whether it was remembered: forgetting is always right, remembering must be. */
async function expectAsRegistered(clientId: string): Promise<boolean> {
  const recalled = memory.recall(clientId);
  if (recalled) expect(recalled.client).toEqual(await readAnew(clientId));
  const { client } = await remember(clientId);
  expect(client).toEqual(await readAnew(clientId));
  return recalled !== undefined;
}

async function change(
  path: string,
  method: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const answer = await admin.request(path, { method, ...(body ? { body } : {}) });
  expect([path, method, answer.status < 300]).toEqual([path, method, true]);
  return answer.body;
}

/** One change of the registry, chosen by numbers; returns the client_ids it may have changed. */
type Operation = (
  client: RegisteredClient,
  apis: { id: string; identifier: string }[],
) => Promise<void>;

const grantsOf = (apis: { identifier: string }[], mask: number) =>
  apis.flatMap(({ identifier }, index) => {
    const held = scopes.filter((_scope, place) => (mask >> (index * 3 + place)) & 1);
    return held.length === 0 ? [] : [{ api: identifier, scopes: held }];
  });

function arbitraryOperation(): fc.Arbitrary<Operation> {
  const mask = fc.nat(63);
  return fc.oneof(
    mask.map((bits): Operation => async ({ id }, apis) => {
      await change(`/clients/${id}`, 'PATCH', { grants: grantsOf(apis, bits) });
    }),
    fc.boolean().map((active): Operation => async ({ id }) => {
      await change(`/clients/${id}`, 'PATCH', { active });
    }),
    fc.constantFrom<number | null>(60, 600, null).map((seconds): Operation => async ({ id }) => {
      await change(`/clients/${id}`, 'PATCH', { access_token_lifetime_seconds: seconds });
    }),
    fc.boolean().map((overlap): Operation => async ({ id }) => {
      await change(`/clients/${id}/secrets`, 'POST', {
        retire_others_in_seconds: overlap ? 3600 : 0,
      });
    }),
    fc.constant<Operation>(async ({ id }) => {
      await change(`/clients/${id}/regenerate`, 'POST', { client_id: true, overlap_seconds: 0 });
    }),
    fc.constant<Operation>(async ({ id }) => {
      await change(`/clients/${id}`, 'DELETE');
      await change(`/clients/${id}/restore`, 'POST');
      await change(`/clients/${id}`, 'PATCH', { active: true });
    }),
    fc.subarray(scopes, { minLength: 1 }).map((kept): Operation => async (_client, [api]) => {
      // What leaves an API leaves its clients, and does not come back with it.
      await change(`/apis/${api?.id}`, 'PATCH', { scopes: kept.map((value) => ({ value })) });
      await change(`/apis/${api?.id}`, 'PATCH', { scopes: scopes.map((value) => ({ value })) });
    }),
    fc.constantFrom('ES256', 'EdDSA').map((signing_alg): Operation => async (_client, [, api]) => {
      await change(`/apis/${api?.id}`, 'PATCH', { signing_alg });
    }),
    fc.constant<Operation>(async ({ id }) => {
      await change('/revocations', 'POST', { client: id });
    }),
  );
}

test(`after each of ${changes} changes, what is remembered is what is registered`, async () => {
  const apis = [await admin.createApi(scopes), await admin.createApi(scopes)];
  const clients = await Promise.all(
    Array.from({ length: 6 }, () =>
      admin.createClient(apis.map(({ identifier }) => ({ api: identifier, scopes }))),
    ),
  );
  for (const { clientId } of clients) await remember(clientId);
  let stillRemembered = 0;
  const steps = fc.sample(fc.tuple(fc.nat(clients.length - 1), arbitraryOperation()), changes);
  for (const [index, operation] of steps) {
    const client = clients[index];
    if (client) await operation(client, apis);
    for (const { clientId } of clients)
      stillRemembered += Number(await expectAsRegistered(clientId));
  }
  // Else it would be no memory: a change of one client leaves the others.
  expect(stillRemembered).toBeGreaterThan(changes);
});

test('a client that is made elsewhere is known within a second, and unknown ids are known to be', async () => {
  const deadline = performance.now() + 5_000;
  const unknown = 'lkc_1111111111111111111111';
  while (memory.recall(unknown) === undefined && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(memory.recall(unknown)).toMatchObject({ client: undefined });
  const api = await admin.createApi(scopes);
  const { clientId } = await admin.createClient([{ api: api.identifier, scopes }]);
  // Acknowledged when this instance has heard of it, too.
  expect(memory.recall(clientId)).toBeUndefined();
  expect((await remember(clientId)).client).toMatchObject({ clientId });
  expect(memory.recall(clientId)).toMatchObject({ client: { clientId } });
});

test('a reading that a change overtakes is not acted upon', async () => {
  const api = await admin.createApi(scopes);
  const client = await admin.createClient([{ api: api.identifier, scopes }]);
  const reading = await remember(client.clientId);
  expect(memory.isCurrent(reading)).toBe(true);
  await change(`/clients/${client.id}`, 'PATCH', { active: false });
  expect(memory.isCurrent(reading)).toBe(false);
  expect(memory.recall(client.clientId)).toBeUndefined();
});

test('without a lease nothing is remembered, and with the next one all of it is right', async () => {
  const api = await admin.createApi(scopes);
  const client = await admin.createClient([{ api: api.identifier, scopes }]);
  const reading = await remember(client.clientId);
  await follower.stop();
  expect(memory.recall(client.clientId)).toBeUndefined();
  expect(memory.isCurrent(reading)).toBe(false);
  await change(`/clients/${client.id}`, 'PATCH', { active: false });
  await follower.requireLease();
  expect(memory.isCurrent(reading)).toBe(false);
  expect((await remember(client.clientId)).client).toMatchObject({ usable: false });
});
