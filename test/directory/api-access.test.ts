/** A member's own API access, seen at the token endpoint and at the admin API: what the member holds now. */
import { describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken, type Answer } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { useInstances } from '../support/instances.ts';
import type { Credential } from '../support/server-process.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const post = (body?: object) => ({ method: 'POST', ...(body ? { body } : {}) });
const remove = { method: 'DELETE' };
const patch = (body: object) => ({ method: 'PATCH', body });

interface Access {
  member: NewMember;
  /** Record id. */
  client: string;
  credential: Credential;
}

function credentialOf({ body }: Answer): Credential {
  return { clientId: String(body['client_id']), clientSecret: String(body['client_secret']) };
}

async function turnOn(member: NewMember): Promise<Access> {
  const answer = await member.api.request('/me/api-access', post());
  expect(answer.status).toBe(201);
  return { member, client: String(answer.body['client']), credential: credentialOf(answer) };
}

describeOnBothDatabases('own API access', (server) => {
  const operator = new AdminApi(server);
  const audience = `${server.issuer}/api`;
  const ask = (credential: Credential, parameters: Record<string, string> = {}) =>
    requestToken(server, credential, { resource: audience, ...parameters });
  const bearer = ({ body }: Answer) => ({
    headers: { authorization: `Bearer ${String(body['access_token'])}` },
  });

  // FEATURES 5.1
  test('5.1 is turned on by the member, shown once, and holds what the member holds', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    expect((await member.api.request('/me/api-access')).body).toEqual({
      active: false,
      client: null,
      client_id: null,
      created_at: null,
      last_used_at: null,
    });
    const { client, credential } = await turnOn(member);
    expect(credential.clientSecret).toMatch(/^lks_/);
    const seen = await member.api.request('/me/api-access');
    expect(seen.body).toMatchObject({ active: true, client, client_id: credential.clientId });
    expect(JSON.stringify(seen.body)).not.toContain(credential.clientSecret);
    expect((await member.api.request('/me/api-access', post())).status).toBe(409);

    const token = await ask(credential);
    expect(token.status).toBe(200);
    const me = await operator.request('/me', bearer(token));
    expect(me.body).toMatchObject({
      type: 'client',
      id: client,
      display_name: 'API access of Ada',
      member: member.id,
    });
    expect(String(token.body['scope']).split(' ')).toEqual(me.body['permissions']);
    expect((await operator.request('/clients', bearer(token))).status).toBe(200);
    expect(
      (await operator.request('/clients', { ...post({ name: 'x' }), ...bearer(token) })).status,
    ).toBe(403);
  });

  // FEATURES 3.4, 5.3
  test('5.3 the access list has every member whose API access is on, with what they hold', async () => {
    const { member, client, credential } = await turnOn(
      await newMember(operator, { permissions: ['audit:read', 'usage:read'] }),
    );
    const off = await newMember(operator, { role: 'auditor' });
    await ask(credential);
    const listMembers = () =>
      operator.readAll<Record<string, unknown>>('/access?kind=member&sort=-created_at');
    const seen = (await listMembers()).find(({ id }) => id === client);
    expect(seen).toMatchObject({
      kind: 'member',
      name: 'Ada',
      member: member.id,
      client_id: credential.clientId,
      active: true,
      grants: [{ api: audience, scopes: ['audit:read', 'usage:read'] }],
      last_used_at: expect.any(String) as unknown,
    });
    expect((await listMembers()).some((holder) => holder['member'] === off.id)).toBe(false);
    await operator.request(`/members/${member.id}`, patch({ active: false }));
    expect((await listMembers()).find(({ id }) => id === client)?.['active']).toBe(false);
  });

  // FEATURES 5.2
  test('5.2 regenerated, or turned off: what was made with the old credential fails', async () => {
    const { member, credential } = await turnOn(await newMember(operator, { role: 'auditor' }));
    const oldToken = await ask(credential);
    const regenerated = await member.api.request('/me/api-access/regenerate', post());
    expect(regenerated.status).toBe(200);
    expect((await ask(credential)).status).toBe(401);
    expect((await operator.request('/me', bearer(oldToken))).status).toBe(401);
    const second = credentialOf(regenerated);
    const token = await ask(second);
    expect(token.status).toBe(200);
    expect((await member.api.request('/me/api-access', remove)).status).toBe(204);
    expect((await ask(second)).status).toBe(401);
    expect((await operator.request('/me', bearer(token))).status).toBe(401);
    expect((await member.api.request('/me/api-access', remove)).status).toBe(409);
    expect((await member.api.request('/me/api-access/regenerate', post())).status).toBe(409);
    await turnOn(member);
  });

  // FEATURES 5.4
  test('5.4 cleared by an administrator it fails at once, and the member must turn it on again', async () => {
    const admin = await newMember(operator, { role: 'admin' });
    const auditor = await newMember(operator, { role: 'auditor' });
    const { member, client, credential } = await turnOn(
      await newMember(operator, { role: 'owner' }),
    );
    const token = await ask(credential);
    const path = `/members/${member.id}/api-access`;
    expect((await auditor.api.request(path, remove)).status).toBe(403);
    expect((await admin.api.request(path)).body).toMatchObject({ active: true, client });
    expect((await admin.api.request(path, remove)).status).toBe(204);
    expect((await ask(credential)).status).toBe(401);
    expect((await operator.request('/me', bearer(token))).status).toBe(401);
    expect((await admin.api.request(path)).body).toMatchObject({ active: false, client: null });
    const restored = await operator.request(`/clients/${client}/restore`, post());
    expect(restored.status).toBe(409);
    expect((await ask(credential)).status).toBe(401);
    const again = await turnOn(member);
    expect(again.credential.clientId).not.toBe(credential.clientId);
    expect((await ask(again.credential)).status).toBe(200);
  });

  test('has what the member has now: less, more, nothing', async () => {
    const { member, credential } = await turnOn(await newMember(operator, { role: 'admin' }));
    const adminToken = await ask(credential);
    expect(adminToken.body['scope']).toContain('clients:write');
    const create = () =>
      operator.request('/clients', { ...post({ name: 'x' }), ...bearer(adminToken) });
    expect((await create()).status).toBe(201);

    await operator.request(`/members/${member.id}`, patch({ role: 'auditor' }));
    // A token that is out carries more than is held, and opens no more than that.
    expect((await create()).status).toBe(403);
    expect((await operator.request('/clients', bearer(adminToken))).status).toBe(200);
    const refused = await ask(credential, { scope: 'clients:write' });
    expect([refused.status, refused.body['error']]).toEqual([400, 'invalid_scope']);
    expect((await ask(credential)).body['scope']).not.toContain('write');

    await operator.request(`/members/${member.id}`, patch({ permissions: ['audit:read'] }));
    expect((await ask(credential)).body['scope']).toBe('audit:read');
    await operator.request(`/members/${member.id}`, patch({ permissions: [] }));
    const nothing = await ask(credential);
    expect([nothing.status, nothing.body['error']]).toEqual([400, 'invalid_target']);
    await operator.request(`/members/${member.id}`, patch({ role: 'owner' }));
    expect((await ask(credential)).body['scope']).toContain('organizations:write');
  });

  test.each<[string, (member: NewMember) => Promise<Answer>]>([
    ['deactivated', ({ id }) => operator.request(`/members/${id}`, patch({ active: false }))],
    ['removed', ({ id }) => operator.request(`/members/${id}`, remove)],
  ])('ends with a member who is %s', async (_way, end) => {
    const { member, client, credential } = await turnOn(
      await newMember(operator, { role: 'auditor' }),
    );
    const api = await operator.createApi(['orders:read']);
    const owned = await operator.createClient([{ api: api.identifier, scopes: ['orders:read'] }], {
      member: member.id,
    });
    const askOwned = () => requestToken(server, owned, { resource: api.identifier });
    expect((await askOwned()).status).toBe(200);
    const token = await ask(credential);
    expect([200, 204]).toContain((await end(member)).status);
    expect((await ask(credential)).status).toBe(401);
    expect((await askOwned()).status).toBe(401);
    expect((await operator.request('/me', bearer(token))).status).toBe(401);
    expect((await operator.request(`/clients/${client}/restore`, post())).status).not.toBe(200);
    // Activated again, it works again; what was out stays inactive.
    const back = await operator.request(`/members/${member.id}`, patch({ active: true }));
    expect((await ask(credential)).status).toBe(back.status === 200 ? 200 : 401);
    expect((await operator.request('/me', bearer(token))).status).toBe(401);
  });

  test('an administrator may grant it other APIs, and nothing more of the admin API', async () => {
    const { member, client, credential } = await turnOn(
      await newMember(operator, { role: 'auditor' }),
    );
    const api = await operator.createApi(['orders:read']);
    const { body } = await operator.request(
      `/clients/${client}`,
      patch({
        grants: [
          { api: api.identifier, scopes: ['orders:read'] },
          { api: audience, scopes: ['clients:write', 'instance:operate'] },
        ],
      }),
    );
    expect(body).toMatchObject({ member: member.id, personal: true });
    const orders = await requestToken(server, credential, { resource: api.identifier });
    expect([orders.status, orders.body['scope']]).toEqual([200, 'orders:read']);
    expect((await ask(credential)).body['scope']).not.toContain('write');
    expect((await ask(credential, { scope: 'instance:operate' })).status).toBe(400);
  });

  test("nobody else has a secret of a member's API access, whatever they hold", async () => {
    const { member, client } = await turnOn(await newMember(operator, { role: 'auditor' }));
    for (const [path, options] of [
      [`/clients/${client}/secrets`, post()],
      [`/clients/${client}/regenerate`, post()],
      [`/clients/${client}`, patch({ member: null })],
      [`/clients/${client}`, patch({ member: member.id })],
    ] as const) {
      const { status } = await operator.request(path, options);
      expect({ path, status }).toEqual({ path, status: path.endsWith(client) ? 409 : 403 });
    }
  });

  test('a developer manages the secrets of their own clients and of no other', async () => {
    const developer = await newMember(operator, { role: 'developer' });
    const api = await operator.createApi(['orders:read']);
    const grants = [{ api: api.identifier, scopes: ['orders:read'] }];
    const own = await operator.createClient(grants, { member: developer.id });
    const foreign = await operator.createClient(grants);
    const { credential } = await turnOn(developer);
    const token = await ask(credential);
    const callers: [string, (path: string, options: object) => Promise<Answer>][] = [
      ['by session', (path, options) => developer.api.request(path, options)],
      ['by token', (path, options) => operator.request(path, { ...options, ...bearer(token) })],
    ];
    for (const [caller, call] of callers) {
      for (const [id, allowed] of [
        [own.id, true],
        [foreign.id, false],
      ] as const) {
        const made = await call(`/clients/${id}/secrets`, post());
        expect({ caller, status: made.status }).toEqual({ caller, status: allowed ? 201 : 403 });
        const { body } = await operator.request<{ data: { id: string }[] }>(
          `/clients/${id}/secrets?limit=1`,
        );
        const revoked = await call(`/clients/${id}/secrets/${body.data[0]?.id}`, remove);
        expect({ caller, status: revoked.status }).toEqual({ caller, status: allowed ? 204 : 403 });
        const regenerated = await call(`/clients/${id}/regenerate`, post());
        expect(regenerated.status).toBe(allowed ? 200 : 403);
      }
      expect((await call(`/clients/${own.id}`, patch({ name: 'x' }))).status).toBe(403);
    }
    const listed = await operator.request<{ data: { id: string }[] }>(
      `/clients?member=${developer.id}`,
    );
    expect(listed.body.data.map(({ id }) => id)).toContain(own.id);
    expect(listed.body.data.map(({ id }) => id)).not.toContain(foreign.id);
  });

  test("a member's client holds no more of the admin API than the member does", async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const client = await operator.createClient(
      [{ api: audience, scopes: ['clients:read', 'clients:write'] }],
      { member: member.id },
    );
    expect((await ask(client)).body['scope']).toBe('clients:read');
    // Handed to nobody, it does not get back what its member did not hold.
    await operator.request(`/clients/${client.id}`, patch({ member: null }));
    expect((await ask(client)).body['scope']).toBe('clients:read');
  });
});

describe('own API access on several instances', () => {
  const instances = useInstances({ count: 2 });

  // S1: what is acknowledged by one is obeyed by all, from the very answer on.
  test.each<[string, number, (operator: AdminApi, member: NewMember) => Promise<Answer>]>([
    [
      'a new role',
      400,
      (operator, { id }) => operator.request(`/members/${id}`, patch({ role: 'auditor' })),
    ],
    ['removal', 401, (operator, { id }) => operator.request(`/members/${id}`, remove)],
    ['clearing', 401, (operator, { id }) => operator.request(`/members/${id}/api-access`, remove)],
  ])('%s is obeyed everywhere at once', async (_way, status, end) => {
    const all = instances();
    const operator = all.admin(all.get(0));
    const parameters = { resource: `${all.issuer}/api`, scope: 'clients:write' };
    const { member, credential } = await turnOn(await newMember(operator, { role: 'admin' }));
    const ask = () => requestToken(all.get(1).address, credential, parameters);
    expect((await ask()).status).toBe(200);
    expect((await end(operator, member)).status).toBeLessThan(300);
    expect((await ask()).status).toBe(status);
  });
});
