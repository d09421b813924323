/** POST /revocations: one token, or all of a secret, a client, an organization, the instance. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AdminApi,
  requestToken,
  type Answer,
  type RegisteredClient,
} from '../support/admin-api.ts';
import type { Credential } from '../support/server-process.ts';
import { idOf, isActive, issueToken, revoke as giveBack } from '../oauth/token-questions.ts';
import { organizationPermissions, registerAdmin } from './admin-clients.ts';
import { databases, unknownId, type ServerOfTwo } from './two-organizations.ts';

const startMillisMax = 120_000;
const notFoundText = (noun: string) => `there is no such ${noun}, or it is not yours to see`;

describe.each(databases)('revocations (%s)', (_name, start) => {
  let running: ServerOfTwo;
  let operator: AdminApi;
  /** Of the operator's organization, with this one permission. */
  let revoker: AdminApi;
  /** Of the other organization, with every permission but the operator's. */
  let bystander: AdminApi;
  /** Instance-wide. */
  let orders: string;
  /** May introspect the tokens of orders. */
  let resourceServer: RegisteredClient;

  beforeAll(async () => {
    running = await start();
    operator = new AdminApi(running.server);
    resourceServer = await operator.createClient([]);
    const introspection = { introspection_clients: [resourceServer.id] };
    orders = (await operator.createApi(['read'], introspection)).identifier;
    revoker = (await registerAdmin(operator, ['revocations:write'])).api;
    bystander = (
      await registerAdmin(operator, organizationPermissions, {
        organization: running.foreignOrganization,
      })
    ).api;
  }, startMillisMax);
  afterAll(() => running.stop());

  const newClient = (overrides: Record<string, unknown> = {}) =>
    operator.createClient([{ api: orders, scopes: ['read'] }], overrides);
  const issue = (credential: Credential) =>
    issueToken(running.server, credential, { resource: orders });
  const active = (token: string) => isActive(running.server, resourceServer, token);
  const revoke = (admin: AdminApi, body: object) =>
    admin.request('/revocations', { method: 'POST', body });

  async function listSecrets(client: RegisteredClient): Promise<Record<string, unknown>[]> {
    const { body } = await operator.request<{ data: Record<string, unknown>[] }>(
      `/clients/${client.id}/secrets`,
    );
    return body.data;
  }

  async function readLastEvent(): Promise<Record<string, unknown>> {
    // Its own token may be among those that were revoked.
    operator.forgetToken();
    const { body } = await operator.request<{ data: Record<string, unknown>[] }>(
      '/audit-events?limit=1',
    );
    return body.data[0] ?? {};
  }

  /** Held against the audit trail: exactly one event, with the version of the answer. */
  async function expectRevoked(
    answer: Answer,
    revoked: { type: string; id: string },
    event: Record<string, unknown>,
    sequenceBefore: number,
  ): Promise<void> {
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 200,
      body: { revoked, version: sequenceBefore + 1 },
    });
    expect(await readLastEvent()).toMatchObject({
      sequence: sequenceBefore + 1,
      target: revoked,
      ...event,
    });
  }

  const readSequence = async () => Number((await readLastEvent())['sequence']);

  function expectMissing(answer: Answer, noun: string): void {
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 404,
      body: expect.objectContaining({ code: 'not_found', detail: notFoundText(noun) }),
    });
  }

  describe('of a token', () => {
    test('end that token and no other', async () => {
      const client = await newClient();
      const [token, sibling] = [await issue(client), await issue(client)];
      const before = await readSequence();
      await expectRevoked(
        await revoke(revoker, { token }),
        { type: 'access_token', id: idOf(token) },
        {
          action: 'access_token.revoked',
          organization: running.homeOrganization,
          details: { client: client.id, expires_at: expect.any(String) },
        },
        before,
      );
      expect(await active(token)).toBe(false);
      expect(await active(sibling)).toBe(true);
    });

    test('may be asked for again, by whomever, and leave one event', async () => {
      const client = await newClient();
      const token = await issue(client);
      await revoke(revoker, { token });
      const before = await readSequence();
      const again = await revoke(operator, { token });
      expect({ status: again.status, body: again.body }).toEqual({
        status: 200,
        body: { revoked: { type: 'access_token', id: idOf(token) }, version: before },
      });
      expect((await giveBack(running.server, client, token)).status).toBe(200);
      expect(await readSequence()).toBe(before);
    });

    test('of a client that is inactive or deleted find nothing left to do', async () => {
      for (const options of [{ method: 'PATCH', body: { active: false } }, { method: 'DELETE' }]) {
        const client = await newClient();
        const token = await issue(client);
        await operator.request(`/clients/${client.id}`, options);
        const before = await readSequence();
        expect((await revoke(revoker, { token })).status).toBe(200);
        expect(await readSequence()).toBe(before);
      }
    });

    test('are refused for what is none of ours, and for what has expired', async () => {
      const client = await newClient();
      const token = await issue(client);
      const forged = `${token.slice(0, -86)}${'A'.repeat(86)}`;
      const faults = [
        { pointer: '/token', detail: 'this server did not issue it, or it has expired already' },
      ];
      const before = await readSequence();
      expect((await revoke(operator, { token: forged })).body['errors']).toEqual(faults);
      await running.server.moveClock(3_601_000);
      operator.forgetToken();
      const expired = await revoke(operator, { token });
      await running.server.moveClock(0);
      expect({ status: expired.status, errors: expired.body['errors'] }).toEqual({
        status: 400,
        errors: faults,
      });
      operator.forgetToken();
      expect(await readSequence()).toBe(before);
      expect(await active(token)).toBe(true);
    });

    test('are not for another organization', async () => {
      const client = await newClient();
      const token = await issue(client);
      expectMissing(await revoke(bystander, { token }), 'access token');
      expect(await active(token)).toBe(true);
    });

    test('refuse a revoked one to the admin API itself', async () => {
      const resource = `${running.server.issuer}/api`;
      const reader = await registerAdmin(operator, ['clients:read']);
      const token = await issueToken(running.server, reader.client, { resource });
      const call = async () =>
        (await fetch(`${resource}/v1/clients`, { headers: { authorization: `Bearer ${token}` } }))
          .status;
      expect(await call()).toBe(200);
      await revoke(revoker, { token });
      expect(await call()).toBe(401);
    });
  });

  describe('of a secret', () => {
    test('end it and its tokens, named by the secret as somebody found it', async () => {
      const client = await newClient();
      const { body: made } = await operator.request(`/clients/${client.id}/secrets`, {
        method: 'POST',
      });
      const found = { clientId: client.clientId, clientSecret: String(made['client_secret']) };
      const [token, sibling] = [await issue(found), await issue(client)];
      const before = await readSequence();
      const answer = await revoke(revoker, { secret: found.clientSecret });
      await expectRevoked(
        answer,
        { type: 'client_secret', id: String(made['id']) },
        {
          action: 'client_secret.revoked',
          details: { client: client.id, hint: made['hint'], revoke_tokens: true },
        },
        before,
      );
      expect((await requestToken(running.server, found)).status).toBe(401);
      expect(await active(token)).toBe(false);
      // The other secret lives, and its tokens with it.
      expect(await active(sibling)).toBe(true);
      expect((await requestToken(running.server, client)).status).toBe(200);
    });

    test('by its record id, and once for all', async () => {
      const client = await newClient();
      const [secret] = await listSecrets(client);
      const token = await issue(client);
      const before = await readSequence();
      for (const reference of [secret?.['id'], client.clientSecret, secret?.['id']]) {
        const { status, body } = await revoke(revoker, { secret: reference });
        expect({ status, body }).toEqual({
          status: 200,
          body: {
            revoked: { type: 'client_secret', id: secret?.['id'] },
            version: before + 1,
          },
        });
      }
      expect(await readSequence()).toBe(before + 1);
      expect(await active(token)).toBe(false);
    });

    test('end its tokens also where it was revoked without them', async () => {
      const client = await newClient();
      const keeper = await operator.request(`/clients/${client.id}/secrets`, { method: 'POST' });
      const token = await issue(client);
      const secret = (await listSecrets(client)).find(({ id }) => id !== keeper.body['id']);
      await operator.request(
        `/clients/${client.id}/secrets/${String(secret?.['id'])}?revoke_tokens=false`,
        { method: 'DELETE' },
      );
      expect(await active(token)).toBe(true);
      const revokedAt = (await listSecrets(client)).find(({ id }) => id === secret?.['id']);
      expect((await revoke(revoker, { secret: client.clientSecret })).status).toBe(200);
      expect(await active(token)).toBe(false);
      // When it was revoked is a fact that does not change.
      expect((await listSecrets(client)).find(({ id }) => id === secret?.['id'])).toEqual(
        revokedAt,
      );
    });

    test('of a deleted client hold when it is restored', async () => {
      const client = await newClient();
      await operator.request(`/clients/${client.id}`, { method: 'DELETE' });
      expect((await revoke(revoker, { secret: client.clientSecret })).status).toBe(200);
      await operator.request(`/clients/${client.id}/restore`, { method: 'POST' });
      await operator.request(`/clients/${client.id}`, { method: 'PATCH', body: { active: true } });
      expect((await requestToken(running.server, client)).status).toBe(401);
    });

    test('are not for another organization, nor for what is no secret of ours', async () => {
      const client = await newClient();
      const [secret] = await listSecrets(client);
      for (const [admin, reference] of [
        [bystander, client.clientSecret],
        [bystander, secret?.['id']],
        [operator, `${client.clientSecret}x`],
        [operator, unknownId('secret')],
        [operator, client.id],
      ] as const) {
        expectMissing(await revoke(admin, { secret: reference }), 'client secret');
      }
      expect((await requestToken(running.server, client)).status).toBe(200);
    });

    //
    test('do not lock the last operator out', async () => {
      const { clientSecret } = running.server.operator;
      const refused = await revoke(revoker, { secret: clientSecret });
      expect({ status: refused.status, code: refused.body['code'] }).toEqual({
        status: 409,
        code: 'conflict',
      });
      expect((await requestToken(running.server, running.server.operator)).status).toBe(200);
    });

    test('are written down nowhere: neither the secret nor a token is in the log', async () => {
      const client = await newClient();
      const token = await issue(client);
      await revoke(revoker, { token });
      await revoke(revoker, { token: `${token}x` });
      await revoke(bystander, { secret: client.clientSecret });
      await revoke(revoker, { secret: client.clientSecret, token });
      await revoke(revoker, { secret: client.clientSecret });
      const output = running.server.output();
      expect(output).toContain('/revocations');
      for (const hidden of [client.clientSecret, token.split('.')[1], token.split('.')[2]]) {
        expect(output).not.toContain(hidden);
      }
      const { body } = await operator.request('/audit-events?limit=20');
      expect(JSON.stringify(body)).not.toContain(client.clientSecret);
    });
  });

  describe('of a client', () => {
    test.each(['id', 'clientId'] as const)(
      'end every token so far, named by its %s, and leave it active',
      async (name) => {
        const client = await newClient();
        const tokens = [await issue(client), await issue(client)];
        const before = await readSequence();
        await expectRevoked(
          await revoke(revoker, { client: client[name] }),
          { type: 'client', id: client.id },
          {
            action: 'client.tokens_revoked',
            organization: running.homeOrganization,
            details: { name: 'A client', client_id: client.clientId },
          },
          before,
        );
        for (const token of tokens) expect(await active(token)).toBe(false);
        expect(await active(await issue(client))).toBe(true);
        const { body } = await operator.request(`/clients/${client.id}`);
        expect(body['active']).toBe(true);
      },
    );

    test('are not for another organization, nor for a client that is gone', async () => {
      const client = await newClient();
      const token = await issue(client);
      expectMissing(await revoke(bystander, { client: client.id }), 'client');
      expectMissing(await revoke(bystander, { client: client.clientId }), 'client');
      expectMissing(await revoke(operator, { client: unknownId('client') }), 'client');
      expect(await active(token)).toBe(true);
      await operator.request(`/clients/${client.id}`, { method: 'DELETE' });
      expectMissing(await revoke(operator, { client: client.id }), 'client');
    });

    test('are not undone by activating it again', async () => {
      const client = await newClient();
      const token = await issue(client);
      await revoke(revoker, { client: client.id });
      for (const flag of [false, true]) {
        await operator.request(`/clients/${client.id}`, {
          method: 'PATCH',
          body: { active: flag },
        });
      }
      expect(await active(token)).toBe(false);
      expect(await active(await issue(client))).toBe(true);
    });
  });

  describe('of an organization', () => {
    test("end every token of its clients, and nobody else's", async () => {
      const theirs = await newClient({ organization: running.foreignOrganization });
      const [token, foreign] = [await issue(await newClient()), await issue(theirs)];
      const before = await readSequence();
      await expectRevoked(
        await revoke(bystander, { organization: running.foreignOrganization }),
        { type: 'organization', id: running.foreignOrganization },
        {
          action: 'organization.tokens_revoked',
          organization: running.foreignOrganization,
          details: { name: 'Somebody else' },
        },
        before,
      );
      expect(await active(foreign)).toBe(false);
      expect(await active(token)).toBe(true);
      // The caller's own token was among them.
      expect((await bystander.request('/clients')).status).toBe(401);
      bystander.forgetToken();
      expect((await bystander.request('/clients')).status).toBe(200);
      expect(await active(await issue(theirs))).toBe(true);
    });

    test('are the business of an operator where it is not their own', async () => {
      expectMissing(
        await revoke(bystander, { organization: running.homeOrganization }),
        'organization',
      );
      expectMissing(await revoke(operator, { organization: 'org_unheard_of' }), 'organization');
      const theirs = await newClient({ organization: running.foreignOrganization });
      const token = await issue(theirs);
      expect((await revoke(operator, { organization: running.foreignOrganization })).status).toBe(
        200,
      );
      expect(await active(token)).toBe(false);
      bystander.forgetToken();
    });
  });

  describe('by jti', () => {
    const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

    test('end the one token, whose client is found by it', async () => {
      const client = await newClient();
      const [token, sibling] = [await issue(client), await issue(client)];
      const before = await readSequence();
      const request = { jti: idOf(token), expires_at: inAnHour() };
      await expectRevoked(
        await revoke(operator, request),
        { type: 'access_token', id: idOf(token) },
        {
          action: 'access_token.revoked',
          details: { client: client.id, expires_at: request.expires_at },
        },
        before,
      );
      expect(await active(token)).toBe(false);
      expect(await active(sibling)).toBe(true);
      expect((await revoke(operator, request)).body['version']).toBe(before + 1);
      expect(await readSequence()).toBe(before + 1);
    });

    test('are for operators', async () => {
      const client = await newClient();
      const token = await issue(client);
      const refused = await revoke(revoker, { jti: idOf(token), expires_at: inAnHour() });
      expect({ status: refused.status, detail: refused.body['detail'] }).toEqual({
        status: 403,
        detail: 'only an operator may revoke an access token by its jti',
      });
      expect(await active(token)).toBe(true);
    });

    test.each([
      ['of a token that was asked for without a secret', '0'.repeat(39)],
      ['of a secret that nobody has', `${'0'.repeat(11)}0000zzzzzzz${'0'.repeat(17)}`],
      ['of a number that no database holds', 'z'.repeat(39)],
    ])('say that there is none: %s', async (_what, jti) => {
      expectMissing(await revoke(operator, { jti, expires_at: inAnHour() }), 'access token');
    });

    test('need an expiry that an access token can have', async () => {
      const jti = idOf(await issue(await newClient()));
      for (const seconds of [-1, 86_500]) {
        const answer = await revoke(operator, {
          jti,
          expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
        });
        expect({ status: answer.status, errors: answer.body['errors'] }).toEqual({
          status: 400,
          errors: [
            {
              pointer: '/expires_at',
              detail:
                'must be the expiry of an access token that lives: later than now, and by a day at most',
            },
          ],
        });
      }
    });
  });

  describe('of everything', () => {
    test("end every token of every organization, the caller's own among them", async () => {
      const client = await newClient();
      const theirs = await newClient({ organization: running.foreignOrganization });
      const tokens = [await issue(client), await issue(theirs)];
      const before = await readSequence();
      const answer = await revoke(operator, { everything: true });
      expect((await operator.request('/clients')).status).toBe(401);
      expect((await revoker.request('/me')).status).toBe(404);
      await expectRevoked(
        answer,
        { type: 'instance', id: 'instance' },
        { action: 'instance.tokens_revoked', organization: null, details: {} },
        before,
      );
      expect(await active(tokens[0] ?? '')).toBe(false);
      expect(await active(tokens[1] ?? '')).toBe(false);
      expect(await active(await issue(client))).toBe(true);
      for (const admin of [revoker, bystander]) admin.forgetToken();
    });

    test('are for operators', async () => {
      const client = await newClient();
      const token = await issue(client);
      const refused = await revoke(revoker, { everything: true });
      expect({ status: refused.status, detail: refused.body['detail'] }).toEqual({
        status: 403,
        detail: 'only an operator may revoke every access token there is',
      });
      expect(await active(token)).toBe(true);
    });
  });

  test.each<[object, string, string]>([
    [{}, '', 'name exactly one of token, secret, client, organization, jti, everything'],
    [
      { client: 'a', organization: 'b' },
      '',
      'name exactly one of token, secret, client, organization, jti, everything',
    ],
    [
      { expires_at: '2026-01-01T00:00:00Z' },
      '',
      'name exactly one of token, secret, client, organization, jti, everything',
    ],
    [
      { jti: 'a'.repeat(39) },
      '/expires_at',
      'belongs to jti, and jti needs it: the exp of the token',
    ],
    [
      { client: 'a', expires_at: '2026-01-01T00:00:00Z' },
      '/expires_at',
      'belongs to jti, and jti needs it: the exp of the token',
    ],
    [
      { jti: 'short', expires_at: '2026-01-01T00:00:00Z' },
      '/jti',
      'must be the jti of an access token of this server',
    ],
    [{ token: 'garbage' }, '/token', 'must be an access token: a JWT in its compact form'],
    [{ secret: 'a b' }, '/secret', 'must be visible characters without spaces'],
    [{ everything: false }, '/everything', 'Invalid input: expected true'],
  ])('%j is refused at %j', async (body, pointer, detail) => {
    const answer = await revoke(operator, body);
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({
      status: 400,
      code: 'invalid',
    });
    expect(answer.body['errors']).toContainEqual({ pointer, detail });
  });

  // P-262: the highest of all cut-offs counts, whichever came first, and none lowers another.
  describe('one after the other, in every order,', () => {
    const kinds: Record<string, (subject: RegisteredClient) => object> = {
      everything: () => ({ everything: true }),
      organization: () => ({ organization: running.homeOrganization }),
      client: ({ id }) => ({ client: id }),
      secret: ({ clientSecret }) => ({ secret: clientSecret }),
    };

    test.each(permutations(Object.keys(kinds)).map((order) => [order.join(', ')]))(
      '%s',
      async (order) => {
        const client = await newClient();
        const renew = async (): Promise<void> => {
          const path = `/clients/${client.id}/secrets`;
          const { body } = await operator.request(path, { method: 'POST' });
          client.clientSecret = String(body['client_secret']);
        };
        const dead: string[] = [];
        for (const kind of order.split(', ')) {
          const [single, token] = [await issue(client), await issue(client)];
          expect((await revoke(operator, { token: single })).status).toBe(200);
          expect(await active(token)).toBe(true);
          const { status } = await revoke(operator, kinds[kind]?.(client) ?? {});
          expect({ kind, status }).toEqual({ kind, status: 200 });
          operator.forgetToken();
          if (kind === 'secret') await renew();
          dead.push(single, token);
          expect(await Promise.all(dead.map(active))).toEqual(dead.map(() => false));
        }
        expect(await active(await issue(client))).toBe(true);
      },
    );
  });
});

function permutations(items: readonly string[]): string[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first) =>
    permutations(items.filter((item) => item !== first)).map((rest) => [first, ...rest]),
  );
}
