/** `/apis`: contents and rules of APIs and scopes, and what the token endpoint makes of them. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { registerAdmin } from './admin-clients.ts';
import { tallyStatuses } from './status-tally.ts';

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describeOnBothDatabases('APIs', (server) => {
  const admin = new AdminApi(server);
  const newIdentifier = () => `https://${randomBytes(6).toString('hex')}.example.com/v1?a=b`;
  const create = (body: object) => admin.request('/apis', { method: 'POST', body });
  const patch = (id: string, body: object) =>
    admin.request(`/apis/${id}`, { method: 'PATCH', body });

  test('is made with what was sent and with defaults for the rest, and read back the same', async () => {
    const identifier = newIdentifier();
    const made = await create({ identifier, name: 'Orders' });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      id: expect.stringMatching(/^api_[0-9A-Za-z]{22}$/),
      identifier,
      name: 'Orders',
      organization: null,
      scopes: [],
      access_token_lifetime_seconds: 3600,
      signing_alg: 'ES256',
      token_typ: 'at+jwt',
      introspection_clients: [],
      built_in: false,
      created_at: expect.stringMatching(timestamp),
      updated_at: expect.stringMatching(timestamp),
    });
    const read = await admin.request(`/apis/${String(made.body['id'])}`);
    expect(read.body).toEqual(made.body);
    expect(read.headers.get('etag')).toBe(made.headers.get('etag'));
  });

  test('keeps every field that is set, and its tokens obey them', async () => {
    const client = await admin.createClient([]);
    const body = {
      identifier: newIdentifier(),
      name: 'Orders',
      scopes: [
        { value: 'orders:write', description: 'Change orders' },
        { value: 'orders:read', description: '' },
      ],
      access_token_lifetime_seconds: 120,
      signing_alg: 'RS256',
      token_typ: 'JWT',
    };
    const made = await create({ ...body, introspection_clients: [client.clientId, client.id] });
    expect(made.body).toMatchObject({ ...body, introspection_clients: [client.id] });
    await admin.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { grants: [{ api: body.identifier, scopes: ['orders:read', 'orders:write'] }] },
    });
    const token = await requestToken(server, client);
    expect(token.body).toMatchObject({ expires_in: 120, scope: 'orders:write orders:read' });
    const jwt = String(token.body['access_token']);
    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    expect(decodeJwt(jwt)).toMatchObject({ aud: body.identifier });

    const id = String(made.body['id']);
    const changed = {
      access_token_lifetime_seconds: 60,
      signing_alg: 'PS256',
      token_typ: 'at+jwt',
    };
    expect((await patch(id, changed)).body).toMatchObject({ ...body, ...changed });
    const next = await requestToken(server, client);
    expect(next.body).toMatchObject({ expires_in: 60 });
    expect(decodeProtectedHeader(String(next.body['access_token']))).toMatchObject({
      alg: 'PS256',
      typ: 'at+jwt',
    });
  });

  test('PATCH replaces the fields it names and no other', async () => {
    const { body: before } = await create({
      identifier: newIdentifier(),
      name: 'Before',
      scopes: [{ value: 'r', description: 'Read' }],
      token_typ: 'JWT',
    });
    const { body: after } = await patch(String(before['id']), { name: 'After' });
    expect(after).toEqual({ ...before, name: 'After', updated_at: after['updated_at'] });
    expect((await patch(String(before['id']), { scopes: [] })).body).toMatchObject({ scopes: [] });
  });

  test.each([
    ['with a fragment', () => `${newIdentifier()}#part`],
    ['with an empty fragment', () => `${newIdentifier()}#`],
    ['that is relative', () => '/orders'],
    ['that is only a word', () => 'orders'],
    ['with a space', () => 'https://orders.example.com/a b'],
    ['with a control character', () => 'https://orders.example.com/\u0007'],
    ['that is not ASCII', () => 'https://órders.example.com'],
    ['that is empty', () => ''],
    ['that is too long', () => `https://orders.example.com/${'a'.repeat(500)}`],
    ['that is our own', () => server.issuer],
    ['that lies below our own', () => `${server.issuer}/orders`],
    ['that is the admin API', () => `${server.issuer}/api`],
    // P-144
    ['that is the admin API in capitals', () => `${server.issuer}/api`.toUpperCase()],
    ['that is our own with a name before it', () => server.issuer.replace('://', '://orders@')],
    ['that is our own with a query', () => `${server.issuer}?orders`],
  ])('refuses an identifier %s', async (_what, identifier) => {
    const { status, body } = await create({ identifier: identifier(), name: 'x' });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid' });
    expect(body['errors']).toContainEqual({
      pointer: '/identifier',
      detail: expect.any(String),
    });
  });

  test.each(['urn:example:orders', 'api://orders', 'https://orders.example.com/a%20b?c=d'])(
    'keeps the identifier %s as it is written',
    async (prefix) => {
      const identifier = `${prefix}/${randomBytes(6).toString('hex')}`;
      expect((await create({ identifier, name: 'x' })).body).toMatchObject({ identifier });
    },
  );

  // A-30
  test('an identifier is never used again, not even after its API was deleted', async () => {
    const identifier = newIdentifier();
    const { body } = await create({ identifier, name: 'x' });
    const taken = {
      status: 409,
      errors: [
        {
          pointer: '/identifier',
          detail: 'identifier is taken, or was: an identifier is never used again',
        },
      ],
    };
    const again = await create({ identifier, name: 'y' });
    expect({ status: again.status, errors: again.body['errors'] }).toEqual(taken);
    await admin.request(`/apis/${String(body['id'])}`, { method: 'DELETE' });
    const reused = await create({ identifier, name: 'y' });
    expect({ status: reused.status, errors: reused.body['errors'] }).toEqual(taken);
    expect((await create({ identifier: `${identifier}/`, name: 'y' })).status).toBe(201);
  });

  // A-02: that it is taken cannot be hidden, by whom can.
  test('a taken identifier says nothing of who has it, or had it', async () => {
    const [mine, theirs] = [await admin.createOrganization(), await admin.createOrganization()];
    const mayMakeApis = ['apis:read', 'apis:write'] as const;
    const { api: me } = await registerAdmin(admin, mayMakeApis, { organization: mine });
    const make = async (body: object): Promise<string> => {
      const identifier = newIdentifier();
      expect((await create({ identifier, name: 'x', ...body })).status).toBe(201);
      return identifier;
    };
    const deleted = newIdentifier();
    const { body } = await create({ identifier: deleted, name: 'x', organization: theirs });
    await admin.request(`/apis/${String(body['id'])}`, { method: 'DELETE' });
    const taken = {
      'my own': await make({ organization: mine }),
      "another organization's": await make({ organization: theirs }),
      "the instance's": await make({}),
      'a deleted one': deleted,
    };
    const answers: Record<string, unknown> = {};
    for (const [whose, identifier] of Object.entries(taken)) {
      const answer = await me.request('/apis', { method: 'POST', body: { identifier, name: 'y' } });
      answers[whose] = { status: answer.status, body: { ...answer.body, request_id: '' } };
    }
    const detail = 'identifier is taken, or was: an identifier is never used again';
    const same = {
      status: 409,
      body: {
        type: 'urn:latchkey:problem:conflict',
        title: 'Conflict with the current state',
        status: 409,
        detail,
        code: 'conflict',
        request_id: '',
        errors: [{ pointer: '/identifier', detail }],
      },
    };
    expect(answers).toEqual(Object.fromEntries(Object.keys(taken).map((whose) => [whose, same])));
  });

  test('of many that want one identifier at once, one gets it', async () => {
    const identifier = newIdentifier();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => create({ identifier, name: 'x' })),
    );
    expect(tallyStatuses(answers)).toEqual({ 201: 1, 409: 7 });
  });

  test.each([
    ['an empty value', [{ value: '' }]],
    ['a value with a space', [{ value: 'a b' }]],
    ['a value with a quote', [{ value: 'a"b' }]],
    ['a value with a backslash', [{ value: 'a\\b' }]],
    ['a value of 129 characters', [{ value: 'a'.repeat(129) }]],
    ['one value twice', [{ value: 'a' }, { value: 'a' }]],
    ['201 of them', Array.from({ length: 201 }, (_, index) => ({ value: `s${index}` }))],
    [
      'more than a token can carry',
      Array.from({ length: 40 }, (_, index) => ({ value: `${index}`.padEnd(128, 'a') })),
    ],
    ['an unknown field', [{ value: 'a', secret: true }]],
    ['a number', [7]],
  ])('refuses scopes with %s', async (_what, scopes) => {
    const { status, body } = await create({ identifier: newIdentifier(), name: 'x', scopes });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'invalid' });
    expect(JSON.stringify(body['errors'])).toContain('/scopes');
  });

  test('a scope that is removed leaves every grant with it, and the next token obeys', async () => {
    const api = await admin.createApi(['a', 'b']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a', 'b'] }]);
    await patch(api.id, { scopes: [{ value: 'a' }, { value: 'c' }] });
    const { body } = await admin.request(`/clients/${client.id}`);
    expect(body['grants']).toEqual([{ api: api.identifier, scopes: ['a'], default: true }]);
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'a' });
    expect(await requestToken(server, client, { scope: 'b' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
    // It comes back to the API, but to nobody's grant.
    await patch(api.id, { scopes: [{ value: 'a' }, { value: 'b' }] });
    expect((await requestToken(server, client)).body).toMatchObject({ scope: 'a' });
  });

  test('a scope that is removed gives its holders a new ETag, and the audit event names them', async () => {
    const api = await admin.createApi(['a', 'b']);
    const grants = (...scopes: string[]) => [{ api: api.identifier, scopes }];
    const both = await admin.createClient(grants('a', 'b'), { name: 'Both' });
    const spared = await admin.createClient(grants('a'));
    const deleted = await admin.createClient(grants('b'));
    await admin.request(`/clients/${deleted.id}`, { method: 'DELETE' });
    const read = async (id: string) => admin.request(`/clients/${id}`);
    const before = { both: await read(both.id), spared: await read(spared.id) };
    await patch(api.id, { scopes: [{ value: 'a' }] });

    const overwrite = await admin.request(`/clients/${both.id}`, {
      method: 'PATCH',
      body: { description: 'what I have read is not what is there' },
      headers: { 'if-match': before.both.headers.get('etag') ?? '' },
    });
    expect(overwrite.status).toBe(412);
    const after = await read(both.id);
    expect(after.body['updated_at']).not.toBe(before.both.body['updated_at']);
    const sparedAfter = await read(spared.id);
    expect(sparedAfter.headers.get('etag')).toBe(before.spared.headers.get('etag'));

    const { body } = await admin.request<{ data: { details: Record<string, unknown> }[] }>(
      `/audit-events?target=${api.id}&action=api.updated`,
    );
    expect(body.data[0]?.details['clients_that_lost_scopes']).toEqual({
      count: 1,
      clients: [{ id: both.id, name: 'Both', scopes: ['b'] }],
    });
  });

  test('of many clients that lose a scope the audit event names fifty, and counts all', async () => {
    const api = await admin.createApi(['a']);
    const grants = [{ api: api.identifier, scopes: ['a'] }];
    for (let n = 0; n < 51; n += 1) await admin.createClient(grants);
    await patch(api.id, { scopes: [] });
    const { body } = await admin.request<{
      data: { details: { clients_that_lost_scopes: { count: number; clients: unknown[] } } }[];
    }>(`/audit-events?target=${api.id}&action=api.updated`);
    const lost = body.data[0]?.details.clients_that_lost_scopes;
    expect({ count: lost?.count, named: lost?.clients.length }).toEqual({ count: 51, named: 50 });
  });

  test('a grant that has lost its last scope gets nothing, and can be sent back as it was read', async () => {
    const api = await admin.createApi(['a']);
    const other = await admin.createApi(['b']);
    const grants = [
      { api: api.identifier, scopes: ['a'], default: true },
      { api: other.identifier, scopes: ['b'], default: false },
    ];
    const client = await admin.createClient(grants);
    await patch(api.id, { scopes: [] });
    const path = `/clients/${client.id}`;
    const { body: read } = await admin.request(path);
    expect(read['grants']).toEqual([{ ...grants[0], scopes: [] }, grants[1]]);
    // Not a token for the other API, which it never asked for.
    expect(await requestToken(server, client)).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    });
    const update = (sent: unknown) =>
      admin.request(path, { method: 'PATCH', body: { grants: sent } });
    expect((await update(read['grants'])).body).toMatchObject({ grants: read['grants'] });
  });

  test('cannot be deleted while it is granted, and says to whom', async () => {
    const api = await admin.createApi(['r']);
    const grants = [{ api: api.identifier, scopes: ['r'] }];
    const holder = await admin.createClient(grants, { name: 'Holder' });
    const inactive = await admin.createClient(grants, { name: 'Inactive', active: false });
    const deleted = await admin.createClient(grants);
    await admin.request(`/clients/${deleted.id}`, { method: 'DELETE' });
    const refused = await admin.request(`/apis/${api.id}`, { method: 'DELETE' });
    expect({ status: refused.status, code: refused.body['code'] }).toEqual({
      status: 409,
      code: 'conflict',
    });
    const byName = (refused.body['clients'] as { name: string }[]).toSorted((one, other) =>
      one.name.localeCompare(other.name),
    );
    expect(byName).toEqual([
      { id: holder.id, name: 'Holder' },
      { id: inactive.id, name: 'Inactive' },
    ]);
    for (const { id } of [holder, inactive])
      await admin.request(`/clients/${id}`, { method: 'PATCH', body: { grants: [] } });
    expect((await admin.request(`/apis/${api.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await admin.request(`/apis/${api.id}`)).status).toBe(404);
    expect((await admin.request(`/apis/${api.id}`, { method: 'DELETE' })).status).toBe(404);
    // Whoever comes back does so without it.
    const restored = await admin.request(`/clients/${deleted.id}/restore`, { method: 'POST' });
    expect(restored.body).toMatchObject({ grants: [], active: false });
  });

  test('the built-in admin API is there to be granted, and not to be changed', async () => {
    const { body } = await admin.request<{ data: { id: string; built_in: boolean }[] }>(
      `/apis?q=${encodeURIComponent(`${server.issuer}/api`)}`,
    );
    const builtIn = body.data.find((api) => api.built_in);
    for (const options of [{ method: 'PATCH', body: { name: 'x' } }, { method: 'DELETE' }]) {
      const answer = await admin.request(`/apis/${builtIn?.id}`, options);
      expect({ status: answer.status, code: answer.body['code'] }).toEqual({
        status: 403,
        code: 'forbidden',
      });
    }
  });

  test('an introspection client must exist', async () => {
    const client = await admin.createClient([]);
    await admin.request(`/clients/${client.id}`, { method: 'DELETE' });
    for (const reference of [client.id, client.clientId, 'lkc_nobody']) {
      const { status, body } = await create({
        identifier: newIdentifier(),
        name: 'x',
        introspection_clients: [reference],
      });
      expect({ status, errors: body['errors'] }).toEqual({
        status: 400,
        errors: [
          {
            pointer: '/introspection_clients/0',
            detail: 'there is no such client: name its record id or client_id',
          },
        ],
      });
    }
  });
});
