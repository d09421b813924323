/** Every route of the admin API, from its declaration, on each database: success, and what is not visible. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordNoun } from '../../src/model/record-id.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { AdminApi, requestToken, type Answer } from '../support/admin-api.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';
import { byName, declaredRoutes } from './declared-routes.ts';
import { callRoute } from './route-call.ts';
import { readLastSequence } from './last-sequence.ts';
import { LocatedAdmin } from './located-admin.ts';
import { getSample, routeSamples } from './route-samples.ts';
import { databases, startMillisMax, unknownId, type ServerOfTwo } from './two-organizations.ts';

/**
 * What a caller of a location is answered about what belongs to its whole organization: APIs and the
 * organization itself, which it sees and may not change. Everything else there does not exist for it.
 */
const aboveLocation: Readonly<Record<string, number>> = {
  getApi: 200,
  updateApi: 403,
  deleteApi: 403,
  getOrganization: 200,
  updateOrganization: 403,
};
/** Where the answer about its own location is not the one that its organization gets. */
const withinLocation: Readonly<Record<string, number>> = {
  createApi: 403,
  updateApi: 403,
  deleteApi: 403,
  createLocation: 403,
  updateLocation: 403,
  deleteLocation: 403,
  // The sample is one that an operator has just made.
  getOrganization: 404,
  updateOrganization: 404,
};

test('has a sample for every route, and no other', () => {
  expect(Object.keys(routeSamples).toSorted()).toEqual(
    declaredRoutes.map(({ operationId }) => operationId).toSorted(),
  );
});

// the matrix is made of the declarations; a new route without its cases fails.
describe.each(databases)('every route (%s)', (_name, start) => {
  let running: ServerOfTwo | undefined;
  let operator: AdminApi;
  /** Of the operator's organization, but no operator. */
  let colleague: AdminApi;
  let bystander: AdminApi;
  /** Of a location of the operator's organization, and of another one. */
  let atLocation: AdminApi;
  let location: LocatedAdmin;
  let otherLocation: LocatedAdmin;
  /** Of the other organization, for what only members may call. */
  let stranger: NewMember;
  /** The same of the location. */
  let neighbour: NewMember;
  let homeOrganization: string;
  let foreignOrganization: string;

  beforeAll(async () => {
    running = await start();
    operator = new AdminApi(running.server);
    ({ homeOrganization, foreignOrganization } = running);
    colleague = (await registerAdmin(operator, organizationPermissions)).api;
    bystander = (
      await registerAdmin(operator, organizationPermissions, {
        organization: foreignOrganization,
      })
    ).api;
    location = new LocatedAdmin(running.server, await operator.createLocation());
    otherLocation = new LocatedAdmin(running.server, await operator.createLocation());
    atLocation = (await registerAdmin(location, organizationPermissions)).api;
    stranger = await newMember(bystander, { role: 'owner' });
    neighbour = await newMember(atLocation, { role: 'owner' });
  }, startMillisMax);
  afterAll(() => running?.stop());

  test.each(byName(declaredRoutes))('%s succeeds as declared', async (operationId, route) => {
    const sample = getSample(operationId);
    const { status } = await callRoute(operator, route, await sample.prepare(operator));
    expect(status).toBe(sample.status);
  });

  //
  test.each(byName(declaredRoutes.filter(({ params, operatorOnly }) => params && !operatorOnly)))(
    '%s answers for another organization as for what does not exist, and then changes nothing',
    async (operationId, route) => {
      const { as: _as, ...request } = await getSample(operationId).prepare(colleague);
      const before = await readLastSequence(operator);
      const asker = route.memberOnly ? stranger.api : bystander;
      const foreign = await callRoute(asker, route, request);
      expect(foreign.status).toBe(404);
      for (const path of absentPaths(request.path)) {
        const absent = await callRoute(asker, route, { ...request, path });
        expect({ path, answer: withoutRequestId(absent) }).toEqual({
          path,
          answer: withoutRequestId(foreign),
        });
      }
      expect(await readLastSequence(operator)).toBe(before);
    },
  );

  //
  test.each(byName(declaredRoutes.filter(({ params, operatorOnly }) => params && !operatorOnly)))(
    '%s answers a location about its organization and other locations as about what does not exist, and then changes nothing',
    async (operationId, route) => {
      const sample = getSample(operationId);
      const requests = [await sample.prepare(colleague), await sample.prepare(otherLocation)];
      const asker = route.memberOnly ? neighbour.api : atLocation;
      const before = await readLastSequence(operator);
      for (const { as: _as, ...request } of requests) {
        // What an operator has made is an organization of its own.
        const isForeign =
          /^.organizations/.test(request.path) && request.path === requests[1]?.path;
        const expected = isForeign ? 404 : (aboveLocation[operationId] ?? 404);
        const answer = await callRoute(asker, route, request);
        expect({ ...request, status: answer.status }).toEqual({ ...request, status: expected });
        for (const path of expected === 404 ? absentPaths(request.path) : []) {
          const absent = await callRoute(asker, route, { ...request, path });
          expect({ path, answer: withoutRequestId(absent) }).toEqual({
            path,
            answer: withoutRequestId(answer),
          });
        }
      }
      expect(await readLastSequence(operator)).toBe(before);
    },
  );

  test.each(byName(declaredRoutes.filter(({ operatorOnly }) => !operatorOnly)))(
    '%s answers a location about itself',
    async (operationId, route) => {
      const sample = getSample(operationId);
      const { status } = await callRoute(atLocation, route, await sample.prepare(location));
      expect(status).toBe(withinLocation[operationId] ?? sample.status);
    },
  );

  test('lists show a location nothing of its organization, nor of other locations', async () => {
    const [own, ...hidden] = await Promise.all(
      [location, colleague, otherLocation].map((maker) => maker.createClient([])),
    );
    await requestToken(operator.server, own ?? operator.server.operator);
    const lists = declaredRoutes.filter(({ method, params }) => method === 'get' && !params);
    for (const { path, query, memberOnly } of lists) {
      const limit = 'limit' in (query?.shape ?? {}) ? '?limit=200' : '';
      const { status, body } = await (memberOnly ? neighbour.api : atLocation).request(
        path + limit,
      );
      expect({ path, status }).toEqual({ path, status: 200 });
      const shown = JSON.stringify(body);
      for (const id of [...hidden.map((client) => client.id), otherLocation.location])
        expect({ path, shown }).not.toEqual({ path, shown: expect.stringContaining(id) });
    }
    for (const path of ['/clients?limit=200', '/access?limit=200', '/audit-events?limit=200']) {
      const { body } = await atLocation.request<{ data: { location: string | null }[] }>(path);
      expect(JSON.stringify(body)).toContain(own?.id);
      expect([...new Set(body.data.map((row) => row.location))]).toEqual([location.location]);
      // Counts of what is not shown would show as well: the list ends where its own part does.
      const rows = await atLocation.readAll<{ location: string }>(path.split('?')[0] ?? '');
      expect(rows.filter((row) => row.location !== location.location)).toEqual([]);
    }
    for (const query of [
      `location=${otherLocation.location}`,
      `organization=${foreignOrganization}`,
    ]) {
      for (const path of ['/clients', '/access', '/usage']) {
        const { body } = await atLocation.request(`${path}?${query}`);
        expect(body).toEqual({ data: [], next_cursor: null });
      }
    }
  });

  test('lists show nothing of another organization', async () => {
    const { body: client } = await operator.request('/clients', {
      method: 'POST',
      body: { name: 'Only ours' },
    });
    for (const path of ['/clients?limit=200', '/audit-events?limit=200', '/apis?limit=200']) {
      const { status, body } = await bystander.request(path);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).not.toContain(String(client['id']));
      expect(JSON.stringify(body)).not.toContain(homeOrganization);
    }
    const { body } = await bystander.request(`/clients?organization=${homeOrganization}`);
    expect(body).toEqual({ data: [], next_cursor: null });
  });

  //
  test('takes the organization from the credential alone', async () => {
    const refused = await bystander.request('/clients', {
      method: 'POST',
      body: { name: 'x', organization: homeOrganization },
    });
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toEqual([
      {
        pointer: '/organization',
        detail: 'there is no such organization, or it is not yours to see',
      },
    ]);
    const { status, body } = await bystander.request('/clients', {
      method: 'POST',
      body: { name: 'x' },
      headers: { 'x-tenant': homeOrganization, 'x-organization': homeOrganization },
    });
    expect({ status, organization: body['organization'] }).toEqual({
      status: 201,
      organization: foreignOrganization,
    });
  });

  test('an API of another organization can neither be seen nor granted', async () => {
    const api = await operator.createApi(['r'], { organization: homeOrganization });
    const answer = await bystander.request('/clients', {
      method: 'POST',
      body: { name: 'x', grants: [{ api: api.identifier, scopes: ['r'] }] },
    });
    expect(answer.status).toBe(400);
    expect(answer.body['errors']).toEqual([
      {
        pointer: '/grants/0/api',
        detail: 'there is no such API: name the identifier of one you see',
      },
    ]);
    // Not even by an operator, who sees both: the client could not see it.
    const crossed = await operator.request('/clients', {
      method: 'POST',
      body: {
        name: 'x',
        organization: foreignOrganization,
        grants: [{ api: api.identifier, scopes: ['r'] }],
      },
    });
    expect(crossed.status).toBe(400);
  });

  test("an API of the instance is everybody's to see and grant, and an operator's to change", async () => {
    const api = await operator.createApi(['r']);
    const seen = await bystander.request(`/apis/${api.id}`);
    expect({ status: seen.status, organization: seen.body['organization'] }).toEqual({
      status: 200,
      organization: null,
    });
    await bystander.createClient([{ api: api.identifier, scopes: ['r'] }]);
    for (const options of [{ method: 'PATCH', body: { name: 'Mine' } }, { method: 'DELETE' }]) {
      const { status, body } = await bystander.request(`/apis/${api.id}`, options);
      expect({ status, detail: body['detail'] }).toEqual({
        status: 403,
        detail: 'only an operator may change an API of the whole instance',
      });
    }
    const instanceWide = await bystander.request('/apis', {
      method: 'POST',
      body: { identifier: `${api.identifier}/mine`, name: 'x', organization: null },
    });
    expect(instanceWide.status).toBe(403);
  });
});

/** The same path with the last record id exchanged for one that nobody has, and for what is no id. */
function absentPaths(path: string): string[] {
  const last = /([a-z]+)_[0-9A-Za-z]{22}(?!.*_[0-9A-Za-z]{22})/.exec(path);
  if (!last) throw new Error(`${path} holds no record id`);
  // Such as the record's own.
  const noun = last[1] as RecordNoun;
  const replaced = (id: string) => path.replace(last[0], id);
  const first = path.replace(/client_[0-9A-Za-z]{22}/, unknownId('client'));
  return [first === path ? replaced(unknownId(noun)) : first, replaced(unknownId(noun))].concat(
    // A path whose client is not visible says so before it looks at the rest.
    ['%00', 'x', '%F0%9F%98%80', 'a'.repeat(300), "'%20OR%20'1'='1"].map(replaced),
  );
}

function withoutRequestId({ status, headers, body }: Answer): unknown {
  const { request_id: _requestId, ...rest } = body;
  const names = [...headers.keys()].filter((name) => !['x-request-id', 'date'].includes(name));
  return { status, body: rest, headers: names.map((name) => [name, headers.get(name)]) };
}
