/** FEATURES 1, CXME: one credential pair for an organization. */
import { expect, test } from '@jest/globals';
import { organizationPermissions, registerAdmin } from '../admin/admin-clients.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const refused = { status: 401, body: { error: 'invalid_client' } };

describeOnBothDatabases('CXME', (server) => {
  const admin = new AdminApi(server);

  async function newClient() {
    const api = await admin.createApi(['a']);
    return admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
  }

  const regenerate = (id: string, body: object, as = admin) =>
    as.request(`/clients/${id}/regenerate`, { method: 'POST', body });

  test('1.1, 1.6 the client_id is there at any time; the secret is in no answer after the one that made it', async () => {
    const client = await newClient();
    const answers = [];
    for (const path of ['', '/secrets', '/impact', '/failures', '/quick-start']) {
      const { status, body } = await admin.request(`/clients/${client.id}${path}`);
      expect({ path, status }).toEqual({ path, status: 200 });
      answers.push(body);
    }
    const { body: events } = await admin.request(`/audit-events?target=${client.id}`);
    const shown = JSON.stringify([...answers, events]);
    expect(shown).toContain(client.clientId);
    expect(shown).not.toContain(client.clientSecret);
  });

  test('1.2 what will break is known before anything happens: which secret, when and from where', async () => {
    const client = await newClient();
    await requestToken(server, client);
    const { body } = await admin.request<{ addresses: object[] }>(`/clients/${client.id}/impact`);
    expect(body.addresses).toEqual([
      {
        address: expect.any(String),
        secret: expect.stringMatching(/^secret_/),
        secret_hint: `lks_…${client.clientSecret.slice(-4)}`,
        uses: 1,
        first_used_at: expect.any(String),
        last_used_at: expect.any(String),
      },
    ]);
    expect((await requestToken(server, client)).status).toBe(200);
  });

  test('1.3, 1.4 a new pair is shown once, and the old one ends at once', async () => {
    const client = await newClient();
    const { status, body } = await regenerate(client.id, { client_id: true });
    expect(status).toBe(200);
    const renewed = {
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
    expect(renewed.clientId).not.toBe(client.clientId);
    expect(await requestToken(server, client)).toMatchObject(refused);
    expect((await requestToken(server, renewed)).status).toBe(200);
  });

  test('1.4 with an overlap both pairs work', async () => {
    const client = await newClient();
    const { body } = await regenerate(client.id, { client_id: true, overlap_seconds: 3600 });
    const renewed = {
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
    for (const pair of [client, renewed]) {
      expect((await requestToken(server, pair)).status).toBe(200);
    }
  });

  test('1.5 whoever may not manage keys is refused with 403, and nothing happens', async () => {
    const client = await newClient();
    const without = organizationPermissions.filter((each) => each !== 'secrets:write');
    const { api: developer } = await registerAdmin(admin, without);
    expect((await regenerate(client.id, {}, developer)).status).toBe(403);
    expect((await requestToken(server, client)).status).toBe(200);
  });
});
