/** An API of the whole instance loses a scope: each organization finds in its own notices which of its clients have. */
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';
import { readNotices } from './unlisted-introspection.ts';

describeOnBothDatabases('when an API loses a scope', (server) => {
  const operator = new AdminApi(server);
  const readerOf = async (place: Record<string, string>) =>
    (await registerAdmin(operator, organizationPermissions, place)).api;
  const setScopes = async (admin: AdminApi, api: { id: string }, scopes: readonly string[]) => {
    const body = { scopes: scopes.map((value) => ({ value })) };
    const { status } = await admin.request(`/apis/${api.id}`, { method: 'PATCH', body });
    expect(status).toBe(200);
  };
  const noticesOf = async (reader: AdminApi) =>
    (await readNotices(reader)).body.data.filter(({ kind }) => kind === 'api_scopes_removed');
  const deliveriesOf = (reader: AdminApi, webhook: string) =>
    reader.readAll<{ event_type: string }>(`/webhooks/${webhook}/deliveries`);

  // S9, A-02
  test('of the whole instance, each organization and location is told of its own clients', async () => {
    const [ours, theirs, nobodys] = [
      await operator.createOrganization(),
      await operator.createOrganization(),
      await operator.createOrganization(),
    ];
    const location = await operator.createLocation({ organization: ours });
    const api = await operator.createApi(['kept', 'gone', 'also'], { organization: null });
    const grant = (...scopes: string[]) => [{ api: api.identifier, scopes }];
    const shop = await operator.createClient(grant('kept', 'gone'), {
      name: 'Shop',
      organization: ours,
    });
    const till = await operator.createClient(grant('also', 'gone'), {
      name: 'Till',
      organization: ours,
      location,
    });
    const plan = await operator.createClient(grant('gone'), {
      name: 'Secret plan',
      organization: theirs,
    });
    const deleted = await operator.createClient(grant('gone'), { organization: nobodys });
    await operator.request(`/clients/${deleted.id}`, { method: 'DELETE' });
    await operator.createClient(grant('kept'), { organization: nobodys });
    const [us, there, them, nobody] = [
      await readerOf({ organization: ours }),
      await readerOf({ organization: ours, location }),
      await readerOf({ organization: theirs }),
      await readerOf({ organization: nobodys }),
    ];
    const hook = 'https://hooks.example.com/in';
    const { id: webhook } = await us.createWebhook(hook, ['notice.created']);
    const { id: local } = await there.createWebhook(hook, ['notice.created']);
    const before = await operator.readAll<object>(`/audit-events?target=${api.id}`);
    await setScopes(operator, api, ['kept']);

    const ofShop = {
      organization: ours,
      location: null,
      text:
        `The API ${api.identifier} has the scope gone no longer, and one client has lost what was granted of it: ` +
        `"Shop" (${shop.clientId}). Asked for, it is refused with invalid_scope; access tokens issued before have ` +
        `it until they expire. If it is still needed, ask whoever looks after the API.`,
      parameters: {
        api: api.id,
        api_identifier: api.identifier,
        scopes: ['gone'],
        clients_count: 1,
        clients: [{ id: shop.id, client_id: shop.clientId, name: 'Shop', scopes: ['gone'] }],
      },
      count: 1,
      read_at: null,
    };
    const ofTill = {
      location,
      parameters: {
        scopes: ['also', 'gone'],
        clients: [{ id: till.id, name: 'Till', scopes: ['also', 'gone'] }],
      },
    };
    const byPlace = (one: { location?: unknown }, other: { location?: unknown }) =>
      Number(one.location !== null) - Number(other.location !== null);
    expect((await noticesOf(us)).toSorted(byPlace)).toMatchObject([ofShop, ofTill]);
    expect(await noticesOf(there)).toMatchObject([ofTill]);
    expect(await noticesOf(them)).toMatchObject([{ parameters: { clients: [{ id: plan.id }] } }]);
    expect(await noticesOf(nobody)).toEqual([]);
    for (const reader of [us, there]) {
      expect(JSON.stringify(await noticesOf(reader))).not.toContain('Secret plan');
    }
    const told = [await deliveriesOf(us, webhook), await deliveriesOf(there, local)];
    expect(told.map((deliveries) => deliveries.length)).toEqual([2, 1]);
    // And one audit event, which is the instance's, names all of them to its operator.
    const after = await operator.readAll<object>(`/audit-events?target=${api.id}`);
    expect(after).toHaveLength(before.length + 1);
    expect(JSON.stringify(after[0])).toContain(plan.id);
  });

  test('of an organization, its own event says so, and its locations are told', async () => {
    const organization = await operator.createOrganization();
    const location = await operator.createLocation({ organization });
    const us = await readerOf({ organization });
    const there = await readerOf({ organization, location });
    const api = await us.createApi(['kept', 'gone']);
    const grants = [{ api: api.identifier, scopes: ['gone'] }];
    await us.createClient(grants);
    const till = await us.createClient(grants, { location });
    // What is only added is nothing to tell.
    await setScopes(us, api, ['kept', 'gone', 'new']);
    expect(await noticesOf(us)).toEqual([]);
    await setScopes(us, api, ['kept', 'new']);
    const ofTill = [{ location, parameters: { clients: [{ id: till.id }] } }];
    expect(await noticesOf(us)).toMatchObject(ofTill);
    expect(await noticesOf(there)).toMatchObject(ofTill);
    // Granted and lost again, it is told again.
    await setScopes(us, api, ['kept', 'gone']);
    await us.request(`/clients/${till.id}`, { method: 'PATCH', body: { grants } });
    await setScopes(us, api, ['kept']);
    expect(await noticesOf(there)).toHaveLength(2);
  });
});
