/** A server that was just set up lets nobody in: there is no credential that everybody knows. A-14 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { exampleSecret } from '../../src/model/example-secret.ts';
import { requestToken } from '../support/admin-api.ts';
import { requestPublic } from '../support/member-api.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase, createEmptyDatabase } from '../support/shared-servers.ts';
import { latchkey, parseOutput } from './latchkey-runner.ts';

let databaseUrl: string;
let server: ServerProcess;
beforeAll(async () => {
  databaseUrl = await createEmptyDatabase();
  // Not on a terminal and without credentials in the environment: nobody is made, since nobody could be shown.
  server = await startServer({
    databaseUrl,
    entry: 'main',
    env: { LATCHKEY_BOOTSTRAP_CLIENT_ID: '', LATCHKEY_BOOTSTRAP_CLIENT_SECRET: '' },
  });
});
afterAll(killServersLeft);

const names = ['admin', 'root', 'latchkey', 'operator'];
/** Of the API reference. */
const exampleClientId = 'lkc_0pR7vYc2MwE9xKj5TsB8aQ';

test('nobody is in it: no client, no secret, no member and no link', async () => {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  for (const table of ['clients', 'client_secrets', 'members', 'member_sessions', 'invitations']) {
    const { rows } = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${table}`,
    );
    expect([table, rows]).toEqual([table, [{ count: 0 }]]);
  }
  await database.end();
});

test('no usual client_id gets a token with a usual secret', async () => {
  const candidates = [
    ...names.flatMap((name) => [
      { clientId: name, clientSecret: name },
      { clientId: name, clientSecret: 'password' },
    ]),
    { clientId: exampleClientId, clientSecret: `lks_${exampleSecret}K1aV9f` },
    { clientId: 'First admin', clientSecret: 'undefined' },
  ];
  for (const candidate of candidates) {
    const { status, body } = await requestToken(server, candidate);
    expect({ candidate, status, error: body['error'] }).toEqual({
      candidate,
      status: 401,
      error: 'invalid_client',
    });
  }
});

test('nobody signs in with a usual address and a usual password, or comes in with the link of an example', async () => {
  for (const name of names) {
    for (const password of [name, 'password']) {
      const body = { email: `${name}@example.com`, password };
      const { status, headers } = await requestPublic(server, '/session', { method: 'POST', body });
      expect([name, status, headers.get('set-cookie')]).toEqual([name, 401, null]);
    }
  }
  const { status } = await requestPublic(server, '/invitations/accept', {
    method: 'POST',
    body: {
      token: `lki_${exampleSecret}`,
      email: 'eve@example.com',
      name: 'Eve',
      password: randomBytes(12).toString('base64url'),
    },
  });
  expect(status).toBe(404);
});

test('what is made for the first admin is another one at every instance', async () => {
  const make = async () => {
    const env = {
      DATABASE_URL: await createDatabase(),
      LATCHKEY_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    };
    return parseOutput(await latchkey(['bootstrap', '--json'], { env }));
  };
  const [one, other] = [await make(), await make()];
  for (const field of ['client_id', 'client_secret']) {
    expect(one[field]).toMatch(/^lk[cs]_[0-9A-Za-z]{22,49}$/);
    expect(one[field]).not.toBe(other[field]);
  }
});
