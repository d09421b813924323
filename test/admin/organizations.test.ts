/** `/organizations` and `/locations`: made, named, stopped and deleted, and what that does to their clients. */
import { beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import {
  AdminApi,
  requestToken,
  type Answer,
  type RegisteredClient,
} from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { isActive } from '../oauth/token-questions.ts';
import { organizationPermissions, permissions, registerAdmin } from './admin-clients.ts';

type Page = { data: { id: string; name: string }[]; next_cursor: string | null };

describeOnBothDatabases('organizations and locations', (server) => {
  const operator = new AdminApi(server);
  let organization: string;
  /** An organization's own admin, and one of a location of it. */
  let admin: AdminApi;
  let location: string;
  let atLocation: AdminApi;
  let orders: { id: string; identifier: string };

  beforeAll(async () => {
    organization = await operator.createOrganization({ name: 'Northwind' });
    admin = (await registerAdmin(operator, organizationPermissions, { organization })).api;
    location = await admin.createLocation({ name: 'Harbour Street' });
    atLocation = (await registerAdmin(admin, organizationPermissions, { location })).api;
    orders = await admin.createApi(['orders:read']);
  });

  const grants = () => [{ api: orders.identifier, scopes: ['orders:read'] }];
  const detailOf = ({ status, body }: Answer) => [status, body['detail']];

  async function getToken(client: RegisteredClient): Promise<string> {
    const { status, body } = await requestToken(server, client);
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
    return String(body['access_token']);
  }

  test('an organization is made by an operator, and its own admins may name it', async () => {
    const made = await operator.request('/organizations', {
      method: 'POST',
      body: { name: 'Contoso' },
    });
    const id = String(made.body['id']);
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^org_[0-9A-Za-z]{22}$/),
        name: 'Contoso',
        active: true,
        created_at: expect.any(String),
        updated_at: made.body['created_at'],
      },
    ]);
    const own = (await registerAdmin(operator, organizationPermissions, { organization: id })).api;
    const seen = await own.request(`/organizations/${id}`);
    expect(seen.body).toEqual(made.body);
    const etag = seen.headers.get('etag') ?? '';
    expect(etag).toBe(made.headers.get('etag'));
    const renamed = await own.request(`/organizations/${id}`, {
      method: 'PATCH',
      body: { name: 'Contoso Ltd' },
      headers: { 'if-match': etag },
    });
    expect([renamed.status, renamed.body['name']]).toEqual([200, 'Contoso Ltd']);
    expect(renamed.headers.get('etag')).not.toBe(etag);
    const late = await own.request(`/organizations/${id}`, {
      method: 'PATCH',
      body: { name: 'Too late' },
      headers: { 'if-match': etag },
    });
    expect([late.status, late.body['code']]).toEqual([412, 'precondition_failed']);
    const stopped = await own.request(`/organizations/${id}`, {
      method: 'PATCH',
      body: { active: false },
    });
    expect(detailOf(stopped)).toEqual([
      403,
      'only an operator may stop an organization, or let it go on',
    ]);
    const { body } = await own.request<Page>('/organizations?limit=200');
    expect(body.data.map(({ name }) => name)).toEqual(['Contoso Ltd']);
  });

  test('a location is made by its organization, and once for each Idempotency-Key', async () => {
    const send = () =>
      admin.request('/locations', {
        method: 'POST',
        body: { name: 'Mill Lane' },
        headers: { 'idempotency-key': 'mill-lane' },
      });
    const [made, again] = [await send(), await send()];
    expect([made.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(made.body);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^location_[0-9A-Za-z]{22}$/),
      organization,
      name: 'Mill Lane',
      active: true,
      created_at: expect.any(String),
      updated_at: made.body['created_at'],
    });
    const { body } = await admin.request<Page>('/locations?q=mill&sort=name');
    expect(body.data).toEqual([made.body]);
    for (const path of ['/locations', `/locations/${location}`]) {
      const answer = await atLocation.request(path, {
        method: path === '/locations' ? 'POST' : 'PATCH',
        body: { name: 'Mine' },
      });
      expect(detailOf(answer)).toEqual([
        403,
        'locations are made and changed by their organization, and not by themselves',
      ]);
    }
  });

  test("tokens say the client's organization, and its location where it has one", async () => {
    const ofOrganization = await admin.createClient(grants());
    const ofLocation = await admin.createClient(grants(), { location });
    const theirs = [await getToken(ofOrganization), await getToken(ofLocation)].map((token) => {
      const { organization_id, location_id } = decodeJwt(token);
      return { organization_id, location_id };
    });
    expect(theirs).toEqual([
      { organization_id: organization, location_id: undefined },
      { organization_id: organization, location_id: location },
    ]);
    // Introspection says the same: isActive compares it with the token.
    for (const client of [ofOrganization, ofLocation])
      expect(await isActive(server, client, await getToken(client))).toBe(true);
  });

  test('a client that moves takes no token with it', async () => {
    const client = await admin.createClient(grants());
    const before = await getToken(client);
    const moved = await admin.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { location },
    });
    expect([moved.status, moved.body['location']]).toEqual([200, location]);
    expect(await isActive(server, client, before)).toBe(false);
    const within = await getToken(client);
    expect(decodeJwt(within)['location_id']).toBe(location);
    expect((await atLocation.request(`/clients/${client.id}`)).status).toBe(200);
    const back = await admin.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { location: null },
    });
    expect([back.status, back.body['location']]).toEqual([200, null]);
    expect(await isActive(server, client, within)).toBe(false);
    expect(decodeJwt(await getToken(client))['location_id']).toBeUndefined();
    expect((await atLocation.request(`/clients/${client.id}`)).status).toBe(404);
  });

  test('a client of a location never gets more than its location', async () => {
    const other = await admin.createLocation();
    const refused = {
      location: [400, 'there is no such location in the organization, or it is not yours to see'],
      none: [403, 'you may not give away more than your location: leave location out, or name it'],
    };
    const create = (body: object) =>
      atLocation.request('/clients', { method: 'POST', body: { name: 'x', ...body } });
    expect(detailOf(await create({ location: other }))).toEqual(refused.location);
    expect(detailOf(await create({ location: null }))).toEqual(refused.none);
    const own = await create({ grants: grants() });
    expect([own.status, own.body['location']]).toEqual([201, location]);
    const path = `/clients/${String(own.body['id'])}`;
    for (const [target, answer] of [
      [other, refused.location],
      [null, refused.none],
    ] as const) {
      const moved = await atLocation.request(path, { method: 'PATCH', body: { location: target } });
      expect(detailOf(moved)).toEqual(answer);
    }
    // Not even an operator gives a location the run of the instance, however it is asked for.
    const adminApi = `${server.issuer}/api`;
    const operating = [{ api: adminApi, scopes: permissions }];
    const inLocation = await operator.request('/clients', {
      method: 'POST',
      body: { name: 'x', organization, location, grants: operating },
    });
    const granted = await operator.request(path, { method: 'PATCH', body: { grants: operating } });
    const { client } = await registerAdmin(operator, permissions, { organization });
    const moved = await operator.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { location },
    });
    for (const answer of [inLocation, granted, moved]) {
      expect(detailOf(answer)).toEqual([
        400,
        'a client of a location cannot hold instance:operate',
      ]);
    }
  });

  test('who moves a client must hold what it may do, for a move changes how far that reaches', async () => {
    const { client } = await registerAdmin(admin, ['clients:read', 'members:write'], { location });
    const mover = (await registerAdmin(admin, ['clients:read', 'clients:write'])).api;
    const move = (api: AdminApi) =>
      api.request(`/clients/${client.id}`, { method: 'PATCH', body: { location: null } });
    expect(detailOf(await move(mover))).toEqual([
      403,
      'you may not give away what you do not hold: members:write',
    ]);
    expect((await move(admin)).status).toBe(200);
  });

  test("a location of another organization is none of a client's", async () => {
    const elsewhere = await operator.createOrganization();
    const foreign = await operator.createLocation({ organization: elsewhere });
    for (const api of [admin, operator]) {
      const answer = await api.request('/clients', {
        method: 'POST',
        body: { name: 'x', organization, location: foreign },
      });
      expect([answer.status, answer.body['errors']]).toEqual([
        400,
        [
          {
            pointer: '/location',
            detail: 'there is no such location in the organization, or it is not yours to see',
          },
        ],
      ]);
    }
  });

  // F-36
  test.each(['organization', 'location'] as const)(
    'an inactive %s stops the tokens of its clients at once, and for good those that are out',
    async (noun) => {
      const organizationId = await operator.createOrganization();
      const locationId = await operator.createLocation({ organization: organizationId });
      const api = await operator.createApi(['r'], { organization: organizationId });
      const make = (overrides: object) =>
        operator.createClient([{ api: api.identifier, scopes: ['r'] }], {
          organization: organizationId,
          ...overrides,
        });
      const within = await make({ location: locationId });
      const beside = await make({});
      const caller = await registerAdmin(operator, ['clients:read'], {
        organization: organizationId,
        location: locationId,
      });
      const path =
        noun === 'organization' ? `/organizations/${organizationId}` : `/locations/${locationId}`;
      const tokens = new Map([
        [within, await getToken(within)],
        [beside, await getToken(beside)],
      ]);
      const stopped = noun === 'organization' ? [within, beside] : [within];
      const resourceServer = await operator.createClient([]);
      await operator.request(`/apis/${api.id}`, {
        method: 'PATCH',
        body: { introspection_clients: [resourceServer.id] },
      });
      const setActive = async (active: boolean) => {
        const { status, body } = await operator.request(path, {
          method: 'PATCH',
          body: { active },
        });
        expect([status, body['active']]).toEqual([200, active]);
      };
      const stateOf = async () => {
        const states: unknown[] = [];
        for (const [client, token] of tokens) {
          const { status, body } = await requestToken(server, client);
          states.push([status, body['error'], await isActive(server, resourceServer, token)]);
        }
        return states;
      };
      const goesOn = (client: RegisteredClient, [status, error]: unknown[]) => [
        status,
        error,
        !stopped.includes(client),
      ];
      expect((await caller.api.request('/clients')).status).toBe(200);
      await setActive(false);
      expect(await stateOf()).toEqual(
        [within, beside].map((client) =>
          stopped.includes(client) ? [401, 'invalid_client', false] : [200, undefined, true],
        ),
      );
      expect((await caller.api.request('/clients')).status).toBe(401);
      const minted = await operator.request(`/clients/${within.id}/token`, { method: 'POST' });
      expect(detailOf(minted)).toEqual([409, "the client's organization or location is inactive"]);
      await setActive(true);
      expect(await stateOf()).toEqual(
        [within, beside].map((client) => goesOn(client, [200, undefined])),
      );
      expect((await caller.api.request('/clients')).status).toBe(401);
      caller.api.forgetToken();
      expect((await caller.api.request('/clients')).status).toBe(200);
    },
  );

  test('every token so far of a location is revoked, and of no other', async () => {
    const other = await admin.createLocation();
    const within = await admin.createClient(grants(), { location });
    const elsewhere = await admin.createClient(grants(), { location: other });
    const tokens = [await getToken(within), await getToken(elsewhere)] as const;
    const revoke = (api: AdminApi, body: object) =>
      api.request('/revocations', { method: 'POST', body });
    const hidden = await revoke(atLocation, { location: other });
    expect(detailOf(hidden)).toEqual([404, 'there is no such location, or it is not yours to see']);
    expect(detailOf(await revoke(atLocation, { organization }))).toEqual([
      403,
      'you may revoke the access tokens of your own location alone',
    ]);
    const { status, body } = await revoke(admin, { location });
    expect([status, body['revoked']]).toEqual([200, { type: 'location', id: location }]);
    expect(await isActive(server, within, tokens[0])).toBe(false);
    expect(await isActive(server, elsewhere, tokens[1])).toBe(true);
    expect(await isActive(server, within, await getToken(within))).toBe(true);
    // It was at the location itself as well.
    atLocation.forgetToken();
  });

  test('who is a member of it keeps a location from being deleted', async () => {
    const within = await admin.createLocation();
    const { id } = await newMember(admin, { role: 'auditor', location: within });
    const kept = await admin.request(`/locations/${within}`, { method: 'DELETE' });
    expect([kept.status, kept.body['members']]).toEqual([409, [{ id, name: 'Ada' }]]);
    await admin.request(`/members/${id}`, { method: 'DELETE' });
    expect((await admin.request(`/locations/${within}`, { method: 'DELETE' })).status).toBe(204);
  });

  test('what holds something is not deleted, and what is deleted is gone', async () => {
    const organizationId = await operator.createOrganization();
    const locationId = await operator.createLocation({ organization: organizationId, name: 'L' });
    const api = await operator.createApi([], { organization: organizationId, name: 'A' });
    const client = await operator.createClient([], {
      organization: organizationId,
      location: locationId,
      name: 'C',
    });
    const hook = await operator.request('/webhooks', {
      method: 'POST',
      body: {
        url: 'https://hooks.example.com/secret-path',
        events: [{ entity: '*', operation: '*' }],
        organization: organizationId,
        location: locationId,
      },
    });
    const webhook = { id: String(hook.body['id']), name: 'https://hooks.example.com' };
    const remove = (path: string) => operator.request(path, { method: 'DELETE' });
    const held = await remove(`/organizations/${organizationId}`);
    expect([
      ...detailOf(held),
      held.body['clients'],
      held.body['locations'],
      held.body['apis'],
    ]).toEqual([
      409,
      'the organization still holds locations and clients and apis and webhooks: delete them first',
      [{ id: client.id, name: 'C' }],
      [{ id: locationId, name: 'L' }],
      [{ id: api.id, name: 'A' }],
    ]);
    const kept = await remove(`/locations/${locationId}`);
    expect([...detailOf(kept), kept.body['clients'], kept.body['webhooks']]).toEqual([
      409,
      'the location still holds clients and webhooks: delete them first',
      [{ id: client.id, name: 'C' }],
      [webhook],
    ]);
    for (const path of [
      `/clients/${client.id}`,
      `/webhooks/${webhook.id}`,
      `/locations/${locationId}`,
      `/apis/${api.id}`,
      `/organizations/${organizationId}`,
    ]) {
      expect((await remove(path)).status).toBe(204);
      expect((await operator.request(path)).status).toBe(404);
    }
    const { body } = await operator.request<Page>('/organizations?limit=200');
    expect(body.data.map(({ id }) => id)).not.toContain(organizationId);
    // Nothing can be made in what is gone, nor come back into it.
    const made = await operator.request('/clients', {
      method: 'POST',
      body: { name: 'x', organization: organizationId },
    });
    expect(made.status).toBe(400);
    const restored = await operator.request(`/clients/${client.id}/restore`, { method: 'POST' });
    expect(detailOf(restored)).toEqual([
      409,
      'the organization or the location it belonged to was deleted: register a new client',
    ]);
  });
});
