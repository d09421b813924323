/** `/clients/{id}/secrets` and `/regenerate`: which secret authenticates when, with a clock that is moved. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { permissions, registerAdmin } from './admin-clients.ts';

const refused = {
  status: 401,
  body: { error: 'invalid_client', error_description: 'client authentication failed' },
};

interface Secret {
  id: string;
  hint: string;
  status: string;
  created_by: string;
  client_secret: string;
}

describe.each([
  ['PostgreSQL', true],
  ['embedded database', false],
])('client secrets (%s)', (_name, onPostgres) => {
  let server: ServerProcess;
  let admin: AdminApi;

  beforeAll(async () => {
    server = await startServer(onPostgres ? { databaseUrl: await createDatabase() } : {});
    admin = new AdminApi(server);
  });
  afterEach(() => moveTo(0));
  afterAll(() => server.stop());

  async function moveTo(seconds: number): Promise<void> {
    await server.moveClock(seconds * 1000);
    admin.forgetToken();
  }

  async function newClient(): Promise<RegisteredClient> {
    const api = await admin.createApi(['r']);
    return admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
  }

  const makeSecret = (client: RegisteredClient, body: object = {}) =>
    admin.request<Secret & Record<string, unknown>>(`/clients/${client.id}/secrets`, {
      method: 'POST',
      body,
    });
  const regenerate = (client: RegisteredClient, body: object = {}) =>
    admin.request(`/clients/${client.id}/regenerate`, { method: 'POST', body });

  async function listSecrets(client: RegisteredClient): Promise<Secret[]> {
    const { body } = await admin.request<{ data: Secret[] }>(`/clients/${client.id}/secrets`);
    return body.data;
  }

  /** For each secret whether it authenticates now. */
  async function tryEach(clientId: string, secrets: readonly string[]): Promise<boolean[]> {
    const answers = await Promise.all(
      secrets.map((clientSecret) => requestToken(server, { clientId, clientSecret })),
    );
    for (const answer of answers) if (answer.status !== 200) expect(answer).toMatchObject(refused);
    return answers.map(({ status }) => status === 200);
  }

  test('a new secret is shown once, by its hint ever after', async () => {
    const client = await newClient();
    const made = await admin.request(`/clients/${client.id}/secrets`, { method: 'POST' });
    expect(made.status).toBe(201);
    const secret = String(made.body['client_secret']);
    const listed = {
      id: expect.stringMatching(/^secret_[0-9A-Za-z]{22}$/),
      hint: `lks_…${secret.slice(-4)}`,
      status: 'live',
      created_at: expect.any(String),
      created_by: expect.stringMatching(/^client_/),
      expires_at: null,
      retires_at: null,
      retires_when_quiet_for_seconds: null,
      retirement_due_at: null,
      revoked_at: null,
      last_used_at: null,
      last_used_address: null,
    };
    expect(made.body).toEqual({ ...listed, client_secret: secret, client_secret_expires_at: 0 });
    const [newest, oldest, ...others] = await listSecrets(client);
    expect(newest).toEqual(listed);
    expect(oldest?.hint).toBe(`lks_…${client.clientSecret.slice(-4)}`);
    expect(others).toEqual([]);
    expect(await tryEach(client.clientId, [secret, client.clientSecret])).toEqual([true, true]);
  });

  test('a secret expires on its second, and says when beforehand', async () => {
    const client = await newClient();
    const { body } = await makeSecret(client, { expires_in_seconds: 600 });
    const expiresAt = Math.floor(Date.parse(String(body['expires_at'])) / 1000);
    expect(body['client_secret_expires_at']).toBe(expiresAt);
    const secrets = [body.client_secret, client.clientSecret];
    // A minute for a slow machine to ask.
    await moveTo(540);
    expect(await tryEach(client.clientId, secrets)).toEqual([true, true]);
    await moveTo(601);
    expect(await tryEach(client.clientId, secrets)).toEqual([false, true]);
    expect((await listSecrets(client)).map(({ status }) => status)).toEqual(['ended', 'live']);
  });

  test('five live at a time; what has expired or was revoked gives up its place', async () => {
    const client = await newClient();
    await makeSecret(client, { expires_in_seconds: 60 });
    for (let made = 2; made < 5; made += 1) expect((await makeSecret(client)).status).toBe(201);
    const sixth = await makeSecret(client);
    expect({ status: sixth.status, detail: sixth.body['detail'] }).toEqual({
      status: 409,
      detail: 'the client has 5 live secrets: revoke one first',
    });
    // With an overlap all five stay for a while, so there is no place for a sixth.
    expect((await regenerate(client, { overlap_seconds: 60 })).status).toBe(409);
    await moveTo(61);
    expect((await makeSecret(client)).status).toBe(201);
    expect((await makeSecret(client)).status).toBe(409);
    const [newest] = await listSecrets(client);
    await admin.request(`/clients/${client.id}/secrets/${newest?.id}`, { method: 'DELETE' });
    expect((await makeSecret(client)).status).toBe(201);
    expect((await makeSecret(client)).status).toBe(409);
    // All at once: every other one makes room.
    expect((await makeSecret(client, { retire_others_in_seconds: 0 })).status).toBe(201);
    expect((await listSecrets(client)).filter(({ status }) => status === 'live')).toHaveLength(1);
  });

  test('others retire when they are told to, except those that are kept', async () => {
    const client = await newClient();
    const second = await makeSecret(client);
    const third = await makeSecret(client, { retire_others_in_seconds: 300 });
    const secrets = [client.clientSecret, second.body.client_secret, third.body.client_secret];
    expect((await listSecrets(client)).map(({ status }) => status)).toEqual([
      'live',
      'retiring',
      'retiring',
    ]);
    const kept = await admin.request(`/clients/${client.id}/secrets/${second.body.id}/keep`, {
      method: 'POST',
    });
    expect(kept.body).toMatchObject({ id: second.body.id, status: 'live', retires_at: null });
    await moveTo(240);
    expect(await tryEach(client.clientId, secrets)).toEqual([true, true, true]);
    await moveTo(301);
    expect(await tryEach(client.clientId, secrets)).toEqual([false, true, true]);
    const first = (await listSecrets(client)).at(-1);
    expect(first?.status).toBe('ended');
    const late = await admin.request(`/clients/${client.id}/secrets/${first?.id}/keep`, {
      method: 'POST',
    });
    expect(late.status).toBe(409);
    expect(await tryEach(client.clientId, secrets)).toEqual([false, true, true]);
  });

  test('a retirement that comes later than another end does not put it off', async () => {
    const client = await newClient();
    const expiring = await makeSecret(client, { expires_in_seconds: 100 });
    await makeSecret(client, { retire_others_in_seconds: 50 });
    await makeSecret(client, { retire_others_in_seconds: 500 });
    await moveTo(51);
    expect(
      await tryEach(client.clientId, [client.clientSecret, expiring.body.client_secret]),
    ).toEqual([false, false]);
  });

  test('a revoked secret is refused at once, and its tokens with it unless they are to stay', async () => {
    for (const [query, tokensLive] of [
      ['', false],
      ['?revoke_tokens=true', false],
      ['?revoke_tokens=false', true],
    ] as const) {
      const { client } = await registerAdmin(admin, permissions);
      const { body: other } = await makeSecret(client);
      const byFirst = new AdminApi(server, client);
      const byOther = new AdminApi(server, { ...client, clientSecret: other.client_secret });
      await byFirst.request('/apis?limit=1');
      await byOther.request('/apis?limit=1');
      const path = `/clients/${client.id}/secrets/${other.id}${query}`;
      expect((await admin.request(path, { method: 'DELETE' })).status).toBe(204);
      expect((await admin.request(path, { method: 'DELETE' })).status).toBe(404);
      expect(await tryEach(client.clientId, [client.clientSecret, other.client_secret])).toEqual([
        true,
        false,
      ]);
      expect((await byOther.request('/apis?limit=1')).status).toBe(tokensLive ? 200 : 401);
      expect((await byFirst.request('/apis?limit=1')).status).toBe(200);
    }
  });

  test('a secret of one client cannot be reached through another', async () => {
    const [mine, other] = [await newClient(), await newClient()];
    const [secret] = await listSecrets(other);
    const path = `/clients/${mine.id}/secrets/${secret?.id}`;
    expect((await admin.request(path, { method: 'DELETE' })).status).toBe(404);
    expect((await admin.request(`${path}/keep`, { method: 'POST' })).status).toBe(404);
    expect(await tryEach(other.clientId, [other.clientSecret])).toEqual([true]);
  });

  test('regenerating exchanges the secret alone, at once, and ends the tokens of the old one', async () => {
    const { client } = await registerAdmin(admin, permissions);
    const own = new AdminApi(server, client);
    await own.request('/apis?limit=1');
    const { status, body } = await regenerate(client);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        client_id: client.clientId,
        client_secret: expect.stringMatching(/^lks_/),
        client_secret_expires_at: 0,
        old_credential_ends_at: null,
        warning:
          'The old credential has ended: give the new one to every integration that used it.',
      },
    });
    expect(
      await tryEach(client.clientId, [client.clientSecret, String(body['client_secret'])]),
    ).toEqual([false, true]);
    expect((await own.request('/apis?limit=1')).status).toBe(401);
  });

  test('regenerating the pair with an overlap: both ids authenticate, each with its own subject, until the old one ends', async () => {
    const client = await newClient();
    const { body } = await regenerate(client, { client_id: true, overlap_seconds: 300 });
    const next = {
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
    expect(next.clientId).not.toBe(client.clientId);
    expect(body['warning']).toContain('The subject (sub, client_id) of its access tokens changes');
    expect(Date.parse(String(body['old_credential_ends_at']))).toBeGreaterThan(
      Date.now() + 290_000,
    );
    for (const pair of [client, next]) {
      const token = await requestToken(server, pair);
      expect(decodeJwt(String(token.body['access_token']))).toMatchObject({
        sub: pair.clientId,
        client_id: pair.clientId,
      });
    }
    const { body: record } = await admin.request(`/clients/${client.id}`);
    expect(record).toMatchObject({ id: client.id, client_id: next.clientId });
    await moveTo(301);
    expect(await requestToken(server, client)).toMatchObject(refused);
    expect((await requestToken(server, next)).status).toBe(200);
    // The old id is gone with every secret.
    expect(await tryEach(client.clientId, [next.clientSecret])).toEqual([false]);
  });

  test('tokens of the old pair live on after the overlap, unless they were revoked', async () => {
    for (const [options, live] of [
      [{ overlap_seconds: 60 }, true],
      [{ overlap_seconds: 60, revoke_tokens: true }, false],
      [{ overlap_seconds: 0, revoke_tokens: false }, true],
      [{ overlap_seconds: 0 }, false],
    ] as const) {
      await moveTo(0);
      const { client } = await registerAdmin(admin, permissions);
      const own = new AdminApi(server, client);
      await own.request('/apis?limit=1');
      await regenerate(client, { client_id: true, ...options });
      await moveTo(61);
      const { status } = await own.request('/apis?limit=1');
      expect({ options, status }).toEqual({ options, status: live ? 200 : 401 });
    }
  });

  test('regenerating again at once ends every older pair, also those in an overlap', async () => {
    const client = await newClient();
    await regenerate(client, { client_id: true, overlap_seconds: 3600 });
    const { body } = await regenerate(client, { client_id: true });
    const next = {
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
    expect(await tryEach(next.clientId, [next.clientSecret])).toEqual([true]);
    expect(await tryEach(client.clientId, [client.clientSecret, next.clientSecret])).toEqual([
      false,
      false,
    ]);
  });

  test('a deleted client comes back for 30 days, and not a day longer', async () => {
    const [early, late] = [await newClient(), await newClient()];
    for (const { id } of [early, late]) await admin.request(`/clients/${id}`, { method: 'DELETE' });
    const restore = ({ id }: RegisteredClient) =>
      admin.request(`/clients/${id}/restore`, { method: 'POST' });
    await moveTo(30 * 86_400 - 60);
    expect((await restore(early)).status).toBe(200);
    await moveTo(30 * 86_400 + 60);
    expect((await restore(late)).status).toBe(404);
  });

  test.each([
    ['/secrets', { expires_in_seconds: 0 }],
    ['/secrets', { expires_in_seconds: -1 }],
    ['/secrets', { expires_in_seconds: 1.5 }],
    ['/secrets', { expires_in_seconds: 1e15 }],
    ['/secrets', { retire_others_in_seconds: -1 }],
    ['/regenerate', { overlap_seconds: -1 }],
    ['/regenerate', { overlap_seconds: 90 * 86_400 + 1 }],
    ['/regenerate', { client_id: 'lkc_0000000000000000000000' }],
  ])('refuses POST %s with %j', async (below, body) => {
    const client = await newClient();
    const answer = await admin.request(`/clients/${client.id}${below}`, { method: 'POST', body });
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({
      status: 400,
      code: 'invalid',
    });
  });
});
