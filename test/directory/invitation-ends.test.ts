/** When a link lets nobody in any more, and who may not make it so. */
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
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
  const accept = async (token: string) => {
    const body = { token, name: 'Ada', password: newPassword() };
    return (await requestPublic(server, '/invitations/accept', { method: 'POST', body })).status;
  };
  const patch = (body: object) => ({ method: 'PATCH', body });

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
