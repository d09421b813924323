/** What is sent to PostgreSQL may end in its log, parameters and all: no secret is ever among it (S8, W-39). */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';

const sent: Buffer[] = [];
let tap: Server;
let server: ServerProcess;
let admin: AdminApi;

/** Everything a server sends to its database goes through here. */
beforeAll(async () => {
  const url = new URL(await createDatabase());
  const [host, port] = [url.hostname, Number(url.port)];
  tap = createServer((client) => {
    const database = connect({ host, port });
    client.on('data', (chunk) => sent.push(chunk));
    client.pipe(database).pipe(client);
    client.on('error', () => database.destroy());
    database.on('error', () => client.destroy());
  });
  tap.listen(0, '127.0.0.1');
  await once(tap, 'listening');
  // A listening TCP server has an AddressInfo.
  url.port = String((tap.address() as AddressInfo).port);
  server = await startServer({ databaseUrl: url.href });
  admin = new AdminApi(server);
});
afterAll(async () => {
  await killServersLeft();
  tap.close();
});

test('a secret reaches the database as its digest alone, whoever sends it', async () => {
  const { identifier } = await admin.createApi(['read']);
  const client = await admin.createClient([{ api: identifier, scopes: ['read'] }]);
  const second = await admin.request(`/clients/${client.id}/secrets`, { method: 'POST' });
  const unknown = `lks_${'x'.repeat(49)}`;
  expect((await requestToken(server, client)).status).toBe(200);
  expect((await requestToken(server, { ...client, clientSecret: unknown })).status).toBe(401);
  const secrets = [client.clientSecret, String(second.body['client_secret']), unknown];
  const statuses = [];
  for (const secret of secrets) {
    const answer = await admin.request('/revocations', { method: 'POST', body: { secret } });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([200, 200, 404]);

  const everything = Buffer.concat(sent).toString('latin1');
  expect(everything).toContain(client.id);
  expect(everything).toContain('client_secret.revoked');
  for (const secret of [...secrets, server.operator.clientSecret]) {
    expect(everything.includes(secret)).toBe(false);
  }
});
