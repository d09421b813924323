/** `/usage`: access tokens by client, API, scope and day, of one's own organization. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminApi,
  requestToken,
  type Answer,
  type RegisteredClient,
} from '../support/admin-api.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';
import { databases, type ServerOfTwo } from './two-organizations.ts';

interface UsageBody {
  day: string | null;
  client: string | null;
  client_id: string | null;
  client_name: string | null;
  api: string | null;
  scope: string | null;
  tokens: number;
}

const nothing = {
  day: null,
  client: null,
  client_id: null,
  client_name: null,
  api: null,
  scope: null,
};

describe.each(databases)('usage (%s)', (_name, start) => {
  let running: ServerOfTwo;
  let admin: AdminApi;
  let api: { id: string; identifier: string };
  let other: { id: string; identifier: string };
  let shop: RegisteredClient;
  let billing: RegisteredClient;
  let today: string;

  /** A page of the two APIs of this suite. */
  async function read(query: string, as = admin): Promise<UsageBody[]> {
    const { status, body } = await as.request<{ data: UsageBody[] }>(`/usage?${query}`);
    expect({ status, body }).toMatchObject({ status: 200, body: { next_cursor: null } });
    return body.data;
  }

  const named = (client: RegisteredClient) => ({
    client: client.id,
    client_id: client.clientId,
    client_name: client === shop ? 'Shop' : 'Billing',
  });

  async function fetchTokens(client: RegisteredClient, count: number, scope?: string) {
    for (let n = 0; n < count; n += 1) {
      const { status } = await requestToken(running.server, client, {
        resource: api.identifier,
        ...(scope === undefined ? {} : { scope }),
      });
      expect(status).toBe(200);
    }
  }

  beforeAll(async () => {
    running = await start();
    admin = new AdminApi(running.server);
    api = await admin.createApi(['orders:read', 'orders:write']);
    other = await admin.createApi(['parts:read']);
    const grants = [
      { api: api.identifier, scopes: ['orders:read', 'orders:write'] },
      { api: other.identifier, scopes: ['parts:read'] },
    ];
    shop = await admin.createClient(grants, { name: 'Shop' });
    billing = await admin.createClient(grants, { name: 'Billing' });
    await fetchTokens(shop, 3);
    await fetchTokens(shop, 2, 'orders:read');
    await fetchTokens(billing, 1, 'orders:write');
    await requestToken(running.server, billing, { resource: other.identifier });
    today = new Date().toISOString().slice(0, 10);
  });
  afterAll(() => running.stop());

  test('counts by day, client, API and scope, what is not stored yet included', async () => {
    const row = (client: RegisteredClient, identifier: string, scope: string, tokens: number) => ({
      day: today,
      ...named(client),
      api: identifier,
      scope,
      tokens,
    });
    const byIdAndScope = (a: UsageBody, b: UsageBody) =>
      `${a.client}${a.scope}`.localeCompare(`${b.client}${b.scope}`);
    const rows = [...(await read(`api=${api.identifier}`)), ...(await read(`api=${other.id}`))];
    expect(rows.toSorted(byIdAndScope)).toEqual(
      [
        row(shop, api.identifier, 'orders:read', 5),
        row(shop, api.identifier, 'orders:write', 3),
        row(billing, api.identifier, 'orders:write', 1),
        row(billing, other.identifier, 'parts:read', 1),
      ].toSorted(byIdAndScope),
    );
  });

  test('by other things than scopes, counts every token once', async () => {
    expect(await read(`api=${api.id}&group_by=api`)).toEqual([
      { ...nothing, api: api.identifier, tokens: 6 },
    ]);
    expect(await read(`client=${shop.clientId}&group_by=client,day`)).toEqual([
      { ...nothing, day: today, ...named(shop), tokens: 5 },
    ]);
    expect(await read(`client=${billing.id}&group_by=day`)).toEqual([
      { ...nothing, day: today, tokens: 2 },
    ]);
    expect(await read(`api=${api.id}&group_by=client&sort=-tokens`)).toEqual([
      { ...nothing, ...named(shop), tokens: 5 },
      { ...nothing, ...named(billing), tokens: 1 },
    ]);
    expect(await read(`api=${api.id}&scope=orders:write&group_by=api`)).toEqual([
      { ...nothing, api: api.identifier, tokens: 4 },
    ]);
    expect(await read(`api=${api.id}&group_by=scope&sort=tokens`)).toEqual([
      { ...nothing, scope: 'orders:write', tokens: 4 },
      { ...nothing, scope: 'orders:read', tokens: 5 },
    ]);
  });

  test('of the days that are asked for', async () => {
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect(await read(`client=${shop.id}&group_by=day&from=${today}&to=${today}`)).toHaveLength(1);
    expect(await read(`client=${shop.id}&from=${tomorrow}&to=${tomorrow}`)).toEqual([]);
    expect(await read(`client=${shop.id}&to=2020-01-01`)).toEqual([]);
    expect(await read(`client=${shop.id}&group_by=day&from=2000-01-01`)).toHaveLength(1);
  });

  test.each([
    ['from=2026-02-02&to=2026-02-01', 'from'],
    ['from=1999-12-31', 'from'],
    ['to=2026-02-30', 'to'],
    ['to=tomorrow', 'to'],
    ['group_by=colour', 'group_by'],
    ['group_by=', 'group_by'],
    ['group_by=day,,api', 'group_by'],
    ['scope=', 'scope'],
    ['client=%00', 'client'],
    ['cursor=x', 'cursor'],
    ['sort=client', 'sort'],
  ])('refuses %s', async (query, pointer) => {
    const { status, body } = await admin.request<{ errors: { pointer: string }[] }>(
      `/usage?${query}`,
    );
    expect({ status, pointers: body.errors.map((fault) => fault.pointer) }).toEqual({
      status: 400,
      pointers: [pointer],
    });
  });

  test('comes in pages that neither repeat nor skip, sorted either way', async () => {
    for (const sort of ['day', '-day', 'tokens', '-tokens']) {
      const query = `sort=${sort}&group_by=client,api,scope`;
      const all = await read(`${query}&limit=200`);
      expect(all.length).toBeGreaterThanOrEqual(4);
      const seen: UsageBody[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: Answer<{ data: UsageBody[]; next_cursor: string | null }> =
          await admin.request(`/usage?${query}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
        seen.push(...body.data);
        cursor = body.next_cursor;
      }
      expect(seen).toEqual(all);
    }
  });

  test('a made-up cursor is refused, whatever is in it', async () => {
    for (const value of ['x', '2026-99-99', '1 OR 1=1']) {
      for (const sort of ['-day', 'tokens']) {
        const cursor = Buffer.from(JSON.stringify([sort, value, 'y'])).toString('base64url');
        const { status } = await admin.request(`/usage?sort=${sort}&cursor=${cursor}`);
        expect({ value, sort, status }).toEqual({ value, sort, status: 400 });
      }
    }
  });

  // A-02
  test('shows nothing of another organization', async () => {
    const bystander = (
      await registerAdmin(admin, organizationPermissions, {
        organization: running.foreignOrganization,
      })
    ).api;
    for (const query of [
      `client=${shop.id}`,
      `client=${shop.clientId}`,
      `api=${api.id}`,
      `organization=${running.homeOrganization}`,
    ]) {
      expect(await read(query, bystander)).toEqual([]);
    }
    const colleague = (await registerAdmin(admin, organizationPermissions)).api;
    expect(await read(`client=${shop.id}&group_by=client`, colleague)).toMatchObject([
      { tokens: 5 },
    ]);
    // Their own they see: the token they ask with.
    expect(await read('group_by=client', bystander)).toMatchObject([{ tokens: 1 }]);
    expect(await read(`group_by=client&organization=${running.foreignOrganization}`)).toMatchObject(
      [{ tokens: 1 }],
    );
  });

  test('a client that was deleted, and an API, are counted still', async () => {
    const gone = await admin.createApi(['x']);
    const client = await admin.createClient([{ api: gone.identifier, scopes: ['x'] }]);
    await requestToken(running.server, client);
    await admin.request(`/clients/${client.id}`, { method: 'DELETE' });
    await admin.request(`/apis/${gone.id}`, { method: 'DELETE' });
    expect(await read(`client=${client.id}`)).toEqual([
      {
        day: expect.any(String),
        client: client.id,
        client_id: client.clientId,
        client_name: 'A client',
        api: gone.identifier,
        scope: 'x',
        tokens: 1,
      },
    ]);
  });
});
