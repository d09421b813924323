/** `/notices`: a resource server that is told nothing would be debugged for days; its organization is told why. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import {
  organizationPermissions,
  registerAdmin,
  type Permission,
  type RegisteredAdmin,
} from './admin-clients.ts';
import { databases, unknownId, type ServerOfTwo } from './two-organizations.ts';
import { newNotice, newUnlistedIntrospection, readNotices } from './unlisted-introspection.ts';

describe.each(databases)('notices (%s)', (_name, start) => {
  let running: ServerOfTwo;
  let operator: AdminApi;
  /** Of the other organization, with one permission that has nothing to do with notices. */
  let foreign: RegisteredAdmin;

  beforeAll(async () => {
    running = await start();
    operator = new AdminApi(running.server);
    foreign = await registerAdmin(operator, organizationPermissions, {
      organization: running.foreignOrganization,
    });
  });
  afterAll(() => running.stop());

  test('a client that an API does not list is named to the organization of the API, once a day', async () => {
    const introspection = await newUnlistedIntrospection(foreign.api);
    const { api, asking } = introspection;
    for (let n = 0; n < 3; n += 1) await introspection.ask();
    const { status, body } = await readNotices(foreign.api);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        data: [
          {
            id: expect.stringMatching(/^notice_[0-9A-Za-z]{22}$/),
            kind: 'introspection_not_listed',
            organization: running.foreignOrganization,
            location: null,
            text: `The client ${asking.clientId} asked 3 times about access tokens of ${api.identifier}, and was told that they are not active, because the API does not list it. If it is one of the API's resource servers, add it to the API's introspection_clients.`,
            parameters: {
              client: asking.id,
              client_id: asking.clientId,
              api: api.id,
              api_identifier: api.identifier,
              needs_operator: false,
            },
            count: 3,
            first_occurred_at: expect.any(String),
            last_occurred_at: expect.any(String),
            read_at: null,
          },
        ],
        next_cursor: null,
      },
    });
    await introspection.ask();
    const again = await readNotices(foreign.api);
    expect(again.body.data).toMatchObject([{ id: body.data[0]?.id, count: 4, read_at: null }]);
    expect(JSON.stringify((await readNotices(operator)).body)).not.toContain(asking.id);

    // What the text says to do helps.
    await foreign.api.request(`/apis/${api.id}`, {
      method: 'PATCH',
      body: { introspection_clients: [asking.clientId] },
    });
    await expect(introspection.ask()).rejects.toThrow('"active":true');
    expect((await readNotices(foreign.api)).body.data).toMatchObject([{ count: 4 }]);
  });

  test('a client of another organization is named by its client_id alone', async () => {
    const asking = await operator.createClient([], { name: 'Not to be told' });
    const introspection = await newUnlistedIntrospection(foreign.api, asking);
    await introspection.ask();
    const { body } = await readNotices(foreign.api);
    expect(body.data[0]).toMatchObject({
      organization: running.foreignOrganization,
      text: expect.stringContaining('ask an operator to add it'),
      parameters: { client: asking.id, client_id: asking.clientId, needs_operator: true },
    });
    expect(JSON.stringify(body)).not.toContain('Not to be told');
  });

  test("of an API of the instance, the client's own organization is told whom to ask", async () => {
    const notice = await newNotice(operator);
    expect(notice).toMatchObject({
      organization: running.homeOrganization,
      parameters: { needs_operator: true },
      count: 1,
    });
    expect(notice.text).toContain(' asked once ');
    expect(notice.text).toContain("ask an operator to add it to the API's introspection_clients");
  });

  //
  test('shows nothing of clients to whoever may not see them, and is not theirs to read', async () => {
    const notice = await newNotice(operator);
    const colleague = (await registerAdmin(operator, ['webhooks:read', 'usage:read'])).api;
    const kinds = (await readNotices(colleague)).body.data.map(({ kind }) => kind);
    expect(kinds.filter((kind) => !/^(webhook|signing_key)_/.test(kind))).toEqual([]);
    const refused = await colleague.request(`/notices/${notice.id}/read`, { method: 'POST' });
    const absent = await colleague.request(`/notices/${unknownId('notice')}/read`, {
      method: 'POST',
    });
    const { request_id: _one, ...said } = refused.body;
    const { request_id: _other, ...saidOfNone } = absent.body;
    expect({ status: refused.status, said }).toEqual({ status: 404, said: saidOfNone });
    const seen = (await readNotices(operator, '&read=false')).body.data.map(({ id }) => id);
    expect(seen).toContain(notice.id);
    // Nor may they have it sent.
    const writer = (await registerAdmin(operator, ['webhooks:write', 'webhooks:read'])).api;
    const subscribed = await writer.request('/webhooks', {
      method: 'POST',
      body: {
        url: 'https://hooks.example.com/in',
        events: [{ entity: 'notice', operation: 'created' }],
      },
    });
    expect(subscribed.status).toBe(403);
  });

  //
  test.each<[Permission[], boolean]>([
    [['clients:read'], false],
    [['webhooks:read'], false],
    [['clients:read', 'webhooks:read'], true],
    [['audit:read'], true],
  ])('are sent by a webhook to whoever reads every kind here: %s', async (held, may) => {
    const notice = await newNotice(operator);
    const { api } = await registerAdmin(operator, ['webhooks:write', ...held]);
    const kinds = (await readNotices(api)).body.data.map(({ kind }) => kind);
    expect(kinds.includes(notice.kind)).toBe(held.some((one) => one !== 'webhooks:read'));
    const { status, body } = await api.request('/webhooks', {
      method: 'POST',
      body: {
        url: 'https://hooks.example.com/in',
        events: [{ entity: 'notice', operation: 'created' }],
      },
    });
    expect({ status, detail: body['detail'] }).toEqual({
      status: may ? 201 : 403,
      detail: may
        ? undefined
        : 'you may not have events sent that you may not see: notice.created needs clients:read and webhooks:read, or audit:read',
    });
  });

  test('is read once, for everybody in the organization who sees it', async () => {
    const notice = await newNotice(operator);
    const colleague = (await registerAdmin(operator, ['clients:read'])).api;
    const path = `/notices/${notice.id}/read`;
    const { status, body } = await colleague.request(path, { method: 'POST' });
    expect({ status, body }).toEqual({
      status: 200,
      body: { ...notice, read_at: expect.any(String) },
    });
    const again = await operator.request(path, { method: 'POST' });
    expect(again).toMatchObject({ status: 200, body });
    const events = await operator.request<{ data: object[] }>(`/audit-events?target=${notice.id}`);
    expect(events.body.data).toMatchObject([
      { action: 'notice.read', target: { type: 'notice', id: notice.id } },
    ]);
    const ids = async (query: string) =>
      (await readNotices(operator, query)).body.data.map(({ id }) => id);
    expect(await ids('&read=true')).toContain(notice.id);
    expect(await ids('&read=false')).not.toContain(notice.id);
  });

  test('all are read at once, as far as one sees them and they had happened by then', async () => {
    const [first, second] = [await newNotice(foreign.api), await newNotice(foreign.api)];
    const elsewhere = await newNotice(operator);
    const unread = async (admin: AdminApi) =>
      (await readNotices(admin, '&read=false')).body.data.map(({ id }) => id);
    const readAll = (admin: AdminApi, body?: object) =>
      admin.request('/notices/read', { method: 'POST', ...(body === undefined ? {} : { body }) });

    const blind = await registerAdmin(operator, ['usage:read'], {
      organization: running.foreignOrganization,
    });
    expect(await readAll(blind.api)).toMatchObject({ status: 200, body: { read: 0 } });
    expect(await unread(foreign.api)).toEqual(expect.arrayContaining([first.id, second.id]));

    const before = new Date(Date.parse(first.first_occurred_at) - 1).toISOString();
    const open = (await unread(foreign.api)).length;
    await readAll(foreign.api, { until: before });
    expect(await unread(foreign.api)).toEqual(expect.arrayContaining([first.id, second.id]));
    await readAll(foreign.api, { until: first.last_occurred_at });
    expect(await unread(foreign.api)).toEqual([second.id]);
    expect((await readAll(foreign.api)).body).toEqual({ read: 1 });
    expect(await unread(foreign.api)).toEqual([]);
    expect(open).toBeGreaterThanOrEqual(2);
    // Nobody else's.
    expect(await unread(operator)).toContain(elsewhere.id);

    const events = await operator.request<{ data: object[] }>(
      `/audit-events?action=notice.read&target=${running.foreignOrganization}&limit=1`,
    );
    expect(events.body.data).toMatchObject([
      { target: { type: 'organization' }, details: { notices: 1 } },
    ]);
    const written = await operator.request<{ data: { sequence: number }[] }>(
      '/audit-events?limit=1',
    );
    await readAll(foreign.api);
    const still = await operator.request<{ data: { sequence: number }[] }>('/audit-events?limit=1');
    expect(still.body.data).toEqual(written.body.data);
  });
});
