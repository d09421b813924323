/** `/access`: everybody who holds access, in one list with the last use (FEATURES 3.4). */
import { beforeAll, expect, test } from '@jest/globals';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';

interface Holder {
  id: string;
  name: string;
  active: boolean;
  last_used_at: string | null;
}

describeOnBothDatabases('access', (server) => {
  const operator = new AdminApi(server);
  let organization: string;
  let location: string;
  let admin: AdminApi;
  let shop: RegisteredClient;
  let orders: { identifier: string };

  beforeAll(async () => {
    organization = await operator.createOrganization();
    admin = (
      await registerAdmin(operator, organizationPermissions, { organization, name: 'Z admin' })
    ).api;
    location = await admin.createLocation();
    orders = await admin.createApi(['orders:read', 'orders:write']);
    const grants = [{ api: orders.identifier, scopes: ['orders:read', 'orders:write'] }];
    shop = await admin.createClient(grants, { name: 'Shop', location });
    await admin.createClient([], { name: 'Billing', active: false });
    await admin.createClient([], { name: '100% idle' });
  });

  const namesOf = async (query: string) => {
    const { status, body } = await admin.request<{ data: Holder[] }>(`/access?${query}`);
    expect(status).toBe(200);
    return body.data.map(({ name }) => name);
  };

  test('3.4 shows each holder with what it may do and when it was used last', async () => {
    await requestToken(server, shop);
    const { data } = (await admin.request<{ data: Holder[] }>(`/access?q=${shop.clientId}&limit=1`))
      .body;
    expect(data).toEqual([
      {
        kind: 'client',
        id: shop.id,
        name: 'Shop',
        client_id: shop.clientId,
        member: null,
        organization,
        location,
        active: true,
        grants: [{ api: orders.identifier, scopes: ['orders:read', 'orders:write'] }],
        created_at: expect.any(String),
        last_used_at: expect.any(String),
      },
    ]);
  });

  test('is sorted, searched, narrowed and paged as asked', async () => {
    expect(await namesOf('sort=name')).toEqual(['100% idle', 'Billing', 'Shop', 'Z admin']);
    expect(await namesOf('sort=-name')).toEqual(['Z admin', 'Shop', 'Billing', '100% idle']);
    expect(await namesOf('sort=created_at')).toEqual(['Z admin', 'Shop', 'Billing', '100% idle']);
    expect((await namesOf('sort=active'))[0]).toBe('Billing');
    expect(await namesOf('active=false')).toEqual(['Billing']);
    expect(await namesOf('q=100%25')).toEqual(['100% idle']);
    expect(await namesOf('q=%25shop')).toEqual([]);
    expect(await namesOf('location=any')).toEqual(['Shop']);
    expect(await namesOf(`location=${location}`)).toEqual(['Shop']);
    expect(await namesOf('location=none&sort=name')).toEqual(['100% idle', 'Billing', 'Z admin']);
    for (const sort of ['name', '-name', 'last_used_at', '-last_used_at', '-active']) {
      const all = await namesOf(`sort=${sort}`);
      const paged: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { body: { data: Holder[]; next_cursor: string | null } } = await admin.request(
          `/access?sort=${sort}&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        paged.push(...page.body.data.map(({ name }) => name));
        cursor = page.body.next_cursor;
      }
      expect({ sort, paged }).toEqual({ sort, paged: all });
    }
    for (const query of ['cursor=x', 'sort=email', 'kind=robot']) {
      expect((await admin.request(`/access?${query}`)).status).toBe(400);
    }
  });

  test('what is used last comes first', async () => {
    const fresh = await admin.createClient([{ api: orders.identifier, scopes: ['orders:read'] }], {
      name: 'Fresh',
    });
    expect((await namesOf('sort=last_used_at')).slice(0, -1)).toContain('Fresh');
    // The first use is stored before its token is there.
    await requestToken(server, fresh);
    expect((await namesOf('')).at(0)).toBe('Fresh');
    expect((await namesOf('sort=last_used_at')).at(-1)).toBe('Fresh');
    await admin.request(`/clients/${fresh.id}`, { method: 'DELETE' });
    expect(await namesOf('')).not.toContain('Fresh');
  });

  test('who is in an inactive location is not active', async () => {
    await admin.request(`/locations/${location}`, { method: 'PATCH', body: { active: false } });
    expect(await namesOf('active=false&sort=name')).toEqual(['Billing', 'Shop']);
    await admin.request(`/locations/${location}`, { method: 'PATCH', body: { active: true } });
    expect(await namesOf('active=false&sort=name')).toEqual(['Billing']);
  });
});
