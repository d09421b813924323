/** Every list shows an organization its own, a location what is of the location, and nothing of what is beyond. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newEmail, newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';
import { declaredRoutes } from './declared-routes.ts';
import { newNotice } from './unlisted-introspection.ts';

const places = ['organization', 'location', 'other location', 'other organization'] as const;
type Place = (typeof places)[number];

/** What is each place's own in a list, as it stands there: mostly record ids. */
type Markers = Partial<Record<Place, string>>;

const seenFrom: Record<Place, readonly Place[]> = {
  organization: ['organization', 'location', 'other location'],
  location: ['location'],
  'other location': ['other location'],
  'other organization': ['other organization'],
};

/** Without records of a place: of the instance, of the caller alone, or seen by all of an organization (ADR 21). */
const unplaced = [
  '/signing-keys',
  '/audit-keys',
  '/me/sessions',
  '/apis',
  // What was granted long ago: with the moved clock of quiet-secrets.test.ts.
  '/usage/unused-scopes',
];

describe.each([
  ['PostgreSQL', sharedServers().postgresql],
  ['embedded database', sharedServers().embedded],
])('lists (%s)', (_name, server) => {
  const operator = new AdminApi(server);
  const readers = new Map<Place, AdminApi>();
  const markers: Record<string, Markers> = {};

  const mark = (path: string, place: Place, marker: string) => {
    (markers[path] ??= {})[place] = marker;
  };

  beforeAll(async () => {
    const [organization, other] = [
      await operator.createOrganization(),
      await operator.createOrganization(),
    ];
    const [location, otherLocation] = [
      await operator.createLocation({ organization }),
      await operator.createLocation({ organization }),
    ];
    const whereabouts: Record<Place, Record<string, string>> = {
      organization: { organization },
      location: { organization, location },
      'other location': { organization, location: otherLocation },
      'other organization': { organization: other },
    };
    const api = await operator.createApi(['orders:read']);
    const grants = [{ api: api.identifier, scopes: ['orders:read'] }];
    for (const place of places) {
      const { api: admin } = await registerAdmin(
        operator,
        organizationPermissions,
        whereabouts[place],
      );
      readers.set(place, admin);
      const client = await admin.createClient(grants);
      for (const path of ['/clients', '/access', '/audit-events', '/usage', '/failures']) {
        mark(path, place, client.id);
      }
      await requestToken(server, client);
      await requestToken(server, { ...client, clientSecret: 'wrong' });
      mark('/members', place, (await newMember(admin, { role: 'auditor' })).id);
      const body = { email: newEmail(), role: 'auditor' };
      const invited = await admin.request('/invitations', { method: 'POST', body });
      mark('/invitations', place, String(invited.body['id']));
      const webhook = await admin.createWebhook('https://hooks.example.com/in', [
        'client.restored',
      ]);
      mark('/webhooks', place, webhook.id);
      const refused = await registerAdmin(admin, ['clients:read']);
      expect((await refused.api.request('/webhooks')).status).toBe(403);
      mark('/refused-attempts', place, refused.client.id);
    }
    mark('/locations', 'location', location);
    mark('/locations', 'other location', otherLocation);
    mark('/organizations', 'other organization', other);
    // Notices of a location need more time than a test has: those of its organization are none of its.
    for (const place of ['organization', 'other organization'] as const) {
      mark('/notices', place, (await newNotice(readerOf(place))).id);
    }
  }, 120_000);

  function readerOf(place: Place): AdminApi {
    const reader = readers.get(place);
    if (!reader) throw new Error(`nobody reads from the ${place}`);
    return reader;
  }

  test('each is looked at, or has nothing of a place', () => {
    const listed = declaredRoutes
      .filter(({ operationId, params }) => operationId.startsWith('list') && !params)
      .map(({ path }) => path);
    expect(listed.toSorted()).toEqual([...Object.keys(markers), ...unplaced].toSorted());
  });

  //
  test.each(places)('the %s sees what is its own, and nothing else', async (place) => {
    for (const [path, marked] of Object.entries(markers)) {
      const read = async () => JSON.stringify(await readerOf(place).readAll(path));
      const own = seenFrom[place].flatMap((seen) => marked[seen] ?? []);
      // What was refused or counted comes to the store a little later.
      await until(async () => {
        const shown = await read();
        return own.every((marker) => shown.includes(marker));
      }, `${path} shows the ${place} what is its own`);
      const shown = await read();
      const hidden = places.filter((other) => !seenFrom[place].includes(other));
      const told = hidden.filter((other) => marked[other] && shown.includes(marked[other]));
      expect({ path, told }).toEqual({ path, told: [] });
    }
  });

  // a cursor says where a page begins, and not whose it is.
  test.each(places)('a page that others began shows the %s no more', async (place) => {
    for (const [path, marked] of Object.entries(markers)) {
      for (const beginner of places) {
        const begun = await readerOf(beginner).request<{ next_cursor: string | null }>(
          `${path}?limit=1`,
        );
        const cursor = begun.body.next_cursor;
        if (cursor === null) continue;
        const { body } = await readerOf(place).request(
          `${path}?limit=200&cursor=${encodeURIComponent(cursor)}`,
        );
        const shown = JSON.stringify(body);
        const hidden = places.filter((other) => !seenFrom[place].includes(other));
        const told = hidden.filter((other) => marked[other] && shown.includes(marked[other]));
        expect({ path, beginner, told }).toEqual({ path, beginner, told: [] });
      }
    }
  });
});
