/** What a hostile or broken sender puts into requests: stored verbatim, or 400, and never a 500. */
import { request as httpRequest } from 'node:http';
import { expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import type { ServerAddress } from '../support/server-process.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

interface RawAnswer {
  status: number;
  contentType: string | undefined;
  body: Record<string, unknown>;
}

/** Sends the path as it is: `fetch` would tidy it up first. */
async function sendRaw(
  server: ServerAddress,
  method: string,
  path: string,
  body = '',
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const token = await requestToken(server, server.operator, { resource: `${server.issuer}/api` });
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const request = httpRequest(
    server.issuer,
    {
      method,
      path,
      headers: {
        authorization: `Bearer ${String(token.body['access_token'])}`,
        'content-type': 'application/json',
        ...headers,
      },
    },
    (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const contentType = response.headers['content-type'];
        resolve({
          status: response.statusCode ?? 0,
          contentType,
          // Every answer of these routes is JSON; what is not fails here.
          body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
        });
      });
    },
  );
  request.on('error', reject);
  request.end(body);
  return promise;
}

describeOnBothDatabases('hostile input', (server) => {
  const admin = new AdminApi(server);
  const post = (body: string) => sendRaw(server, 'POST', '/api/v1/clients', body);

  //
  test.each([
    ['a prototype', '{"name":"x","__proto__":{"active":false}}'],
    ['a constructor', '{"name":"x","constructor":{"prototype":{"active":false}}}'],
    ['toString', '{"name":"x","toString":"y"}'],
    ['a name given twice', '{"name":"x","name":"y"}'],
    ['a name given twice, once in escapes', '{"name":"x","n\\u0061me":"y"}'],
    [
      'a name given twice, deeper down',
      '{"name":"x","grants":[{"api":"https://a","scopes":["b"],"api":"https://c"}]}',
    ],
    ['nesting a hundred deep', `{"name":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['nesting a hundred thousand deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['objects a hundred deep', `${'{"name":'.repeat(100)}1${'}'.repeat(100)}`],
    ['nesting that never ends', '[{"name":'.repeat(20_000)],
    ['strings that never end', '"\\"'.repeat(60_000)],
    ['a number beyond all numbers', '{"name":"x","access_token_lifetime_seconds":1e400}'],
    ['minus zero', '{"name":"x","access_token_lifetime_seconds":-0}'],
    ['NaN', '{"name":"x","access_token_lifetime_seconds":NaN}'],
    ['2^53+1', '{"name":"x","access_token_lifetime_seconds":9007199254740993}'],
    ['a fraction', '{"name":"x","access_token_lifetime_seconds":60.5}'],
    ['a trailing comma', '{"name":"x",}'],
    ['a comment', '{"name":"x"/**/}'],
    ['two documents', '{"name":"x"}{"name":"y"}'],
    ['a byte order mark', '\ufeff{"name":"x"}'],
    ['nothing', ''],
  ])('refuses a body with %s', async (_what, body) => {
    const answer = await post(body);
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({
      status: 400,
      code: 'invalid',
    });
    expect(answer.contentType).toMatch(/^application\/problem\+json/);
    //
    expect(JSON.stringify(answer.body)).not.toMatch(/ at |\.ts|SELECT|INSERT|node_modules|zod/i);
  });

  test('nesting is refused for what it is, and brackets in a string are none', async () => {
    const refused = await post(`{"name":"x","grants":${'['.repeat(20)}${']'.repeat(20)}}`);
    expect(refused.body['detail']).toBe('the body is nested deeper than 20 levels');
    const name = `${'['.repeat(100)}\\"${'{'.repeat(50)}`;
    const kept = await post(JSON.stringify({ name }));
    expect([kept.status, kept.body['name']]).toEqual([201, name]);
  });

  const long = 'k'.repeat(100_000);
  test.each([
    ['a name as long as the request', JSON.stringify({ name: 'x', [long]: 1 })],
    ['a long name twice', `{"${long}":1,"${long.replace('k', '\\u006b')}":2}`],
    [
      'tens of thousands of names',
      JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, 1]))),
    ],
    ['many faults', JSON.stringify({ name: 'x', grants: Array.from({ length: 50_000 }, () => 1) })],
  ])('answers %s with few words', async (_what, body) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body).length).toBeLessThan(20_000);
    expect(String(answer.body['detail']).length).toBeLessThan(2_100);
  });

  test('a name is repeated also when an object stands between', async () => {
    const { status, body } = await post('{"name":"x","grants":[{"api":"a"}],"name":"y"}');
    expect([status, body['detail']]).toEqual([400, 'the body names "name" twice: name it once']);
  });

  test('names that differ, and repeat only in another object, are no repetition', async () => {
    const api = await admin.createApi(['a', 'b']);
    const other = await admin.createApi(['a']);
    const answer = await post(
      `{"name":"{\\"name\\":1,\\"name\\":2}","description":"a:b, \\\\","grants":[
        {"api":"${api.identifier}","scopes":["a","b"]},{"api":"${other.identifier}","scopes":["a"]}]}`,
    );
    expect(answer.status).toBe(201);
    expect(answer.body['name']).toBe('{"name":1,"name":2}');
  });

  //
  test.each([
    ['id', 'client_0000000000000000000000'],
    ['client_record_id', 'client_0000000000000000000000'],
    ['organization_id', 'org_0000000000000000000000'],
    ['created_at', '2020-01-01T00:00:00Z'],
    ['updated_at', '2020-01-01T00:00:00Z'],
    ['deleted_at', null],
    ['last_used_at', '2020-01-01T00:00:00Z'],
    ['version', 1],
    ['cutoff_version', 0],
    ['cutoffVersion', 0],
    ['secret_digest', '00'],
    ['role', 'operator'],
    ['permissions', ['instance:operate']],
    ['built_in', true],
  ])('refuses the column %s in every body', async (column, value) => {
    const client = await admin.createClient([]);
    const api = await admin.createApi([]);
    const before = await admin.request(`/clients/${client.id}`);
    for (const [method, path, body] of [
      ['POST', '/clients', { name: 'x' }],
      ['PATCH', `/clients/${client.id}`, { name: 'x' }],
      ['POST', '/apis', { identifier: `https://never.example.com`, name: 'x' }],
      ['PATCH', `/apis/${api.id}`, { name: 'x' }],
      ['POST', '/revocations', { client: client.id }],
    ] as const) {
      const answer = await admin.request(path, { method, body: { ...body, [column]: value } });
      expect({ path, status: answer.status, errors: answer.body['errors'] }).toEqual({
        path,
        status: 400,
        errors: [{ pointer: '', detail: `Unrecognized key: "${column}"` }],
      });
    }
    const after = await admin.request(`/clients/${client.id}`);
    expect(after.body).toEqual(before.body);
    expect(after.headers.get('etag')).toBe(before.headers.get('etag'));
  });

  //
  test.each([
    ['one character', 'x'],
    ['200 characters', 'x'.repeat(200)],
    ['a right-to-left override', 'shop\u202Egpj.exe'],
    ['emoji', '👩‍🚀 shop'],
    ['markup', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['a formula', '=cmd|"/c calc"!A1'],
    ['SQL', "Robert'); DROP TABLE clients;--"],
    ['templates', '/ .. {{ 7*7 }} ${7*7} <%= 7 %> #{7}'],
    ['combining characters', 'Zoe\u0308 and Zoë'],
  ])('stores a name of %s as it came', async (_what, name) => {
    const { status, body } = await admin.request('/clients', {
      method: 'POST',
      body: { name, description: `${name}\r\n${name}`.slice(0, 2000) },
    });
    expect({ status, name: body['name'] }).toEqual({ status: 201, name });
    const read = await admin.request(`/clients/${String(body['id'])}`);
    expect(read.body).toMatchObject({ name, description: `${name}\r\n${name}`.slice(0, 2000) });
  });

  //
  test.each([
    ['empty', 'name', ''],
    ['blank', 'name', ' \u00a0 '],
    ['of 201 characters', 'name', 'x'.repeat(201)],
    ['with a NUL', 'name', 'a\0b'],
    ['with a line break', 'name', 'a\r\nb'],
    ['with a lone surrogate', 'name', 'a\ud800b'],
    ['with an escape character', 'name', 'a\u001b[31m'],
    ['of 2,001 characters', 'description', 'x'.repeat(2001)],
    ['with a NUL', 'description', 'a\0b'],
    ['with a lone surrogate', 'description', '\udc00'],
  ])('refuses a text %s as %s', async (_what, field, text) => {
    const { status, body } = await admin.request('/clients', {
      method: 'POST',
      body: { name: 'x', [field]: text },
    });
    expect({ status, pointer: (body['errors'] as { pointer: string }[])[0]?.pointer }).toEqual({
      status: 400,
      pointer: `/${field}`,
    });
  });

  //
  test.each([
    ['/grants', 'https://x.example.com'],
    ['/grants/0', ['https://x.example.com']],
    ['/grants/0', [null]],
    ['/grants/0/api', [{ api: { $ne: null }, scopes: ['a'] }]],
    ['/grants/0/api', [{ api: ['https://x.example.com'], scopes: ['a'] }]],
    ['/grants/0/scopes', [{ api: 'https://x.example.com', scopes: 'a' }]],
    ['/grants/0/scopes/0', [{ api: 'https://x.example.com', scopes: [{ a: 1 }] }]],
    ['/grants/0/default', [{ api: 'https://x.example.com', scopes: ['a'], default: 'yes' }]],
  ])('names %s when grants are %j', async (pointer, grants) => {
    const { status, body } = await admin.request('/clients', {
      method: 'POST',
      body: { name: 'x', grants },
    });
    expect(status).toBe(400);
    expect((body['errors'] as { pointer: string }[]).map((fault) => fault.pointer)).toContain(
      pointer,
    );
  });

  test('refuses what is not UTF-8, compressed, or too large', async () => {
    const latin1 = Buffer.from('{"name":"caf\u00e9"}', 'latin1').toString('latin1');
    const token = await requestToken(server, server.operator, { resource: `${server.issuer}/api` });
    const headers = {
      authorization: `Bearer ${String(token.body['access_token'])}`,
      'content-type': 'application/json',
    };
    const send = async (body: Buffer, more: Record<string, string> = {}) =>
      (
        await fetch(`${server.issuer}/api/v1/clients`, {
          method: 'POST',
          headers: { ...headers, ...more },
          // Bytes as they are, in a body that fetch knows.
          body: new Uint8Array(body),
        })
      ).status;
    expect(await send(Buffer.from(latin1, 'latin1'))).toBe(400);
    expect(await send(Buffer.from('{"name":"x"}'), { 'content-encoding': 'gzip' })).toBe(415);
    expect(await send(Buffer.from(`{"name":"${'x'.repeat(262_144)}"}`))).toBe(413);
  });

  //
  test('a path that is not exactly one of ours is nothing', async () => {
    const { id } = await admin.createClient([]);
    for (const path of [
      `/api/v1/clients/../clients/${id}`,
      `/api/v1/clients/%2e%2e/clients/${id}`,
      `/api/v1/clients/${id}/`,
      `/api/v1//clients/${id}`,
      `/api/v1/clients/${id};a=b`,
      `/api/v1/Clients/${id}`,
      `/API/v1/clients/${id}`,
      `/api/v1/clients%2f${id}`,
      `/api/v1/clients/${id}%00`,
      `/api/v1/clients/${id}%zz`,
      `/api/v1/clients/${id.toLowerCase()}x`,
      `/api/v2/clients/${id}`,
      '/api/v1',
      '/api/v1/',
      '/api/v1/nowhere',
    ]) {
      const { status, body } = await sendRaw(server, 'GET', path);
      expect({ path, status, code: body['code'] }).toEqual({
        path,
        status: 404,
        code: 'not_found',
      });
    }
  });

  //
  test('the method is the one of the request line, whatever headers or parameters say', async () => {
    const { id } = await admin.createClient([]);
    const path = `/api/v1/clients/${id}`;
    const overridden = await sendRaw(server, 'GET', path, '', {
      'x-http-method-override': 'DELETE',
      'x-method-override': 'DELETE',
    });
    expect(overridden.status).toBe(200);
    expect((await sendRaw(server, 'GET', `${path}?_method=DELETE`)).status).toBe(400);
    expect((await admin.request(`/clients/${id}`)).status).toBe(200);
  });

  //
  test('reading changes nothing', async () => {
    const latest = () => admin.request<{ data: { id: string }[] }>('/audit-events?limit=1');
    const { id } = await admin.createClient([]);
    const before = await admin.request(`/clients/${id}`);
    for (const path of ['', '/secrets', '/restore', '/regenerate'])
      await sendRaw(server, 'HEAD', `/api/v1/clients/${id}${path}`);
    expect((await admin.request(`/clients/${id}`)).headers.get('etag')).toBe(
      before.headers.get('etag'),
    );
    expect((await latest()).status).toBe(200);
  });
});
