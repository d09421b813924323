/** When a link lets nobody in any more, and who may not make it so. */
import { expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newEmail, newMember, newPassword, requestPublic } from '../support/member-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { adminGrants, organizationPermissions, registerAdmin } from '../admin/admin-clients.ts';

describeOnBothDatabases('invitations end', (server) => {
  const operator = new AdminApi(server);
  const invite = async (giver: Pick<AdminApi, 'request'>, more: object = {}) => {
    const body = { email: newEmail(), role: 'auditor', ...more };
    const { status, body: made } = await giver.request('/invitations', { method: 'POST', body });
    expect(status).toBe(201);
    return { id: String(made['id']), token: String(made['token']) };
  };
  const check = (token: string) =>
    requestPublic(server, '/invitations/check', { method: 'POST', body: { token } });
  /** What whoever opens the link is told before they come in agrees with what comes of it. */
  const accept = async (token: string) => {
    const told = (await check(token)).status;
    const body = { token, name: 'Ada', password: newPassword() };
    const { status } = await requestPublic(server, '/invitations/accept', { method: 'POST', body });
    expect({ status, told }).toEqual({ status, told: status === 404 ? 404 : 200 });
    return status;
  };
  const patch = (body: object) => ({ method: 'PATCH', body });
  const endSecret = (path: string) => operator.request(path, { method: 'DELETE' });

  test.each([
    ['is deleted', (id: string) => operator.request(`/clients/${id}`, { method: 'DELETE' })],
    [
      'is deactivated',
      (id: string) => operator.request(`/clients/${id}`, patch({ active: false })),
    ],
    [
      'loses permissions',
      (id: string) =>
        operator.request(
          `/clients/${id}`,
          patch({ grants: adminGrants(operator, ['members:read', 'members:write']) }),
        ),
    ],
  ])('that a client has given, when it %s', async (_what, end) => {
    const { client, api } = await registerAdmin(operator, organizationPermissions);
    const { id, token } = await invite(api, { role: 'owner' });
    const untouched = await invite(operator);
    expect((await end(client.id)).status).toBeLessThan(300);
    expect(await accept(token)).toBe(404);
    const open = await operator.readAll<{ id: string }>('/invitations?open=true');
    const ids = open.map((invitation) => invitation.id);
    expect([ids.includes(id), ids.includes(untouched.id)]).toEqual([false, true]);
    expect(await accept(untouched.token)).toBe(201);
  });

  /** A client in an organization of its own that has given a link, beside a link that somebody else has given. */
  const newGiver = async () => {
    const organization = await operator.createOrganization();
    const location = await operator.createLocation({ organization });
    const place = { organization, location };
    const { client, api } = await registerAdmin(operator, organizationPermissions, place);
    const given = await invite(api);
    return { client, place, given, untouched: await invite(operator, place) };
  };
  type Giver = Awaited<ReturnType<typeof newGiver>>;
  const revoke = (body: object) => operator.request('/revocations', { method: 'POST', body });
  const firstSecretOf = async ({ client }: Giver) => {
    const [secret] = await operator.readAll<{ id: string }>(`/clients/${client.id}/secrets`);
    return `/clients/${client.id}/secrets/${secret?.id}`;
  };

  test.each<[string, (giver: Giver) => Promise<{ status: number }>]>([
    ['its secret was found', ({ client }) => revoke({ secret: client.clientSecret })],
    ['its secret is revoked', async (giver) => endSecret(await firstSecretOf(giver))],
    ['its tokens are revoked', ({ client }) => revoke({ client: client.clientId })],
    ['those of its location are', ({ place }) => revoke({ location: place.location })],
    ['those of its organization are', ({ place }) => revoke({ organization: place.organization })],
    [
      'it is regenerated',
      ({ client }) => operator.request(`/clients/${client.id}/regenerate`, { method: 'POST' }),
    ],
  ])('that a client has given, when %s; and the audit event names them', async (_what, end) => {
    const giver = await newGiver();
    expect((await end(giver)).status).toBeLessThan(300);
    expect(await accept(giver.given.token)).toBe(404);
    expect(await accept(giver.untouched.token)).toBe(201);
    const { body } = await operator.request<{ data: { action: string; details: object }[] }>(
      `/audit-events?organization=${giver.place.organization}&limit=2`,
    );
    // Since then somebody has come in.
    expect(body.data[1]?.details).toMatchObject({ invitations: [giver.given.id] });
  });

  test('not where its access tokens stay, nor with a single one of them', async () => {
    const giver = await newGiver();
    const { client } = giver;
    await operator.request(`/clients/${client.id}/secrets`, { method: 'POST' });
    const { body } = await requestToken(server, client);
    expect((await revoke({ token: body['access_token'] })).status).toBe(200);
    const overlap = { method: 'POST', body: { overlap_seconds: 60 } };
    const regenerated = await operator.request(`/clients/${client.id}/regenerate`, overlap);
    expect(regenerated.status).toBe(200);
    const kept = await endSecret(`${await firstSecretOf(giver)}?revoke_tokens=false`);
    expect(kept.status).toBe(204);
    expect(await accept(giver.given.token)).toBe(201);
  });

  test("that a member's own API access has given, when it is regenerated; theirs stay", async () => {
    const member = await newMember(operator, { role: 'admin' });
    const { body } = await member.api.request('/me/api-access', { method: 'POST' });
    const credential = {
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
    const given = await invite(new AdminApi(server, credential));
    const own = await invite(member.api);
    await member.api.request('/me/api-access/regenerate', { method: 'POST' });
    expect([await accept(given.token), await accept(own.token)]).toEqual([404, 201]);
  });

  test('say to whoever holds one whose it is, and to nobody else anything', async () => {
    const email = newEmail();
    const { token } = await invite(operator, { email });
    expect(await check(token)).toMatchObject({
      status: 200,
      body: { email, is_new: true, expires_at: expect.stringMatching(/Z$/) },
    });
    const member = await newMember(operator, { role: 'auditor' });
    const path = `/members/${member.id}/invitations`;
    const { body: link } = await operator.request(path, { method: 'POST' });
    const linkToken = String(link['token']);
    expect((await check(linkToken)).body).toMatchObject({ email: member.email, is_new: false });
    await operator.request(`/members/${member.id}`, patch({ active: false }));
    const { request_id: _stopped, ...ofStopped } = (await check(linkToken)).body;
    const { request_id: _absent, ...ofNone } = (await check(`lki_${'0'.repeat(43)}`)).body;
    expect(ofNone).toMatchObject({ status: 404, code: 'not_found' });
    expect(ofStopped).toEqual(ofNone);
    // Looked at, it lets in as before.
    expect(await accept(token)).toBe(201);
    expect(await accept(token)).toBe(404);
  });

  test('stay when their giver gets more, or another name', async () => {
    const { client, api } = await registerAdmin(operator, ['members:read', 'members:write']);
    const { token } = await invite(api, { role: undefined, permissions: ['members:read'] });
    const more = adminGrants(operator, ['members:read', 'members:write', 'usage:read']);
    const changes = { name: 'Renamed', grants: more, access_token_lifetime_seconds: 60 };
    await operator.request(`/clients/${client.id}`, patch(changes));
    expect(await accept(token)).toBe(201);
  });

  test('into a location or an organization, when that is deleted', async () => {
    const organization = await operator.createOrganization();
    const location = await operator.createLocation({ organization });
    const [inside, above] = [
      await invite(operator, { organization, location }),
      await invite(operator, { organization, role: 'owner' }),
    ];
    const { status } = await operator.request(`/locations/${location}`, { method: 'DELETE' });
    expect({ status, accepted: await accept(inside.token) }).toEqual({
      status: 204,
      accepted: 404,
    });
    const { body } = await operator.request<{ data: { details: object }[] }>(
      `/audit-events?target=${location}&action=location.deleted`,
    );
    expect(body.data[0]?.details).toMatchObject({ invitations: [inside.id] });
    await operator.request(`/organizations/${organization}`, { method: 'DELETE' });
    expect(await accept(above.token)).toBe(404);
  });

  // nobody reaches beyond what they see, not even to take away.
  test('not by another invitation of the same address into another organization', async () => {
    const email = newEmail();
    const [one, other] = [await operator.createOrganization(), await operator.createOrganization()];
    const [first, second] = [
      await invite(operator, { email, organization: one }),
      await invite(operator, { email, organization: other }),
    ];
    // One address is one member: whoever came into the one is in the way of the other.
    expect(await accept(first.token)).toBe(201);
    expect(await accept(second.token)).toBe(409);
    const [member] = await operator.readAll<{ id: string }>(`/members?organization=${one}`);
    await operator.request(`/members/${member?.id}`, { method: 'DELETE' });
    expect(await accept(second.token)).toBe(201);
  });

  test('not by a location that invites an address its organization has invited', async () => {
    const organization = await operator.createOrganization();
    const location = await operator.createLocation({ organization });
    const place = { organization, location };
    const { api } = await registerAdmin(operator, organizationPermissions, place);
    const email = newEmail();
    const above = await invite(operator, { email, organization, role: 'owner' });
    const below = await invite(api, { email });
    const again = await invite(api, { email });
    expect(await accept(below.token)).toBe(404);
    expect(await accept(above.token)).toBe(201);
    expect(await accept(again.token)).toBe(409);
    // Who sees both replaces both.
    const another = newEmail();
    const earlier = await invite(api, { email: another });
    await invite(operator, { email: another, organization, role: 'owner' });
    expect(await accept(earlier.token)).toBe(404);
  });

  //
  test('a location gives a client to no member whom it does not see', async () => {
    const organization = await operator.createOrganization();
    const location = await operator.createLocation({ organization });
    const place = { organization, location };
    const { api } = await registerAdmin(operator, organizationPermissions, place);
    const [above, own] = [
      await newMember(operator, { role: 'auditor', organization }),
      await newMember(operator, { role: 'auditor', ...place }),
    ];
    const register = (member: string) =>
      api.request('/clients', { method: 'POST', body: { name: 'x', member } });
    expect((await register(own.id)).status).toBe(201);
    const refused = await register(above.id);
    const unknown = await register('member_0000000000000000000000');
    const { request_id: _one, ...said } = refused.body;
    const { request_id: _other, ...saidOfNobody } = unknown.body;
    expect({ status: refused.status, said }).toEqual({ status: 400, said: saidOfNobody });
  });
});
