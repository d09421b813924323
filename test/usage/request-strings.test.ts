/** Nothing that is kept of a request keeps the request (S8): its header is gone, what was cut from it is there. */
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { HttpConnections } from '../support/http-connections.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  server = await startServer({
    // Long strings would otherwise be cut in a snapshot.
    nodeFlags: ['--heap-snapshot-string-limit=1000000'],
    env: { LATCHKEY_TRUST_PROXY: '1', LATCHKEY_TEST_USE_FLUSH_MILLIS: '3600000' },
  });
});
afterAll(async () => {
  await killServersLeft();
  await rm(folder, { recursive: true, force: true });
});

test('addresses outlive their requests, and nothing else does', async () => {
  const admin = new AdminApi(server);
  const api = await admin.createApi(['orders:read']);
  const client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
  const connections = new HttpConnections(server.port, 4);
  const canary = randomBytes(20).toString('hex');
  const addresses: string[] = [];
  const send = async (secret: string, parameters: string, status: number) => {
    const address = `2001:db8:${addresses.length + 1}:aaaa:bbbb:cccc:dddd:eeee`;
    addresses.push(address);
    const answer = await connections.send({
      method: 'POST',
      path: '/oauth2/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-forwarded-for': `${canary}, ${address}`,
      },
      body: `grant_type=client_credentials&client_id=${client.clientId}&client_secret=${secret}${parameters}&canary=${canary}`,
    });
    expect(answer.status).toBe(status);
  };
  for (let n = 0; n < 3; n += 1) {
    await send(client.clientSecret, '', 200);
    await send(client.clientSecret, '&scope=orders:read', 200);
    await send(`wrong${canary}`, '', 401);
    await send(client.clientSecret, `&scope=${canary}`, 400);
  }
  connections.close();
  const others = new HttpConnections(server.port, 4);
  for (let n = 0; n < 30; n += 1) {
    await others.send({
      method: 'POST',
      path: '/oauth2/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `grant_type=client_credentials&client_id=nobody&client_secret=${'z'.repeat(60)}`,
    });
  }
  others.close();
  const file = join(folder, 'heap.heapsnapshot');
  await server.writeHeapSnapshot(file);
  const heap = await readFile(file);
  expect(addresses.filter((address) => !heap.includes(address))).toEqual([]);
  expect(heap.includes(canary)).toBe(false);
});
