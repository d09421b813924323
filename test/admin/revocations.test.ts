/** POST /revocations of many tokens: of a client, an organization, the instance; and one after the other. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RegisteredClient } from '../support/admin-api.ts';
import { newEmail } from '../support/member-api.ts';
import { expectMissing, permutations, RevocationWorld } from './revocation-world.ts';
import { databases, startMillisMax, unknownId } from './two-organizations.ts';

describe.each(databases)('revocations (%s)', (kind, start) => {
  let world: RevocationWorld;
  beforeAll(async () => {
    world = await RevocationWorld.create(await start());
  }, startMillisMax);
  afterAll(() => world.running.stop());

  describe('of a client', () => {
    test.each(['id', 'clientId'] as const)(
      'end every token so far, named by its %s, and leave it active',
      async (name) => {
        const client = await world.newClient();
        const tokens = [await world.issue(client), await world.issue(client)];
        const before = await world.readSequence();
        await world.expectRevoked(
          await world.revoke(world.revoker, { client: client[name] }),
          { type: 'client', id: client.id },
          {
            action: 'client.tokens_revoked',
            organization: world.running.homeOrganization,
            details: { name: 'A client', client_id: client.clientId },
          },
          before,
        );
        for (const token of tokens) expect(await world.isActive(token)).toBe(false);
        expect(await world.isActive(await world.issue(client))).toBe(true);
        const { body } = await world.operator.request(`/clients/${client.id}`);
        expect(body['active']).toBe(true);
      },
    );

    test('are not for another organization, nor for a client that is gone', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      expectMissing(await world.revoke(world.bystander, { client: client.id }), 'client');
      expectMissing(await world.revoke(world.bystander, { client: client.clientId }), 'client');
      expectMissing(await world.revoke(world.operator, { client: unknownId('client') }), 'client');
      expect(await world.isActive(token)).toBe(true);
      await world.operator.request(`/clients/${client.id}`, { method: 'DELETE' });
      expectMissing(await world.revoke(world.operator, { client: client.id }), 'client');
    });

    test('are not undone by activating it again', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      await world.revoke(world.revoker, { client: client.id });
      for (const flag of [false, true]) {
        await world.operator.request(`/clients/${client.id}`, {
          method: 'PATCH',
          body: { active: flag },
        });
      }
      expect(await world.isActive(token)).toBe(false);
      expect(await world.isActive(await world.issue(client))).toBe(true);
    });
  });

  describe('of an organization', () => {
    test("end every token of its clients, and nobody else's", async () => {
      const theirs = await world.newClient({ organization: world.running.foreignOrganization });
      const [token, foreign] = [
        await world.issue(await world.newClient()),
        await world.issue(theirs),
      ];
      const before = await world.readSequence();
      await world.expectRevoked(
        await world.revoke(world.bystander, { organization: world.running.foreignOrganization }),
        { type: 'organization', id: world.running.foreignOrganization },
        {
          action: 'organization.tokens_revoked',
          organization: world.running.foreignOrganization,
          details: { name: 'Somebody else' },
        },
        before,
      );
      expect(await world.isActive(foreign)).toBe(false);
      expect(await world.isActive(token)).toBe(true);
      // The caller's own token was among them.
      expect((await world.bystander.request('/clients')).status).toBe(401);
      world.bystander.forgetToken();
      expect((await world.bystander.request('/clients')).status).toBe(200);
      expect(await world.isActive(await world.issue(theirs))).toBe(true);
    });

    test('are the business of an operator where it is not their own', async () => {
      expectMissing(
        await world.revoke(world.bystander, { organization: world.running.homeOrganization }),
        'organization',
      );
      expectMissing(
        await world.revoke(world.operator, { organization: 'org_unheard_of' }),
        'organization',
      );
      const theirs = await world.newClient({ organization: world.running.foreignOrganization });
      const token = await world.issue(theirs);
      expect(
        (await world.revoke(world.operator, { organization: world.running.foreignOrganization }))
          .status,
      ).toBe(200);
      expect(await world.isActive(token)).toBe(false);
      world.bystander.forgetToken();
    });
  });

  describe('of everything', () => {
    test("end every token of every organization, the caller's own among them", async () => {
      const client = await world.newClient();
      const theirs = await world.newClient({ organization: world.running.foreignOrganization });
      const tokens = [await world.issue(client), await world.issue(theirs)];
      const invitation = { method: 'POST', body: { email: newEmail(), role: 'auditor' } };
      const { body: link } = await world.bystander.request('/invitations', invitation);
      const before = await world.readSequence();
      const answer = await world.revoke(world.operator, { everything: true });
      expect((await world.operator.request('/clients')).status).toBe(401);
      expect((await world.revoker.request('/me')).status).toBe(401);
      await world.expectRevoked(
        answer,
        { type: 'instance', id: 'instance' },
        {
          action: 'instance.tokens_revoked',
          organization: null,
          details: { invitations: [link['id']] },
        },
        before,
      );
      expect(await world.isActive(tokens[0] ?? '')).toBe(false);
      expect(await world.isActive(tokens[1] ?? '')).toBe(false);
      expect(await world.isActive(await world.issue(client))).toBe(true);
      world.forgetTokens();
    });

    test('are for operators', async () => {
      const client = await world.newClient();
      const token = await world.issue(client);
      const refused = await world.revoke(world.revoker, { everything: true });
      expect({ status: refused.status, detail: refused.body['detail'] }).toEqual({
        status: 403,
        detail: 'only an operator may revoke every access token there is',
      });
      expect(await world.isActive(token)).toBe(true);
    });
  });

  // P-262: the highest of all cut-offs counts, whichever came first, and none lowers another.
  describe('one after the other, in every order,', () => {
    const kinds: Record<string, (subject: RegisteredClient) => object> = {
      everything: () => ({ everything: true }),
      organization: () => ({ organization: world.running.homeOrganization }),
      client: ({ id }) => ({ client: id }),
      secret: ({ clientSecret }) => ({ secret: clientSecret }),
    };

    const orders = permutations(Object.keys(kinds));
    // The cut-offs are compared by our own code: on the other database each is first once.
    const chosen =
      kind === 'PostgreSQL' ? orders : orders.filter((_order, place) => place % 6 === 0);
    test.each(chosen.map((order) => [order.join(', ')]))('%s', async (order) => {
      const client = await world.newClient();
      const renew = async (): Promise<void> => {
        const path = `/clients/${client.id}/secrets`;
        const { body } = await world.operator.request(path, { method: 'POST' });
        client.clientSecret = String(body['client_secret']);
      };
      const dead: string[] = [];
      for (const kind of order.split(', ')) {
        const [single, token] = [await world.issue(client), await world.issue(client)];
        expect((await world.revoke(world.operator, { token: single })).status).toBe(200);
        expect(await world.isActive(token)).toBe(true);
        const { status } = await world.revoke(world.operator, kinds[kind]?.(client) ?? {});
        expect({ kind, status }).toEqual({ kind, status: 200 });
        world.operator.forgetToken();
        if (kind === 'secret') await renew();
        dead.push(single, token);
        expect(await Promise.all(dead.map((token) => world.isActive(token)))).toEqual(
          dead.map(() => false),
        );
      }
      expect(await world.isActive(await world.issue(client))).toBe(true);
    });
  });
});
