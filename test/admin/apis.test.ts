/** `/apis`: contents and rules of APIs and scopes, and what the token endpoint makes of them. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
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
