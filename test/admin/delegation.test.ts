/** Nobody gives away more than they hold (DESIGN §4): over every route that hands a permission to somebody. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { startServer } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  adminGrants,
  organizationPermissions,
  permissions,
  registerAdmin,
  type Permission,
} from './admin-clients.ts';

interface Gift {
  path: string;
  method: string;
  body?: unknown;
}

/** Ways to hand `given` to somebody; each makes what it needs, as an operator. */
const ways: Record<string, (operator: AdminApi, given: Permission[]) => Promise<Gift>> = {
  'registers a client with it': async (operator, given) => ({
    path: '/clients',
    method: 'POST',
    body: { name: 'x', grants: adminGrants(operator, given) },
  }),
  //
  'grants it to a client': async (operator, given) => ({
    path: `/clients/${(await operator.createClient([])).id}`,
    method: 'PATCH',
    body: { grants: adminGrants(operator, given) },
  }),
  'activates a client that holds it': async (operator, given) => {
    const { client } = await registerAdmin(operator, given, { active: false });
    return { path: `/clients/${client.id}`, method: 'PATCH', body: { active: true } };
  },
  'makes a secret for a client that holds it': async (operator, given) => {
    const { client } = await registerAdmin(operator, given);
    return { path: `/clients/${client.id}/secrets`, method: 'POST' };
  },
  'regenerates a client that holds it': async (operator, given) => {
    const { client } = await registerAdmin(operator, given);
    return { path: `/clients/${client.id}/regenerate`, method: 'POST' };
  },
  'keeps a secret of a client that holds it': async (operator, given) => {
    const { client } = await registerAdmin(operator, given);
    const path = `/clients/${client.id}/secrets`;
    const { body } = await operator.request<{ data: { id: string }[] }>(path);
    await operator.request(path, { method: 'POST', body: { retire_others_in_seconds: 600 } });
    return { path: `${path}/${body.data[0]?.id}/keep`, method: 'POST' };
  },
  'restores a client that holds it': async (operator, given) => {
    const { client } = await registerAdmin(operator, given);
    await operator.request(`/clients/${client.id}`, { method: 'DELETE' });
    return { path: `/clients/${client.id}/restore`, method: 'POST' };
  },
};

/** Enough to be let in by every one of these routes. */
const entrance: Permission[] = ['clients:write', 'secrets:write'];
const rest = permissions.filter((permission) => !entrance.includes(permission));

describeOnBothDatabases('nobody gives away more than they hold', (server, kind) => {
  // What may be given is decided by our own code, from what was read.
  const runs = kind === 'PostgreSQL' ? 12 : 3;
  const operator = new AdminApi(server);

  test.each(Object.keys(ways))(
    'whoever %s is forbidden to exactly when they lack some of it',
    async (way) => {
      await fc.assert(
        fc.asyncProperty(
          fc.subarray(rest),
          fc.subarray(permissions),
          fc.boolean(),
          async (others, wanted, within) => {
            const held = [...entrance, ...others];
            // Half of the time nothing that is not held, or nearly all would be refused.
            const given = within ? wanted.filter((one) => held.includes(one)) : wanted;
            const missing = given.filter((one) => !held.includes(one));
            const giver = await registerAdmin(operator, held);
            const gift = await ways[way]?.(operator, given);
            const { status, body } = await giver.api.request(gift?.path ?? '', gift);
            expect({ held, given, refused: status === 403 }).toEqual({
              held,
              given,
              refused: missing.length > 0,
            });
            if (missing.length > 0) {
              expect(body['detail']).toBe(
                `you may not give away what you do not hold: ${inOrder(missing).join(', ')}`,
              );
            } else expect([200, 201]).toContain(status);
          },
        ),
        { numRuns: runs },
      );
    },
    60_000,
  );

  //
  test('an admin cannot grant more to itself', async () => {
    const { client, api } = await registerAdmin(operator, ['clients:write', 'clients:read']);
    const { status } = await api.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { grants: adminGrants(operator, ['clients:write', 'clients:read', 'secrets:write']) },
    });
    expect(status).toBe(403);
    const token = await requestToken(server, client, { resource: `${server.issuer}/api` });
    expect(token.body['scope']).toBe('clients:read clients:write');
  });

  test('a permission that is not in the token is not held', async () => {
    const { client } = await registerAdmin(operator, permissions);
    const { body } = await requestToken(server, client, {
      resource: `${server.issuer}/api`,
      scope: 'clients:write',
    });
    const create = (held: Permission[]) =>
      operator.request('/clients', {
        method: 'POST',
        body: { name: 'x', grants: adminGrants(operator, held) },
        headers: { authorization: `Bearer ${String(body['access_token'])}` },
      });
    expect((await create(['clients:read'])).status).toBe(403);
    expect((await create(['clients:write'])).status).toBe(201);
  });

  test('a permission that was taken away is gone from the tokens that carry it', async () => {
    const { client, api } = await registerAdmin(operator, ['clients:read', 'apis:read']);
    expect((await api.request('/clients')).status).toBe(200);
    await operator.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { grants: adminGrants(operator, ['apis:read']) },
    });
    expect((await api.request('/clients')).status).toBe(403);
    expect((await api.request('/apis')).status).toBe(200);
  });

  test('a lesser admin may change what a greater client is called, and may leave it its grants', async () => {
    const { client } = await registerAdmin(operator, permissions);
    const { api } = await registerAdmin(operator, ['clients:write']);
    const orders = await operator.createApi(['r']);
    const { status, body } = await api.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: {
        name: 'Renamed',
        grants: [...adminGrants(operator, permissions), { api: orders.identifier, scopes: ['r'] }],
      },
    });
    expect({ status, name: body['name'] }).toEqual({ status: 200, name: 'Renamed' });
  });

  test('a lesser admin cannot take from a greater client what it lacks itself, to borrow the rest', async () => {
    const { client } = await registerAdmin(operator, ['instance:operate', 'clients:read']);
    const { api } = await registerAdmin(operator, organizationPermissions);
    const path = `/clients/${client.id}`;
    const before = await operator.request(path);
    for (const held of [['clients:read'], ['instance:operate'], []] as Permission[][]) {
      const body = { grants: adminGrants(operator, held) };
      const answer = await api.request(path, { method: 'PATCH', body });
      expect([answer.status, answer.body['detail']]).toEqual([
        403,
        'you may not take permissions from a client that holds more than you do: instance:operate',
      ]);
    }
    expect((await operator.request(path)).body).toEqual(before.body);
    // To stop it is something else.
    const [secret] = (await api.request<{ data: { id: string }[] }>(`${path}/secrets`)).body.data;
    for (const [way, options, status] of [
      [`${path}/secrets/${secret?.id}`, { method: 'DELETE' }, 204],
      [path, { method: 'PATCH', body: { active: false } }, 200],
      [path, { method: 'DELETE' }, 204],
    ] as const) {
      expect((await api.request(way, options)).status).toBe(status);
    }
  });

  test('an admin may take from a client what it holds itself', async () => {
    const { client } = await registerAdmin(operator, ['clients:read', 'apis:read']);
    const { api } = await registerAdmin(operator, ['clients:write', 'clients:read', 'apis:read']);
    const { status, body } = await api.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { grants: [] },
    });
    expect([status, body['grants']]).toEqual([200, []]);
  });

  //
  test("an organization's admin cannot make an operator, nor borrow one", async () => {
    const { api } = await registerAdmin(operator, organizationPermissions);
    const refused = await api.request('/clients', {
      method: 'POST',
      body: { name: 'x', grants: adminGrants(operator, ['instance:operate']) },
    });
    expect(refused.status).toBe(403);
    const { client } = await registerAdmin(operator, ['instance:operate']);
    for (const path of [`/clients/${client.id}/secrets`, `/clients/${client.id}/regenerate`])
      expect((await api.request(path, { method: 'POST' })).status).toBe(403);
  });
});

//
test('the last operator can neither be deleted, deactivated nor demoted, whoever comes together', async () => {
  const server = await startServer({ databaseUrl: await createDatabase() });
  try {
    const first = new AdminApi(server);
    const { body } = await first.request<{ data: { id: string }[] }>('/clients');
    const firstId = body.data[0]?.id ?? '';
    const waysOut = [
      { method: 'DELETE' },
      { method: 'PATCH', body: { active: false } },
      { method: 'PATCH', body: { grants: adminGrants(first, organizationPermissions) } },
      { method: 'PATCH', body: { grants: [] } },
    ];
    for (const options of waysOut) {
      const answer = await first.request(`/clients/${firstId}`, options);
      expect({ status: answer.status, detail: answer.body['detail'] }).toEqual({
        status: 409,
        detail:
          'this is the last operator of the instance: register another one with instance:operate first',
      });
    }
    // Nor together with the organization it is in.
    const { body: organizations } = await first.request<{ data: { id: string }[] }>(
      '/organizations',
    );
    const home = `/organizations/${organizations.data[0]?.id}`;
    const stop = { method: 'PATCH', body: { active: false } };
    const stopped = await first.request(home, stop);
    expect([stopped.status, stopped.body['detail']]).toEqual([
      409,
      'the last operator of the instance is in it: register another one with instance:operate elsewhere first',
    ]);
    const elsewhere = await first.createOrganization();
    const other = await registerAdmin(first, permissions, { organization: elsewhere });
    expect((await other.api.request(home, stop)).status).toBe(200);
    // Those in an inactive organization do not count.
    expect((await other.api.request(`/clients/${other.client.id}`, stop)).status).toBe(409);
    expect((await other.api.request(`/organizations/${elsewhere}`, stop)).status).toBe(409);
    const start = { method: 'PATCH', body: { active: true } };
    expect((await other.api.request(home, start)).status).toBe(200);
    first.forgetToken();
    await first.request(`/clients/${other.client.id}`, { method: 'DELETE' });
    // An operator that is inactive or deleted is no way in.
    await registerAdmin(first, permissions, { active: false });
    const gone = await registerAdmin(first, permissions);
    await first.request(`/clients/${gone.client.id}`, { method: 'DELETE' });
    expect((await first.request(`/clients/${firstId}`, { method: 'DELETE' })).status).toBe(409);

    for (let round = 0; round < 3; round += 1) {
      const second = await registerAdmin(first, permissions);
      // Both come with their tokens in hand.
      await first.request('/clients?limit=1');
      await second.api.request('/clients?limit=1');
      const inactive = { method: 'PATCH', body: { active: false } };
      const answers = await Promise.all([
        first.request(`/clients/${second.client.id}`, inactive),
        second.api.request(`/clients/${firstId}`, inactive),
      ]);
      // One wins; the other is refused as the last, or is itself deactivated by then.
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      if (statuses[1] === 200) {
        await second.api.request(`/clients/${firstId}`, {
          method: 'PATCH',
          body: { active: true },
        });
        first.forgetToken();
      }
      await first.request(`/clients/${second.client.id}`, { method: 'DELETE' });
    }
  } finally {
    await server.stop();
  }
});

function inOrder(some: readonly Permission[]): Permission[] {
  return permissions.filter((permission) => some.includes(permission));
}
