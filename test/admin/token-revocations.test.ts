/** POST /revocations of one access token: the token itself, or its jti; and what is no revocation at all. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { idOf, issueToken, revoke as giveBack } from '../oauth/token-questions.ts';
import { registerAdmin } from './admin-clients.ts';
import { expectMissing, RevocationWorld } from './revocation-world.ts';
import { databases, startMillisMax } from './two-organizations.ts';

describe.each(databases)('revocations of one token (%s)', (_name, start) => {
  let world: RevocationWorld;
  beforeAll(async () => {
    world = await RevocationWorld.create(await start());
  }, startMillisMax);
  afterAll(() => world.running.stop());

  describe('of a token', () => {
    test('end that token and no other', async () => {
      const client = await world.newClient();
      const [token, sibling] = [await world.issue(client), await world.issue(client)];
      const before = await world.readSequence();
      await world.expectRevoked(
        await world.revoke(world.revoker, { token }),
        { type: 'access_token', id: idOf(token) },
        {
          action: 'access_token.revoked',
          organization: world.running.homeOrganization,
          details: { client: client.id, expires_at: expect.any(String) },
        },
        before,
      );
      expect(await world.isActive(token)).toBe(false);
      expect(await world.isActive(sibling)).toBe(true);
    });

    test('may be asked for again, by whomever, and leave one event', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      await world.revoke(world.revoker, { token });
      const before = await world.readSequence();
      const again = await world.revoke(world.operator, { token });
      expect({ status: again.status, body: again.body }).toEqual({
        status: 200,
        body: { revoked: { type: 'access_token', id: idOf(token) }, version: before },
      });
      expect((await giveBack(world.server, client, token)).status).toBe(200);
      expect(await world.readSequence()).toBe(before);
    });

    test('of a client that is inactive or deleted find nothing left to do', async () => {
      for (const options of [{ method: 'PATCH', body: { active: false } }, { method: 'DELETE' }]) {
        const client = await world.newClient();
        const token = await world.issue(client);
        await world.operator.request(`/clients/${client.id}`, options);
        const before = await world.readSequence();
        expect((await world.revoke(world.revoker, { token })).status).toBe(200);
        expect(await world.readSequence()).toBe(before);
      }
    });

    test('are refused for what is none of ours, and for what has expired', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      const forged = `${token.slice(0, -86)}${'A'.repeat(86)}`;
      const faults = [
        { pointer: '/token', detail: 'this server did not issue it, or it has expired already' },
      ];
      const before = await world.readSequence();
      expect((await world.revoke(world.operator, { token: forged })).body['errors']).toEqual(
        faults,
      );
      await world.server.moveClock(3_601_000);
      world.operator.forgetToken();
      const expired = await world.revoke(world.operator, { token });
      await world.server.moveClock(0);
      expect({ status: expired.status, errors: expired.body['errors'] }).toEqual({
        status: 400,
        errors: faults,
      });
      world.operator.forgetToken();
      expect(await world.readSequence()).toBe(before);
      expect(await world.isActive(token)).toBe(true);
    });

    test('are not for another organization', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      expectMissing(await world.revoke(world.bystander, { token }), 'access token');
      expect(await world.isActive(token)).toBe(true);
    });

    test('refuse a revoked one to the admin API itself', async () => {
      const resource = `${world.server.issuer}/api`;
      const reader = await registerAdmin(world.operator, ['clients:read']);
      const token = await issueToken(world.server, reader.client, { resource });
      const call = async () =>
        (await fetch(`${resource}/v1/clients`, { headers: { authorization: `Bearer ${token}` } }))
          .status;
      expect(await call()).toBe(200);
      await world.revoke(world.revoker, { token });
      expect(await call()).toBe(401);
    });
  });

  describe('by jti', () => {
    const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();

    test('end the one token, whose client is found by it', async () => {
      const client = await world.newClient();
      const [token, sibling] = [await world.issue(client), await world.issue(client)];
      const before = await world.readSequence();
      const request = { jti: idOf(token), expires_at: inAnHour() };
      await world.expectRevoked(
        await world.revoke(world.operator, request),
        { type: 'access_token', id: idOf(token) },
        {
          action: 'access_token.revoked',
          details: { client: client.id, expires_at: request.expires_at },
        },
        before,
      );
      expect(await world.isActive(token)).toBe(false);
      expect(await world.isActive(sibling)).toBe(true);
      expect((await world.revoke(world.operator, request)).body['version']).toBe(before + 1);
      expect(await world.readSequence()).toBe(before + 1);
    });

    test('are for operators', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      const refused = await world.revoke(world.revoker, {
        jti: idOf(token),
        expires_at: inAnHour(),
      });
      expect({ status: refused.status, detail: refused.body['detail'] }).toEqual({
        status: 403,
        detail: 'only an operator may revoke an access token by its jti',
      });
      expect(await world.isActive(token)).toBe(true);
    });

    test.each([
      ['of a token that was asked for without a secret', '0'.repeat(39)],
      ['of a secret that nobody has', `${'0'.repeat(11)}0000zzzzzzz${'0'.repeat(17)}`],
      ['of a number that no database holds', 'z'.repeat(39)],
    ])('say that there is none: %s', async (_what, jti) => {
      expectMissing(
        await world.revoke(world.operator, { jti, expires_at: inAnHour() }),
        'access token',
      );
    });

    test('need an expiry that an access token can have', async () => {
      const jti = idOf(await world.issue(await world.newClient()));
      for (const seconds of [-1, 86_500]) {
        const answer = await world.revoke(world.operator, {
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

  test.each<[object, string, string]>([
    [{}, '', 'name exactly one of token, secret, client, location, organization, jti, everything'],
    [
      { client: 'a', organization: 'b' },
      '',
      'name exactly one of token, secret, client, location, organization, jti, everything',
    ],
    [
      { expires_at: '2026-01-01T00:00:00Z' },
      '',
      'name exactly one of token, secret, client, location, organization, jti, everything',
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
    const answer = await world.revoke(world.operator, body);
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({
      status: 400,
      code: 'invalid',
    });
    expect(answer.body['errors']).toContainEqual({ pointer, detail });
  });
});
