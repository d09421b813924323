/** POST /oauth2/revoke: a client gives back its own tokens, and nobody else's. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { headerOf } from '../support/raw-http.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { testQuestionSyntax } from './question-syntax.ts';
import { formatBasic } from './token-cases.ts';
import {
  ask,
  expectError,
  expectRevoked,
  idOf,
  isActive,
  issueToken,
  revocationPath,
  revoke,
} from './token-questions.ts';

const revokedTokensMax = 200;

describeOnBothDatabases('revocation', (server) => {
  const admin = new AdminApi(server);
  let orders: string;
  let client: RegisteredClient;
  let other: RegisteredClient;
  beforeAll(async () => {
    orders = (await admin.createApi(['read'])).identifier;
    client = await newClient();
    other = await newClient();
  });

  const newClient = () => admin.createClient([{ api: orders, scopes: ['read'] }]);

  async function listEvents(token: string): Promise<Record<string, unknown>[]> {
    const { body } = await admin.request<{ data: Record<string, unknown>[] }>(
      `/audit-events?target=${idOf(token)}`,
    );
    return body.data;
  }

  let spare: string;
  beforeAll(async () => {
    spare = await issueToken(server, other);
  });
  testQuestionSyntax(revocationPath, () => ({ server, caller: other, token: spare }));
  test('none of the requests above has revoked it', async () => {
    expect(await isActive(server, other, spare)).toBe(true);
  });

  // P-259
  test('the client a token was issued to revokes it, and no other token of its', async () => {
    const [token, sibling] = [await issueToken(server, client), await issueToken(server, client)];
    expect(await isActive(server, client, token)).toBe(true);
    expectRevoked(await revoke(server, client, token));
    expect(await isActive(server, client, token)).toBe(false);
    expect(await isActive(server, client, sibling)).toBe(true);
  });

  test('with credentials in the body, and whatever hint', async () => {
    for (const hint of ['access_token', 'refresh_token', 'made_up']) {
      const token = await issueToken(server, client);
      const { clientId, clientSecret } = client;
      const body = `token=${token}&token_type_hint=${hint}&client_id=${clientId}&client_secret=${clientSecret}`;
      expectRevoked(await ask(server, revocationPath, { body }));
      expect(await isActive(server, client, token)).toBe(false);
    }
  });

  test('under its next client_id: a token belongs to the record', async () => {
    const renamed = await newClient();
    const token = await issueToken(server, renamed);
    const { body } = await admin.request(`/clients/${renamed.id}/regenerate`, {
      method: 'POST',
      body: { client_id: true, overlap_seconds: 600 },
    });
    const next = {
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
    expect(await isActive(server, next, token)).toBe(true);
    expectRevoked(await revoke(server, next, token));
    expect(await isActive(server, next, token)).toBe(false);
  });

  test('leaves one audit event, by the client itself', async () => {
    const token = await issueToken(server, client);
    const answer = await revoke(server, client, token);
    const events = await listEvents(token);
    expect(events).toEqual([
      {
        sequence: expect.any(Number),
        id: expect.stringMatching(/^event_/),
        occurred_at: expect.any(String),
        action: 'access_token.revoked',
        actor: { type: 'client', id: client.id, name: client.clientId },
        target: { type: 'access_token', id: idOf(token) },
        credential: {
          type: 'client_secret',
          id: expect.stringMatching(/^secret_/),
          token: null,
        },
        organization: expect.stringMatching(/^org_/),
        location: null,
        details: { client: client.id, expires_at: expect.stringMatching(/\.000Z$/) },
        request_id: headerOf(answer, 'x-request-id'),
        address: expect.stringMatching(/127\.0\.0\.1$/),
        // the program that is used here says nothing of itself.
        user_agent: null,
      },
    ]);
    expect(JSON.stringify(events)).not.toContain(token.split('.')[2]);
  });

  // P-267
  test('twice is as good as once, also at the same time, and leaves one audit event', async () => {
    const token = await issueToken(server, client);
    for (const answer of await Promise.all(
      Array.from({ length: 8 }, () => revoke(server, client, token)),
    )) {
      expectRevoked(answer);
    }
    expectRevoked(await revoke(server, client, token));
    expect(await listEvents(token)).toHaveLength(1);
    expect(await isActive(server, client, token)).toBe(false);
  });

  // P-260
  test.each<[string, (token: string) => string]>([
    ['garbage', () => 'garbage'],
    ['an empty JWT', () => '..'],
    ['a refresh token of somebody else', () => '8xLOxBtZp8'],
    ['a token with a foreign signature', (token) => `${token.slice(0, -86)}${'A'.repeat(86)}`],
    ['a token that is not signed', (token) => token.slice(0, token.lastIndexOf('.') + 1)],
  ])('%s is as good as revoked', async (_what, makeToken) => {
    const token = await issueToken(server, client);
    const before = await readLastSequence(admin);
    expectRevoked(await revoke(server, client, makeToken(token)));
    expect(await readLastSequence(admin)).toBe(before);
    expect(await isActive(server, client, token)).toBe(true);
  });

  test('a token that was taken back otherwise leaves no event of its own', async () => {
    const own = await newClient();
    const token = await issueToken(server, own);
    await admin.request('/revocations', { method: 'POST', body: { client: own.id } });
    expectRevoked(await revoke(server, own, token));
    expect(await listEvents(token)).toEqual([]);
  });

  // P-261
  test('the token of another client is refused, and stays active', async () => {
    const token = await issueToken(server, client);
    for (const stranger of [other, server.operator]) {
      expectError(
        await revoke(server, stranger, token),
        400,
        'unauthorized_client',
        'the token was issued to another client, which alone may revoke it here',
      );
    }
    expect(await isActive(server, client, token)).toBe(true);
    expect(await listEvents(token)).toEqual([]);
    // No news of whether it still counts, either.
    expectRevoked(await revoke(server, client, token));
    expect((await revoke(server, other, token)).status).toBe(400);
  });

  // P-264
  test('a revoked token opens nothing of the admin API, and another of its client does', async () => {
    const resource = `${server.issuer}/api`;
    const reader = await admin.createClient([{ api: resource, scopes: ['clients:read'] }]);
    const [token, sibling] = [
      await issueToken(server, reader, { resource }),
      await issueToken(server, reader, { resource }),
    ];
    const callWith = async (bearer: string) =>
      fetch(`${server.issuer}/api/v1/clients`, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await callWith(token)).status).toBe(200);
    expectRevoked(await revoke(server, reader, token));
    const refused = await callWith(token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer realm="${resource}", error="invalid_token"`,
    );
    expect((await callWith(sibling)).status).toBe(200);
    // A token is nobody's credential, either.
    expect(
      (await ask(server, revocationPath, { authorization: `Bearer ${token}`, body: 'token=x' }))
        .status,
    ).toBe(401);
  });

  describe('of very many tokens', () => {
    test(`is refused beyond ${revokedTokensMax} that have not expired, with the advice to revoke them all`, async () => {
      const busy = await newClient();
      const tokens: string[] = [];
      while (tokens.length <= revokedTokensMax) tokens.push(await issueToken(server, busy));
      const [first = '', last = '', ...others] = tokens;
      expectRevoked(await revoke(server, busy, first));
      // They wait for each other, each only as long as it may: few at a time, for a slow machine.
      while (others.length > 0) {
        const some = others.splice(0, 4).map((token) => revoke(server, busy, token));
        for (const answer of await Promise.all(some)) expectRevoked(answer);
      }

      const before = await readLastSequence(admin);
      const answer = await revoke429(busy, last);
      expect(answer.error).toBe('temporarily_unavailable');
      expect(answer.error_description).toBe(
        'the client has 200 revoked access tokens that have not expired: revoke its secret, or all of its tokens',
      );
      // When the first of them expires there is room again.
      expect(answer.retryAfter).toBeGreaterThan(3_400);
      expect(answer.retryAfter).toBeLessThanOrEqual(3_600);
      expect(await readLastSequence(admin)).toBe(before);
      expect(await isActive(server, busy, last)).toBe(true);
      // What was revoked stays so, and others have their own room.
      expect(await isActive(server, busy, first)).toBe(false);
      expectRevoked(await revoke(server, busy, first));
      const token = await issueToken(server, client);
      expectRevoked(await revoke(server, client, token));

      const advice = { method: 'POST', body: { client: busy.id } };
      expect((await admin.request('/revocations', advice)).status).toBe(200);
      expect(await isActive(server, busy, last)).toBe(false);
    });

    async function revoke429(caller: RegisteredClient, token: string) {
      const response = await fetch(server.issuer + revocationPath, {
        method: 'POST',
        headers: { authorization: formatBasic(caller) },
        body: new URLSearchParams({ token }),
      });
      expect({
        status: response.status,
        type: response.headers.get('content-type'),
        cache: response.headers.get('cache-control'),
      }).toEqual({ status: 429, type: 'application/json', cache: 'no-store' });
      const body = (await response.json()) as { error: string; error_description: string };
      return { ...body, retryAfter: Number(response.headers.get('retry-after')) };
    }
  });
});

/** Registry version: the number of the last change. */
async function readLastSequence(admin: AdminApi): Promise<number | undefined> {
  const { body } = await admin.request<{ data: { sequence: number }[] }>('/audit-events?limit=1');
  return body.data[0]?.sequence;
}
