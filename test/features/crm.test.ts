/** FEATURES 2, a CRM with agency keys and location keys. */
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { startServer } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';

const refused = { status: 401, body: { error: 'invalid_client' } };
const dayMillis = 86_400_000;

describeOnBothDatabases('CRM', (server) => {
  const admin = new AdminApi(server);

  async function newGrants() {
    const api = await admin.createApi(['contacts:read', 'contacts:write']);
    return [{ api: api.identifier, scopes: ['contacts:read'] }];
  }

  test('2.1, 2.3 any number of keys with names, in two lists: of the organization, of its locations', async () => {
    const grants = await newGrants();
    const location = await admin.createLocation();
    const [agency, local] = [[], []] as [string[], string[]];
    for (const name of ['Marketing Automation', 'Order import', 'Reports']) {
      const ofAgency = await admin.createClient(grants, { name });
      const ofLocation = await admin.createClient(grants, { name, location });
      for (const client of [ofAgency, ofLocation]) {
        expect((await requestToken(server, client)).status).toBe(200);
      }
      agency.push(ofAgency.id);
      local.push(ofLocation.id);
    }
    const list = async (which: string) =>
      (await admin.readAll<{ id: string }>(`/clients?location=${which}`)).map(({ id }) => id);
    const [none, any] = [await list('none'), await list('any')];
    expect(none).toEqual(expect.arrayContaining(agency));
    expect(any).toEqual(expect.arrayContaining(local));
    expect(none.filter((id) => any.includes(id))).toEqual([]);
    expect((await list(location)).toSorted()).toEqual(local.toSorted());
  });

  test('2.2 a key has a name; its id and secret are shown once, and work', async () => {
    const client = await admin.createClient(await newGrants(), { name: 'Marketing Automation' });
    expect((await requestToken(server, client)).status).toBe(200);
    const { body } = await admin.request(`/clients/${client.id}`);
    expect(body).toMatchObject({ name: 'Marketing Automation', client_id: client.clientId });
    expect(JSON.stringify(body)).not.toContain(client.clientSecret);
  });

  test("2.4 tokens say the organization, a location's also the location, and it gets no other", async () => {
    const grants = await newGrants();
    const [ours, theirs] = [await admin.createLocation(), await admin.createLocation()];
    const agency = await admin.createClient(grants);
    const local = await admin.createClient(grants, { location: ours });
    const { body } = await admin.request(`/clients/${agency.id}`);
    const claimsOf = async (client: typeof agency, parameters = {}) => {
      const answer = await requestToken(server, client, parameters);
      return decodeJwt(String(answer.body['access_token']));
    };
    const ofAgency = await claimsOf(agency);
    expect(ofAgency).toMatchObject({ organization_id: body['organization'] });
    expect(ofAgency).not.toHaveProperty('location_id');
    expect(await claimsOf(local)).toMatchObject({
      organization_id: body['organization'],
      location_id: ours,
    });
    // Whatever it asks for.
    expect(await claimsOf(local, { location: theirs, location_id: theirs })).toMatchObject({
      location_id: ours,
    });
    expect(await requestToken(server, local, { scope: 'contacts:write' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
  });

  test('2.6 a lost key gets a new secret, and the old one is refused', async () => {
    const client = await admin.createClient(await newGrants());
    const path = `/clients/${client.id}/secrets`;
    const { body: before } = await admin.request<{ data: { id: string }[] }>(path);
    const { body: made } = await admin.request(path, { method: 'POST' });
    const renewed = { ...client, clientSecret: String(made['client_secret']) };
    const old = await admin.request(`${path}/${before.data[0]?.id}`, { method: 'DELETE' });
    expect(old.status).toBe(204);
    expect(await requestToken(server, client)).toMatchObject(refused);
    expect((await requestToken(server, renewed)).status).toBe(200);
  });

  test('2.7 the reference, a quick start with the client_id filled in, and best practice are linked', async () => {
    const client = await admin.createClient(await newGrants());
    const { body } = await admin.request<{
      snippets: { fetch: string }[];
      links: { title: string; url: string }[];
    }>(`/clients/${client.id}/quick-start`);
    expect(body.snippets.length).toBeGreaterThan(0);
    for (const { fetch } of body.snippets) expect(fetch).toContain(client.clientId);
    expect(body.links.map(({ title }) => title).join('\n')).toMatch(/^Best practice/m);
    for (const { url } of body.links.filter((link) => link.url.startsWith(server.issuer))) {
      expect({ url, status: (await fetch(url)).status }).toEqual({ url, status: 200 });
    }
  });
});

describe('CRM, as time goes by', () => {
  test('2.5 an unused key is told of three times, deleted, restored; a token and an exemption keep one', async () => {
    const server = await startServer({
      databaseUrl: await createDatabase(),
      env: { LATCHKEY_TEST_USE_FLUSH_MILLIS: '200' },
    });
    try {
      const admin = new AdminApi(server);
      const api = await admin.createApi(['a']);
      const grants = [{ api: api.identifier, scopes: ['a'] }];
      const unused = await admin.createClient(grants);
      const used = await admin.createClient(grants);
      const exempt = await admin.createClient(grants, { exempt_from_inactivity: true });
      const goTo = async (day: number) => {
        // A little more: the clients were registered after the clock began.
        await server.moveClock(day * dayMillis + 7_200_000);
        admin.forgetToken();
      };
      const noticesOf = async ({ id }: { id: string }) => {
        const notices = await admin.readAll<{ kind: string; parameters: { client?: string } }>(
          '/notices',
        );
        return notices.filter(
          ({ kind, parameters }) => kind === 'client_inactive' && parameters.client === id,
        ).length;
      };
      for (const [index, day] of [75, 83, 89].entries()) {
        await goTo(day);
        // One after the other is told of.
        for (const client of [unused, used]) {
          await until(async () => (await noticesOf(client)) === index + 1, `notice of day ${day}`);
        }
      }
      expect((await requestToken(server, used)).status).toBe(200);
      await goTo(91);
      await until(
        async () => (await admin.request(`/clients/${unused.id}`)).status === 404,
        'the deletion',
      );
      expect(await requestToken(server, unused)).toMatchObject(refused);
      for (const kept of [used, exempt]) {
        expect((await requestToken(server, kept)).status).toBe(200);
      }
      expect(await noticesOf(exempt)).toBe(0);
      const restored = await admin.request(`/clients/${unused.id}/restore`, { method: 'POST' });
      expect(restored.status).toBe(200);
      expect((await requestToken(server, unused)).status).toBe(200);
    } finally {
      await server.stop();
    }
  });
});
