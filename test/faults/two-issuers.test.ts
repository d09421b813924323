/** One database, one issuer: a second one is refused, and a name alone makes nobody an admin. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';

const keyEncryptionKey = randomBytes(32).toString('base64');
let databaseUrl: string;
let server: ServerProcess;

beforeAll(async () => {
  databaseUrl = await createDatabase();
  server = await startServer({ databaseUrl, keyEncryptionKey });
});

afterAll(() => server.stop());

test('an instance with another issuer is refused, and told how to move them all', async () => {
  const second = startServer({ databaseUrl, keyEncryptionKey, entry: 'main' });
  await expect(second).rejects.toThrow(/the admin API http:\/\/localhost:\d+\/api.*--move-issuer/);
  expect((await new AdminApi(server).request('/clients')).status).toBe(200);
});

test('an API that is named like the admin API, with its scopes, opens nothing', async () => {
  const admin = new AdminApi(server);
  const lookalike = await admin.createApi(['instance:operate', 'clients:read']);
  const client = await admin.createClient([
    { api: lookalike.identifier, scopes: ['instance:operate', 'clients:read'] },
  ]);
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const adminApi = `${server.issuer}/api`;
  // No request can bring this about; whoever moved issuers to and fro could have.
  await database.query("UPDATE apis SET identifier = 'urn:moved' WHERE built_in");
  await database.query('UPDATE apis SET identifier = $1 WHERE id = $2', [adminApi, lookalike.id]);
  const { status, body } = await new AdminApi(server, client).request('/clients');
  await database.query("UPDATE apis SET identifier = 'urn:lookalike' WHERE id = $1", [
    lookalike.id,
  ]);
  await database.query('UPDATE apis SET identifier = $1 WHERE built_in', [adminApi]);
  await database.end();
  expect({ status, code: body['code'] }).toEqual({ status: 403, code: 'forbidden' });
});
