/** A rotation that ends by itself, and scopes that nobody requests, with the clock of a whole server moved. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { registerAdmin } from './admin-clients.ts';

const day = 86_400;

let server: ServerProcess;
let admin: AdminApi;
let clock = 0;

beforeAll(async () => {
  server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_TEST_USE_FLUSH_MILLIS: '200' },
  });
  admin = new AdminApi(server);
});
afterAll(() => server.stop());

async function pass(days: number): Promise<void> {
  clock += days * day;
  await server.moveClock(clock * 1000);
  admin.forgetToken();
}

interface Secret {
  id: string;
  status: string;
  retires_when_quiet_for_seconds: number | null;
  retirement_due_at: string | null;
  last_used_address: string | null;
  client_secret: string;
}

test('the old secret works while it is used, shows its use, and is refused once it was quiet', async () => {
  const api = await admin.createApi(['r']);
  const client = await admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
  const path = `/clients/${client.id}/secrets`;
  const { status, body: made } = await admin.request<Secret>(path, {
    method: 'POST',
    body: { retire_others_when_quiet_for_seconds: 2 * day },
  });
  expect(status).toBe(201);
  const replacement = { ...client, clientSecret: made.client_secret };
  const readOld = async () => {
    const { body } = await admin.request<{ data: Secret[] }>(path);
    return body.data.find(({ id }) => id !== made.id);
  };
  for (let days = 0; days < 4; days += 1) {
    expect((await requestToken(server, client)).status).toBe(200);
    await pass(1);
  }
  expect(await readOld()).toMatchObject({
    status: 'retiring',
    retires_when_quiet_for_seconds: 2 * day,
    retirement_due_at: expect.any(String),
    last_used_address: expect.any(String),
  });
  await pass(2);
  await until(async () => (await readOld())?.status === 'ended', 'the old secret has gone');
  expect(await requestToken(server, client)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect((await requestToken(server, replacement)).status).toBe(200);
});

test.each([
  [
    { retire_others_when_quiet_for_seconds: day, retire_others_in_seconds: day },
    'retire_others_when_quiet_for_seconds',
  ],
  [{ retire_others_when_quiet_for_seconds: 60 }, 'retire_others_when_quiet_for_seconds'],
  [{ retire_others_due_in_seconds: day }, 'retire_others_due_in_seconds'],
  [
    { retire_others_when_quiet_for_seconds: 2 * day, retire_others_due_in_seconds: day },
    'retire_others_due_in_seconds',
  ],
])('refuses %j', async (body, field) => {
  const client = await admin.createClient([]);
  const answer = await admin.request(`/clients/${client.id}/secrets`, { method: 'POST', body });
  expect({ status: answer.status, pointers: answer.body['errors'] }).toEqual({
    status: 400,
    pointers: [{ pointer: `/${field}`, detail: expect.any(String) }],
  });
});

test('a granted scope that no access token has carried for so long is named, a new one is not', async () => {
  const api = await admin.createApi(['used', 'unused', 'new']);
  const grants = (...scopes: string[]) => [{ api: api.identifier, scopes }];
  const client = await admin.createClient(grants('used', 'unused'), { name: 'Wide' });
  const list = async () => {
    const { body } = await admin.request<{ data: { scope: string }[] }>(
      `/usage/unused-scopes?client=${client.id}`,
    );
    return body.data;
  };
  await requestToken(server, client, { scope: 'unused' });
  await pass(60);
  await requestToken(server, client, { scope: 'used' });
  await admin.request(`/clients/${client.id}`, {
    method: 'PATCH',
    body: { grants: grants('used', 'unused', 'new') },
  });
  expect(await list()).toEqual([]);
  await pass(40);
  expect(await list()).toEqual([
    {
      client: client.id,
      client_id: client.clientId,
      client_name: 'Wide',
      api: api.identifier,
      scope: 'unused',
      granted_at: expect.any(String),
      last_requested_on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    },
  ]);
  await pass(60);
  // Page after page, in one order.
  const first = await admin.request<{ data: { scope: string }[]; next_cursor: string }>(
    `/usage/unused-scopes?client=${client.id}&limit=2`,
  );
  const cursor = encodeURIComponent(first.body.next_cursor);
  const second = await admin.request<{ data: { scope: string }[]; next_cursor: null }>(
    `/usage/unused-scopes?client=${client.id}&limit=2&cursor=${cursor}`,
  );
  const scopes = [...first.body.data, ...second.body.data].map(({ scope }) => scope);
  expect({ scopes, last: second.body.next_cursor }).toEqual({
    scopes: ['new', 'unused', 'used'],
    last: null,
  });
});

//
test('unused scopes are told to whoever sees their client, and to nobody else', async () => {
  const api = await admin.createApi(['r']);
  const grants = [{ api: api.identifier, scopes: ['r'] }];
  const organization = await admin.createOrganization();
  const location = await admin.createLocation({ organization });
  const places = {
    organization: { organization },
    location: { organization, location },
    elsewhere: { organization: await admin.createOrganization() },
  };
  const clients = {
    organization: (await admin.createClient(grants, places.organization)).id,
    location: (await admin.createClient(grants, places.location)).id,
    elsewhere: (await admin.createClient(grants, places.elsewhere)).id,
  };
  await pass(80);
  // Nobody has used them for 80 days: another ten, and they would be gone.
  const read = async (place: keyof typeof places) => {
    const reader = (await registerAdmin(admin, ['usage:read'], places[place])).api;
    const rows = await reader.readAll<{ client: string }>('/usage/unused-scopes?days=60');
    return rows.map(({ client }) => client).toSorted();
  };
  expect(await read('organization')).toEqual([clients.organization, clients.location].toSorted());
  expect(await read('location')).toEqual([clients.location]);
  expect(await read('elsewhere')).toEqual([clients.elsewhere]);
});
