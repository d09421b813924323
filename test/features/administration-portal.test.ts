/** FEATURES 4, an administration portal: API → API Keys. What its users do, and what follows at the token endpoint. */
import { expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { formatBasic } from '../support/token-request.ts';

const refused = { status: 401, body: { error: 'invalid_client' } };

describeOnBothDatabases('administration portal', (server) => {
  const admin = new AdminApi(server);

  interface ClientRow {
    id: string;
    name: string;
    client_id: string;
    active: boolean;
    created_at: string;
    last_used_at: string | null;
    grants: { scopes: string[] }[];
  }

  async function isActive(credential: { clientId: string; clientSecret: string }, token: string) {
    const response = await fetch(`${server.issuer}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization: formatBasic(credential) },
      body: new URLSearchParams({ token }),
    });
    return ((await response.json()) as { active: boolean }).active;
  }

  test('4.1 every key is in a table: name, client_id, scopes, state, created, last used; sorted, searched, paged', async () => {
    const api = await admin.createApi(['orders:read']);
    const mark = api.id.slice(4, 14);
    const grants = [{ api: api.identifier, scopes: ['orders:read'] }];
    const names = ['C', 'A', 'B'].map((letter) => `${mark} ${letter}`);
    const made = [];
    for (const name of names) made.push(await admin.createClient(grants, { name }));
    const page = async (query: string) => {
      const { body } = await admin.request<{ data: ClientRow[]; next_cursor: string | null }>(
        `/clients?q=${mark}&${query}`,
      );
      return body;
    };
    const first = await page('sort=name&limit=2');
    expect(first.data.map(({ name }) => name)).toEqual([`${mark} A`, `${mark} B`]);
    const cursor = encodeURIComponent(first.next_cursor ?? '');
    const second = await page(`sort=name&limit=2&cursor=${cursor}`);
    expect(second).toMatchObject({
      data: [
        {
          name: `${mark} C`,
          client_id: made[0]?.clientId,
          active: true,
          created_at: expect.any(String),
          last_used_at: null,
          grants: [{ scopes: ['orders:read'] }],
        },
      ],
      next_cursor: null,
    });
  });

  test('4.2 a key is made with its name, scopes and state; its secret is in that answer and in no other', async () => {
    const api = await admin.createApi(['orders:read', 'orders:write']);
    const scopes = ['orders:read', 'orders:write'];
    const client = await admin.createClient([{ api: api.identifier, scopes }], {
      name: 'Marketing Automation',
      active: false,
    });
    const { body } = await admin.request<ClientRow>(`/clients/${client.id}`);
    expect(body).toMatchObject({ name: 'Marketing Automation', active: false });
    const { body: secrets } = await admin.request(`/clients/${client.id}/secrets`);
    expect(JSON.stringify([body, secrets])).not.toContain(client.clientSecret);
    expect(await requestToken(server, client)).toMatchObject(refused);
  });

  test('4.3 changed scopes are in the next token, and a removed one is refused at once', async () => {
    const api = await admin.createApi(['a', 'b', 'c']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a', 'b'] }]);
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'a b' });
    await admin.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { grants: [{ api: api.identifier, scopes: ['a', 'c'] }] },
    });
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'a c' });
    expect(await requestToken(server, client, { scope: 'b' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  test('4.4 an inactive key gets no token, those already out are inactive, and it can be brought back', async () => {
    const api = await admin.createApi(['a']);
    const grants = [{ api: api.identifier, scopes: ['a'] }];
    const client = await admin.createClient(grants);
    const resourceServer = await admin.createClient([]);
    await admin.request(`/apis/${api.id}`, {
      method: 'PATCH',
      body: { introspection_clients: [resourceServer.id] },
    });
    const token = String((await requestToken(server, client)).body['access_token']);
    expect(await isActive(resourceServer, token)).toBe(true);
    const setActive = (active: boolean) =>
      admin.request(`/clients/${client.id}`, { method: 'PATCH', body: { active } });
    expect((await setActive(false)).body).toMatchObject({ active: false });
    expect(await requestToken(server, client)).toMatchObject(refused);
    expect(await isActive(resourceServer, token)).toBe(false);
    await setActive(true);
    expect((await requestToken(server, client)).status).toBe(200);
    expect(await isActive(resourceServer, token)).toBe(false);
  });
});
