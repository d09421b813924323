/** The last way in cannot be locked from inside: not by deleting, and not by revoking secrets. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';

let server: ServerProcess;
let admin: AdminApi;
let operatorId: string;

beforeAll(async () => {
  server = await startServer();
  admin = new AdminApi(server);
  const { body } = await admin.request<{ data: { id: string }[] }>('/clients');
  operatorId = body.data[0]?.id ?? '';
});

afterAll(() => server.stop());

async function listSecretIds(clientRecordId: string): Promise<string[]> {
  const { body } = await admin.request<{ data: { id: string }[] }>(
    `/clients/${clientRecordId}/secrets`,
  );
  return body.data.map(({ id }) => id);
}

//
test('the last live secret of the last operator is not revoked, whoever asks', async () => {
  const keyManager = await admin.createClient([
    { api: `${server.issuer}/api`, scopes: ['clients:read', 'secrets:write'] },
  ]);
  const manager = new AdminApi(server, keyManager);
  const [secretId] = await listSecretIds(operatorId);
  const refused = await manager.request(`/clients/${operatorId}/secrets/${secretId}`, {
    method: 'DELETE',
  });
  expect(refused.status).toBe(409);
  expect(refused.body).toMatchObject({ code: 'conflict' });
  expect((await requestToken(server, server.operator)).status).toBe(200);
});

test('an operator without a live secret is nobody who could take over', async () => {
  const { body: apis } = await admin.request<{
    data: { built_in: boolean; scopes: { value: string }[] }[];
  }>('/apis');
  const scopes = apis.data.find((api) => api.built_in)?.scopes.map(({ value }) => value) ?? [];
  const second = await admin.createClient([{ api: `${server.issuer}/api`, scopes }]);
  for (const secretId of await listSecretIds(second.id)) {
    const revoked = await admin.request(`/clients/${second.id}/secrets/${secretId}`, {
      method: 'DELETE',
    });
    expect(revoked.status).toBe(204);
  }
  expect((await admin.request(`/clients/${operatorId}`, { method: 'DELETE' })).status).toBe(409);
});
