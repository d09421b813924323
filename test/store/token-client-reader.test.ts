/** What a token request reads: nothing of the grants while the secret is only a guess. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { digestClientSecret } from '../../src/registry/credential.ts';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { TokenClientReader } from '../../src/store/records/token-client-reader.ts';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';

const { postgresql, postgresUrl } = sharedServers();
let database: Database;
let reader: TokenClientReader;
let client: RegisteredClient;

beforeAll(async () => {
  const admin = new AdminApi(postgresql);
  const api = await admin.createApi(['a', 'b']);
  client = await admin.createClient([{ api: api.identifier, scopes: ['a', 'b'] }]);
  database = await openDatabase({ databaseUrl: postgresUrl, dataDir: '' }, (error) => {
    throw error;
  });
  reader = new TokenClientReader(database.pool, () => 0);
});

afterAll(() => database.close());

// P-029: a guess costs the same whatever the client may do.
test('a wrong secret reads no grants', async () => {
  const guess = await reader.read({ clientId: client.clientId, presentedDigest: randomBytes(32) });
  expect(guess.client).toMatchObject({ clientId: client.clientId, grants: [] });
  expect(guess.client?.secrets).toHaveLength(1);
});

test('the right secret, and a reader that needs none, reads them all', async () => {
  const granted = [expect.objectContaining({ scopes: ['a', 'b'], builtIn: false })];
  const presented = await reader.read({
    clientId: client.clientId,
    presentedDigest: digestClientSecret(client.clientSecret),
  });
  expect(presented.client?.grants).toEqual(granted);
  expect(
    (await reader.read({ clientId: client.clientId, presentedDigest: undefined })).client?.grants,
  ).toEqual(granted);
});

test('one question after another is planned a few times, and then no more; so are several at once', async () => {
  // One after another they all have the same connection.
  const question = { clientId: client.clientId, presentedDigest: undefined };
  const plans = async () => {
    const { rows } = await database.pool.query<{ custom: string; generic: string }>(
      `SELECT custom_plans AS custom, generic_plans AS generic
         FROM pg_prepared_statements WHERE name = 'read-token-clients'`,
    );
    return { custom: Number(rows[0]?.custom), generic: Number(rows[0]?.generic) };
  };
  for (let times = 0; times < 8; times += 1) await reader.read(question);
  const { custom, generic } = await plans();
  expect(generic).toBeGreaterThan(0);
  for (const count of [1, 2, 9, 10, 11, 64]) {
    const answers = await reader.readMany(Array.from({ length: count }, () => question));
    expect(answers.map((answer) => answer.client?.clientId)).toEqual(
      Array(count).fill(client.clientId),
    );
  }
  expect(await plans()).toEqual({ custom, generic: generic + 6 });
});
