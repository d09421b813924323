/** `/clients`: contents and rules of clients and grants, and what the token endpoint makes of them. */
import { expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { permissions, registerAdmin } from './admin-clients.ts';
import { tallyStatuses } from './status-tally.ts';

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const refused = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'client authentication failed' },
};

describeOnBothDatabases('clients', (server) => {
  const admin = new AdminApi(server);
  const create = (body: object) => admin.request('/clients', { method: 'POST', body });
  const patch = (id: string, body: object) =>
    admin.request(`/clients/${id}`, { method: 'PATCH', body });

  test('is made with defaults, shows its secret this once, and is read back without it', async () => {
    const made = await create({ name: 'Shop' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^client_[0-9A-Za-z]{22}$/),
      client_id: expect.stringMatching(/^lkc_[0-9A-Za-z]{22}$/),
      client_secret: expect.stringMatching(/^lks_[0-9A-Za-z]{49}$/),
      client_secret_expires_at: 0,
      name: 'Shop',
      description: '',
      organization: expect.stringMatching(/^org_[0-9A-Za-z]{22}$/),
      location: null,
      member: null,
      personal: false,
      grants: [],
      active: true,
      authentication_method: 'client_secret',
      access_token_lifetime_seconds: null,
      exempt_from_inactivity: false,
      created_at: expect.stringMatching(timestamp),
      updated_at: expect.stringMatching(timestamp),
      last_used_at: null,
      deletes_at: null,
      restorable_until: null,
    });
    const { client_secret: _secret, client_secret_expires_at: _expires, ...record } = made.body;
    const read = await admin.request(`/clients/${String(made.body['id'])}`);
    expect(read.body).toEqual(record);
    expect(read.headers.get('etag')).toBe(made.headers.get('etag'));
  });

  test('keeps every field that is set, and its tokens obey them', async () => {
    const first = await admin.createApi(['a', 'b'], { access_token_lifetime_seconds: 600 });
    const second = await admin.createApi(['a']);
    const body = {
      name: 'Shop',
      description: 'Imports\norders',
      access_token_lifetime_seconds: 90,
      exempt_from_inactivity: true,
      grants: [
        { api: first.identifier, scopes: ['b', 'a', 'a'] },
        { api: second.id, scopes: ['a'], default: true },
      ],
    };
    const made = await create(body);
    expect(made.body).toMatchObject({
      ...body,
      grants: [
        { api: first.identifier, scopes: ['a', 'b'], default: false },
        { api: second.identifier, scopes: ['a'], default: true },
      ],
    });
    const client = {
      clientId: String(made.body['client_id']),
      clientSecret: String(made.body['client_secret']),
    };
    const token = await requestToken(server, client, { resource: first.identifier });
    expect(token.body).toMatchObject({ expires_in: 90, scope: 'a b' });

    const id = String(made.body['id']);
    const changed = await patch(id, { access_token_lifetime_seconds: null, description: '' });
    const { client_secret: _secret, client_secret_expires_at: _expires, ...record } = made.body;
    expect(changed.body).toEqual({
      ...record,
      access_token_lifetime_seconds: null,
      description: '',
      last_used_at: expect.stringMatching(/^20/),
      updated_at: changed.body['updated_at'],
    });
    const next = await requestToken(server, client, { resource: first.identifier });
    expect(next.body).toMatchObject({ expires_in: 600 });
  });

  test('grants are replaced as a whole, and the next token obeys', async () => {
    const [one, two] = [await admin.createApi(['a']), await admin.createApi(['b'])];
    const client = await admin.createClient([{ api: one.identifier, scopes: ['a'] }]);
    await patch(client.id, { grants: [{ api: two.identifier, scopes: ['b'] }] });
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'b' });
    expect(await requestToken(server, client, { resource: one.identifier })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    });
    await patch(client.id, { grants: [] });
    expect(await requestToken(server, client)).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    });
  });

  test('every fault of the grants is named at once', async () => {
    const api = await admin.createApi(['a']);
    const { status, body } = await create({
      name: 'x',
      grants: [
        { api: 'https://nowhere.example.com', scopes: ['a'] },
        { api: api.identifier, scopes: ['a', 'z'], default: true },
        { api: api.id, scopes: ['a'], default: true },
      ],
    });
    expect({ status, errors: body['errors'] }).toEqual({
      status: 400,
      errors: [
        {
          pointer: '/grants/0/api',
          detail: 'there is no such API: name the identifier of one you see',
        },
        { pointer: '/grants/1/scopes/1', detail: `${api.identifier} has no such scope` },
        { pointer: '/grants/2/api', detail: 'the API is granted twice: join the two' },
        { pointer: '/grants', detail: 'only one grant can be the default' },
      ],
    });
  });

  //
  test.each([
    ['a client_id of its own choice', { client_id: 'lkc_0000000000000000000000' }],
    ['a secret of its own choice', { client_secret: 'x'.repeat(40) }],
    ['no authentication', { authentication_method: 'none' }],
    ['an authentication that does not exist yet', { authentication_method: 'private_key_jwt' }],
    ['a lifetime of 59 seconds', { access_token_lifetime_seconds: 59 }],
    ['a lifetime of more than a day', { access_token_lifetime_seconds: 86_401 }],
    ['a grant without scopes', { grants: [{ api: 'https://x.example.com', scopes: [] }] }],
    ['an organization that does not exist', { organization: 'org_0000000000000000000000' }],
  ])('refuses %s', async (_what, body) => {
    const answer = await create({ name: 'x', ...body });
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({
      status: 400,
      code: 'invalid',
    });
  });

  test('a deactivated client gets no token, and its old ones stay inactive when it is active again', async () => {
    const { client, api: own } = await registerAdmin(admin, permissions);
    expect((await own.request('/clients?limit=1')).status).toBe(200);
    expect((await patch(client.id, { active: false })).body).toMatchObject({ active: false });
    expect(await requestToken(server, client)).toMatchObject(refused);
    expect((await own.request('/clients?limit=1')).status).toBe(401);
    await patch(client.id, { active: true });
    expect((await requestToken(server, client)).status).toBe(200);
    expect((await own.request('/clients?limit=1')).status).toBe(401);
    own.forgetToken();
    expect((await own.request('/clients?limit=1')).status).toBe(200);
  });

  test('a change of the name leaves its tokens alone', async () => {
    const { client, api: own } = await registerAdmin(admin, permissions);
    await own.request('/clients?limit=1');
    await patch(client.id, { name: 'Renamed', active: true });
    expect((await own.request('/clients?limit=1')).status).toBe(200);
  });

  test('a deleted client is gone, gets no token, and comes back as it was, but inactive', async () => {
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
    const path = `/clients/${client.id}`;
    const { body: before } = await admin.request(path);
    const { body: kept } = await admin.request<{ data: { id: string }[] }>(`${path}/secrets`);
    const { body: revoked } = await admin.request(`${path}/secrets`, { method: 'POST' });
    await admin.request(`${path}/secrets/${String(revoked['id'])}`, { method: 'DELETE' });

    expect((await admin.request(path, { method: 'DELETE' })).status).toBe(204);
    for (const [below, method] of [
      ['', 'GET'],
      ['', 'DELETE'],
      ['/secrets', 'GET'],
      ['/secrets', 'POST'],
      ['/regenerate', 'POST'],
    ] as const)
      expect((await admin.request(path + below, { method })).status).toBe(404);
    expect((await admin.request(path, { method: 'PATCH', body: {} })).status).toBe(404);
    const { body: found } = await admin.request(`/clients?q=${client.clientId}`);
    expect(found['data']).toEqual([]);
    expect(await requestToken(server, client)).toMatchObject(refused);

    // Among the deleted it is found, with the day until which it can come back.
    const { body: deleted } = await admin.request(`${path}?deleted=true`);
    const isDeleted = {
      ...before,
      active: false,
      updated_at: deleted['updated_at'],
      restorable_until: expect.any(String),
    };
    expect(deleted).toEqual(isDeleted);
    const { body: others } = await admin.request(`/clients?deleted=true&q=${client.clientId}`);
    expect(others['data']).toEqual([isDeleted]);
    const days = (Date.parse(String(deleted['restorable_until'])) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThan(30.1);

    const restored = await admin.request(`${path}/restore`, { method: 'POST' });
    expect(restored.body).toEqual({
      ...before,
      active: false,
      updated_at: restored.body['updated_at'],
    });
    expect((await admin.request(`${path}/restore`, { method: 'POST' })).status).toBe(404);
    expect((await admin.request(`${path}?deleted=true`)).status).toBe(404);
    const { body: left } = await admin.request(`/clients?deleted=true&q=${client.clientId}`);
    expect(left['data']).toEqual([]);
    expect(await requestToken(server, client)).toMatchObject(refused);
    await patch(client.id, { active: true });
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'a' });
    // What was revoked stays so.
    const withRevoked = {
      clientId: client.clientId,
      clientSecret: String(revoked['client_secret']),
    };
    expect(await requestToken(server, withRevoked)).toMatchObject(refused);
    expect(kept.data).toHaveLength(1);
  });

  //
  test('of two changes of what was read, the second is told to read again', async () => {
    const client = await admin.createClient([]);
    const path = `/clients/${client.id}`;
    const etag = (await admin.request(path)).headers.get('etag') ?? '';
    const headers = { 'if-match': etag };
    const answers = await Promise.all(
      ['One', 'Two'].map((name) =>
        admin.request(path, { method: 'PATCH', body: { name }, headers }),
      ),
    );
    expect(tallyStatuses(answers)).toEqual({ 200: 1, 412: 1 });
    const winner = answers.find(({ status }) => status === 200);
    expect((await admin.request(path)).body).toEqual(winner?.body);
    for (const stale of [etag, `W/${winner?.headers.get('etag')}`, '"0"', 'x']) {
      const late = await admin.request(path, { method: 'DELETE', headers: { 'if-match': stale } });
      expect({ stale, status: late.status, code: late.body['code'] }).toEqual({
        stale,
        status: 412,
        code: 'precondition_failed',
      });
    }
    const current = `"0", ${winner?.headers.get('etag')}`;
    expect(
      (await admin.request(path, { method: 'PATCH', body: {}, headers: { 'if-match': '*' } }))
        .status,
    ).toBe(200);
    const moved = await admin.request(path, { method: 'DELETE', headers: { 'if-match': current } });
    expect(moved.status).toBe(412);
    const last = (await admin.request(path)).headers.get('etag') ?? '';
    const gone = await admin.request(path, { method: 'DELETE', headers: { 'if-match': last } });
    expect(gone.status).toBe(204);
  });
});
