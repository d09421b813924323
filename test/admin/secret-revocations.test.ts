/** POST /revocations of a client secret that was found where it should not be, and of its tokens. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { requestToken } from '../support/admin-api.ts';
import { expectMissing, RevocationWorld } from './revocation-world.ts';
import { databases, startMillisMax, unknownId } from './two-organizations.ts';

describe.each(databases)('revocations of a secret (%s)', (_name, start) => {
  let world: RevocationWorld;
  beforeAll(async () => {
    world = await RevocationWorld.create(await start());
  }, startMillisMax);
  afterAll(() => world.running.stop());

  test('end it and its tokens, named by the secret as somebody found it', async () => {
    const client = await world.newClient();
    const { body: made } = await world.operator.request(`/clients/${client.id}/secrets`, {
      method: 'POST',
    });
    const found = { clientId: client.clientId, clientSecret: String(made['client_secret']) };
    const [token, sibling] = [await world.issue(found), await world.issue(client)];
    const before = await world.readSequence();
    const answer = await world.revoke(world.revoker, { secret: found.clientSecret });
    await world.expectRevoked(
      answer,
      { type: 'client_secret', id: String(made['id']) },
      {
        action: 'client_secret.revoked',
        details: { client: client.id, hint: made['hint'], revoke_tokens: true },
      },
      before,
    );
    expect((await requestToken(world.server, found)).status).toBe(401);
    expect(await world.isActive(token)).toBe(false);
    // The other secret lives, and its tokens with it.
    expect(await world.isActive(sibling)).toBe(true);
    expect((await requestToken(world.server, client)).status).toBe(200);
  });

  test('by its record id, and once for all', async () => {
    const client = await world.newClient();
    const [secret] = await world.listSecrets(client);
    const token = await world.issue(client);
    const before = await world.readSequence();
    for (const reference of [secret?.['id'], client.clientSecret, secret?.['id']]) {
      const { status, body } = await world.revoke(world.revoker, { secret: reference });
      expect({ status, body }).toEqual({
        status: 200,
        body: {
          revoked: { type: 'client_secret', id: secret?.['id'] },
          version: before + 1,
        },
      });
    }
    expect(await world.readSequence()).toBe(before + 1);
    expect(await world.isActive(token)).toBe(false);
  });

  test('end its tokens also where it was revoked without them', async () => {
    const client = await world.newClient();
    const keeper = await world.operator.request(`/clients/${client.id}/secrets`, {
      method: 'POST',
    });
    const token = await world.issue(client);
    const secret = (await world.listSecrets(client)).find(({ id }) => id !== keeper.body['id']);
    await world.operator.request(
      `/clients/${client.id}/secrets/${String(secret?.['id'])}?revoke_tokens=false`,
      { method: 'DELETE' },
    );
    expect(await world.isActive(token)).toBe(true);
    const revokedAt = (await world.listSecrets(client)).find(({ id }) => id === secret?.['id']);
    expect((await world.revoke(world.revoker, { secret: client.clientSecret })).status).toBe(200);
    expect(await world.isActive(token)).toBe(false);
    // When it was revoked is a fact that does not change.
    expect((await world.listSecrets(client)).find(({ id }) => id === secret?.['id'])).toEqual(
      revokedAt,
    );
  });

  test('of a deleted client hold when it is restored', async () => {
    const client = await world.newClient();
    await world.operator.request(`/clients/${client.id}`, { method: 'DELETE' });
    expect((await world.revoke(world.revoker, { secret: client.clientSecret })).status).toBe(200);
    await world.operator.request(`/clients/${client.id}/restore`, { method: 'POST' });
    await world.operator.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { active: true },
    });
    expect((await requestToken(world.server, client)).status).toBe(401);
  });

  test('are not for another organization, nor for what is no secret of ours', async () => {
    const client = await world.newClient();
    const [secret] = await world.listSecrets(client);
    for (const [admin, reference] of [
      [world.bystander, client.clientSecret],
      [world.bystander, secret?.['id']],
      [world.operator, `${client.clientSecret}x`],
      [world.operator, unknownId('secret')],
      [world.operator, client.id],
    ] as const) {
      expectMissing(await world.revoke(admin, { secret: reference }), 'client secret');
    }
    expect((await requestToken(world.server, client)).status).toBe(200);
  });

  //
  test('do not lock the last operator out', async () => {
    const { clientSecret } = world.server.operator;
    const refused = await world.revoke(world.revoker, { secret: clientSecret });
    expect({ status: refused.status, code: refused.body['code'] }).toEqual({
      status: 409,
      code: 'conflict',
    });
    expect((await requestToken(world.server, world.server.operator)).status).toBe(200);
  });

  test('are written down nowhere: neither the secret nor a token is in the log', async () => {
    const client = await world.newClient();
    const token = await world.issue(client);
    await world.revoke(world.revoker, { token });
    await world.revoke(world.revoker, { token: `${token}x` });
    await world.revoke(world.bystander, { secret: client.clientSecret });
    await world.revoke(world.revoker, { secret: client.clientSecret, token });
    await world.revoke(world.revoker, { secret: client.clientSecret });
    const output = world.server.output();
    expect(output).toContain('/revocations');
    for (const hidden of [client.clientSecret, token.split('.')[1], token.split('.')[2]]) {
      expect(output).not.toContain(hidden);
    }
    const { body } = await world.operator.request('/audit-events?limit=20');
    expect(JSON.stringify(body)).not.toContain(client.clientSecret);
  });
});
