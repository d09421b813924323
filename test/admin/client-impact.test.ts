/** `/clients/{id}/impact`: what the confirmation of FEATURES 1.2 and 3.6 says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';

describeOnBothDatabases('impact', (server) => {
  const admin = new AdminApi(server);

  test('of a client that nothing used names its live secret, and nothing else', async () => {
    const client = await admin.createClient([]);
    const { status, body } = await admin.request(`/clients/${client.id}/impact`);
    expect(status).toBe(200);
    expect(body).toEqual({
      client: client.id,
      client_id: client.clientId,
      name: 'A client',
      active: true,
      from: expect.any(String),
      to: expect.any(String),
      last_used_at: null,
      tokens: 0,
      secrets: [
        {
          id: expect.stringMatching(/^secret_/),
          hint: expect.stringMatching(/^lks_…/),
          status: 'live',
          last_used_at: null,
          last_used_address: null,
          uses: 0,
          addresses: 0,
        },
      ],
      addresses: [],
      apis: [],
      complete: true,
    });
    const days = (Date.parse(String(body['to'])) - Date.parse(String(body['from']))) / 86_400_000;
    expect(days).toBe(30);
  });

  test('1.2 names each secret that was used, when and from where, and what for, to the moment', async () => {
    const api = await admin.createApi(['a', 'b']);
    const other = await admin.createApi(['c']);
    const client = await admin.createClient([
      { api: api.identifier, scopes: ['a', 'b'] },
      { api: other.identifier, scopes: ['c'] },
    ]);
    const path = `/clients/${client.id}`;
    const { body: second } = await admin.request(`${path}/secrets`, { method: 'POST' });
    const { body: unused } = await admin.request(`${path}/secrets`, { method: 'POST' });
    const newer = { ...client, clientSecret: String(second['client_secret']) };
    for (const [credential, parameters] of [
      [client, { resource: api.identifier }],
      [client, { resource: api.identifier, scope: 'a' }],
      [newer, { resource: other.identifier }],
    ] as const) {
      expect((await requestToken(server, credential, parameters)).status).toBe(200);
    }
    // Revoked, and named all the same: it was used.
    await admin.request(`${path}/secrets/${String(second['id'])}`, { method: 'DELETE' });

    const { body } = await admin.request<{
      tokens: number;
      last_used_at: string;
      secrets: { id: string }[];
      addresses: { secret: string }[];
      apis: object[];
    }>(`${path}/impact`);
    const address = expect.stringMatching(/^(::1|(::ffff:)?127\.0\.0\.1)$/);
    const secret = (uses: number, status: string) => ({
      id: expect.any(String),
      hint: expect.any(String),
      status,
      last_used_at: uses === 0 ? null : expect.any(String),
      last_used_address: uses === 0 ? null : address,
      uses,
      addresses: Math.min(uses, 1),
    });
    expect(body.secrets).toEqual([secret(0, 'live'), secret(1, 'revoked'), secret(2, 'live')]);
    expect(body.secrets.slice(0, 2).map(({ id }) => id)).toEqual([unused['id'], second['id']]);
    const original = body.secrets[2]?.id;
    expect(body.addresses.toSorted((one) => (one.secret === original ? -1 : 1))).toEqual(
      [
        { secret: original, uses: 2 },
        { secret: second['id'], uses: 1 },
      ].map((used) => ({
        ...used,
        address,
        secret_hint: expect.any(String),
        first_used_at: expect.any(String),
        last_used_at: expect.any(String),
      })),
    );
    expect(body.tokens).toBe(3);
    expect(body.apis).toEqual([
      {
        api: api.identifier,
        tokens: 2,
        scopes: [
          { scope: 'a', tokens: 2 },
          { scope: 'b', tokens: 1 },
        ],
      },
      { api: other.identifier, tokens: 1, scopes: [{ scope: 'c', tokens: 1 }] },
    ]);
    expect(body.last_used_at).not.toBeNull();
  });

  test('of one client says nothing of what others were used for', async () => {
    const [api, used] = [await admin.createApi(['a']), await admin.createApi(['a'])];
    const [one, other] = [
      await admin.createClient([{ api: used.identifier, scopes: ['a'] }]),
      await admin.createClient([{ api: api.identifier, scopes: ['a'] }]),
    ];
    expect((await requestToken(server, one)).status).toBe(200);
    const ofOne = await admin.request(`/clients/${one.id}/impact`);
    expect(ofOne.body).toMatchObject({ tokens: 1, addresses: [{ uses: 1 }] });
    const ofOther = await admin.request(`/clients/${other.id}/impact`);
    expect(ofOther.body).toMatchObject({ tokens: 0, last_used_at: null, addresses: [], apis: [] });
  });
});

describe('impact, later', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer({ databaseUrl: await createDatabase() });
  }, 120_000);
  afterAll(() => server.stop());

  test('what was used 31 days ago and not since breaks nothing', async () => {
    const admin = new AdminApi(server);
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }]);
    expect((await requestToken(server, client)).status).toBe(200);
    const impact = async () => (await admin.request(`/clients/${client.id}/impact`)).body;
    await server.moveClock(29 * 86_400_000);
    admin.forgetToken();
    expect(await impact()).toMatchObject({ tokens: 1, addresses: [{ uses: 1 }] });
    await server.moveClock(31 * 86_400_000);
    admin.forgetToken();
    expect(await impact()).toMatchObject({ tokens: 0, addresses: [], apis: [] });
  });
});
