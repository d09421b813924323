/** `/clients/{id}/token`: an access token without a secret, by the rules of the token endpoint (FEATURES 3.3). */
import { expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { formatBasic } from '../support/token-request.ts';
import { organizationPermissions, permissions, registerAdmin } from './admin-clients.ts';

describeOnBothDatabases('one-off tokens', (server) => {
  const admin = new AdminApi(server);
  const mint = (id: string, body?: object, as = admin) =>
    as.request(`/clients/${id}/token`, { method: 'POST', ...(body ? { body } : {}) });

  async function newClient(): Promise<{ client: RegisteredClient; api: string; other: string }> {
    const api = await admin.createApi(['a', 'b']);
    const other = await admin.createApi(['c']);
    const client = await admin.createClient([
      { api: api.identifier, scopes: ['a', 'b'] },
      { api: other.identifier, scopes: ['c'] },
    ]);
    return { client, api: api.identifier, other: other.identifier };
  }

  async function introspect(client: RegisteredClient, token: string): Promise<unknown> {
    const response = await fetch(`${server.issuer}/oauth2/introspect`, {
      method: 'POST',
      headers: { authorization: formatBasic(client) },
      body: new URLSearchParams({ token }),
    });
    return ((await response.json()) as { active: boolean }).active;
  }

  test('3.3 is what the client itself would get, good for an hour, with no credential in its jti', async () => {
    const { client, api } = await newClient();
    const { status, headers, body } = await mint(client.id, { resource: api, scope: 'b' });
    expect({ status, cache: headers.get('cache-control') }).toEqual({
      status: 200,
      cache: 'no-store',
    });
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_in: 3600,
      scope: 'b',
      token_type: 'Bearer',
    });
    const fetched = await requestToken(server, client, { resource: api, scope: 'b' });
    expect(Object.keys(body)).toEqual(Object.keys(fetched.body));
    const token = String(body['access_token']);
    const { payload } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`)),
      { issuer: server.issuer, audience: api, typ: 'at+jwt' },
    );
    const { iat: _iat, exp: _exp, jti: _jti, ...claims } = payload;
    const own = decodeJwt(String(fetched.body['access_token']));
    expect(claims).toEqual({ ...own, iat: undefined, exp: undefined, jti: undefined });
    expect(await introspect(client, token)).toBe(true);
  });

  test('without a body chooses as the token endpoint does', async () => {
    const { client, api } = await newClient();
    const { body } = await mint(client.id);
    expect(body).toMatchObject({ scope: 'a b' });
    expect(decodeJwt(String(body['access_token'])).aud).toBe(api);
  });

  test.each([
    { what: 'a scope that is not granted', body: { scope: 'a nothing' } },
    { what: 'a resource that is not granted', body: { resource: 'https://nowhere.example.com' } },
    { what: 'scopes of two APIs', body: { scope: 'a c' } },
  ])('refuses $what with the error of the token endpoint', async ({ body }) => {
    const { client } = await newClient();
    const refusal = await requestToken(server, client, body);
    const answer = await mint(client.id, body);
    const detail = String(refusal.body['error_description']);
    expect(answer.body).toMatchObject({
      status: 400,
      code: refusal.body['error'],
      detail,
      errors: [{ pointer: expect.stringMatching(/^\/(scope|resource)$/), detail }],
    });
  });

  test('is not made for an inactive client, nor for one that was deleted', async () => {
    const { client } = await newClient();
    await admin.request(`/clients/${client.id}`, { method: 'PATCH', body: { active: false } });
    expect((await mint(client.id)).body).toMatchObject({
      status: 409,
      detail: 'the client is inactive: activate it first',
    });
    await admin.request(`/clients/${client.id}`, { method: 'DELETE' });
    expect((await mint(client.id)).status).toBe(404);
  });

  test('ends with its client, and can be revoked on its own', async () => {
    const { client } = await newClient();
    const revoked = String((await mint(client.id)).body['access_token']);
    const kept = String((await mint(client.id)).body['access_token']);
    await admin.request('/revocations', { method: 'POST', body: { token: revoked } });
    expect([await introspect(client, revoked), await introspect(client, kept)]).toEqual([
      false,
      true,
    ]);
    for (const active of [false, true]) {
      await admin.request(`/clients/${client.id}`, { method: 'PATCH', body: { active } });
    }
    expect(await introspect(client, kept)).toBe(false);
  });

  test('is refused to whoever holds less of the admin API than the client', async () => {
    const { client: powerful } = await registerAdmin(admin, permissions);
    const { api: weaker } = await registerAdmin(admin, organizationPermissions);
    const before = await countMinted(powerful.id);
    expect((await mint(powerful.id, undefined, weaker)).body).toMatchObject({
      status: 403,
      detail: expect.stringContaining('instance:operate'),
    });
    expect(await countMinted(powerful.id)).toBe(before);
  });

  test('counts as a use of the client, and its audit event says for what, without the token', async () => {
    const { client, api } = await newClient();
    const { body } = await mint(client.id, { resource: api, scope: 'a' });
    const { body: usage } = await admin.request<{ data: object[] }>(
      `/usage?client=${client.id}&group_by=api,scope`,
    );
    expect(usage.data).toMatchObject([{ api, scope: 'a', tokens: 1 }]);
    const { body: used } = await admin.request(`/clients/${client.id}`);
    expect(used['last_used_at']).not.toBeNull();
    const { jti = '', exp = 0 } = decodeJwt(String(body['access_token']));
    const { body: events } = await admin.request<{ data: { details: object }[] }>(
      `/audit-events?target=${jti}`,
    );
    expect(events.data.map(({ details }) => details)).toEqual([
      {
        client: client.id,
        client_id: client.clientId,
        api,
        scope: 'a',
        expires_at: new Date(exp * 1000).toISOString(),
      },
    ]);
  });

  async function countMinted(client: string): Promise<number> {
    const events = await admin.readAll<{ details: { client?: string } }>(
      '/audit-events?action=access_token.minted',
    );
    return events.filter(({ details }) => details.client === client).length;
  }
});
