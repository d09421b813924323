/** FEATURES 3, Allmoxy: Client ID and Secret Key, tokens good for 3,600 seconds. */
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { registerAdmin } from '../admin/admin-clients.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

describeOnBothDatabases('Allmoxy', (server) => {
  const admin = new AdminApi(server);

  async function newClient() {
    const api = await admin.createApi(['orders:read', 'orders:write']);
    const scopes = ['orders:read', 'orders:write'];
    const client = await admin.createClient([{ api: api.identifier, scopes }]);
    return { client, api };
  }

  test('3.1, 3.2 the pair is made and works; later the client_id is there, and the secret is not', async () => {
    const { client } = await newClient();
    expect((await requestToken(server, client)).body).toMatchObject({ expires_in: 3600 });
    const { body } = await admin.request(`/clients/${client.id}`);
    expect(body['client_id']).toBe(client.clientId);
    expect(JSON.stringify(body)).not.toContain(client.clientSecret);
  });

  test('3.3 a token for a chosen API and scope, good for 3,600 s, without the secret, audited', async () => {
    const { client, api } = await newClient();
    const mint = () =>
      admin.request(`/clients/${client.id}/token`, {
        method: 'POST',
        body: { resource: api.identifier, scope: 'orders:read' },
      });
    const { status, body } = await mint();
    expect({ status, ...body }).toMatchObject({
      status: 200,
      expires_in: 3600,
      scope: 'orders:read',
    });
    const { jti = '' } = decodeJwt(String(body['access_token']));
    const { body: events } = await admin.request<{ data: object[] }>(`/audit-events?target=${jti}`);
    expect(events.data).toMatchObject([{ action: 'access_token.minted' }]);
    // Only the token is made again: the credential is what it was.
    expect((await mint()).status).toBe(200);
    expect((await requestToken(server, client)).status).toBe(200);
  });

  test('3.4 every member and integration that holds access is in one list, with its last use', async () => {
    const { client } = await newClient();
    const member = await newMember(admin, { role: 'auditor' });
    const { body: personal } = await member.api.request('/me/api-access', { method: 'POST' });
    expect((await requestToken(server, client)).status).toBe(200);
    const holders = await admin.readAll<Record<string, unknown>>('/access?sort=-created_at');
    const found = [client.id, personal['client']].map((holder) =>
      holders.find(({ id }) => id === holder),
    );
    expect(found).toMatchObject([
      { kind: 'client', member: null, active: true, last_used_at: expect.any(String) },
      { kind: 'member', member: member.id, active: true, last_used_at: null },
    ]);
  });

  test('3.5 who may edit integrations and who may manage keys are two permissions', async () => {
    const { client } = await newClient();
    const { api: editor } = await registerAdmin(admin, ['clients:read', 'clients:write']);
    const { api: keeper } = await registerAdmin(admin, ['clients:read', 'secrets:write']);
    const edit = { method: 'PATCH', body: { description: 'edited' } };
    const path = `/clients/${client.id}`;
    const statuses = [];
    for (const as of [editor, keeper]) {
      const edited = await as.request(path, edit);
      const made = await as.request(`${path}/secrets`, { method: 'POST' });
      statuses.push([edited.status, made.status]);
    }
    expect(statuses).toEqual([
      [200, 403],
      [403, 201],
    ]);
  });

  test('3.6 a regeneration says what it disrupts', async () => {
    const { client } = await newClient();
    const { body } = await admin.request(`/clients/${client.id}/regenerate`, { method: 'POST' });
    expect(body['warning']).toContain('give the new one to every integration that used it');
    expect(await requestToken(server, client)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
  });
});
