/** `/refused-attempts`: who tried what they may not, for those who may know. */
import { beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newEmail, newMember, requestPublic, signIn } from '../support/member-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { registerAdmin, type RegisteredAdmin } from './admin-clients.ts';

interface Attempts {
  kind: string;
  actor: { type: string; id: string; name: string } | null;
  operation: string;
  count: number;
  last_address: string;
  last_request_id: string;
  organization: string | null;
  location: string | null;
}

describeOnBothDatabases('refused attempts', (server) => {
  const operator = new AdminApi(server);
  let organization: string;
  let auditor: RegisteredAdmin;
  let stranger: RegisteredAdmin;

  beforeAll(async () => {
    organization = await operator.createOrganization();
    auditor = await registerAdmin(operator, ['audit:read'], { organization });
    stranger = await registerAdmin(operator, ['audit:read'], {
      organization: await operator.createOrganization(),
    });
  });
  const read = (api: AdminApi, query: string) =>
    api.readAll<Attempts>(`/refused-attempts?${query}`);

  test('a call that is not permitted is found by its actor, counted, and seen by nobody else', async () => {
    const target = await operator.createClient([], { organization });
    const { client, api } = await registerAdmin(operator, ['clients:read'], { organization });
    let last: string | null = null;
    for (let time = 0; time < 3; time += 1) {
      const answer = await api.request(`/clients/${target.id}`, { method: 'DELETE' });
      expect(answer.status).toBe(403);
      last = answer.headers.get('x-request-id');
    }
    await api.request('/signing-keys/rotate', { method: 'POST' });
    const found = await read(auditor.api, `actor=${client.id}`);
    expect(found).toMatchObject([
      { operation: 'rotateSigningKey', count: 1 },
      {
        kind: 'forbidden',
        actor: { type: 'client', id: client.id, name: client.clientId },
        operation: 'deleteClient',
        count: 3,
        last_request_id: last,
        organization,
        location: null,
      },
    ]);
    expect(found[1]?.last_address).toMatch(/127\.0\.0\.1$/);
    expect(await read(operator, `actor=${client.id}`)).toEqual(found);
    expect(await read(stranger.api, `actor=${client.id}`)).toEqual([]);
    expect(await read(operator, `actor=${client.id}&kind=sign_in`)).toEqual([]);
  });

  test('what a location tries is seen by it and its organization, and not the other way round', async () => {
    const location = await operator.createLocation({ organization });
    const local = await registerAdmin(operator, ['audit:read'], { organization, location });
    await local.api.request('/clients', { method: 'POST', body: { name: 'x', grants: [] } });
    await auditor.api.request('/clients', { method: 'POST', body: { name: 'x', grants: [] } });
    const seen = await read(local.api, '');
    expect(seen).toMatchObject([{ actor: { id: local.client.id }, location, count: 1 }]);
    const both = (await read(auditor.api, 'kind=forbidden')).map(({ actor }) => actor?.id);
    expect(both).toEqual(expect.arrayContaining([local.client.id, auditor.client.id]));
  });

  test('a sign-in with a wrong password is told to the organization, with an unknown address to operators alone', async () => {
    const member = await newMember(operator, { role: 'developer', organization });
    const nobody = newEmail();
    for (const [email, password] of [
      [member.email, 'not the right password'],
      [member.email, 'nor is this one'],
      [nobody, 'canary-typed-by-nobody'],
    ] as const) {
      const { status } = await requestPublic(server, '/session', {
        method: 'POST',
        body: { email, password },
      });
      expect(status).toBe(401);
    }
    // Right: nothing to tell, but for one that is stopped.
    await signIn(server, member);
    const setActive = (active: boolean) =>
      operator.request(`/members/${member.id}`, { method: 'PATCH', body: { active } });
    await setActive(false);
    await expect(signIn(server, member)).rejects.toThrow('not active');
    await setActive(true);
    const found = await read(auditor.api, 'kind=sign_in');
    expect(found).toMatchObject([
      {
        actor: { type: 'member', id: member.id, name: member.email },
        operation: 'signIn',
        count: 3,
      },
    ]);
    const ofNobody = (await read(operator, 'kind=sign_in')).filter(({ actor }) => actor === null);
    expect(ofNobody.length).toBeGreaterThan(0);
    expect(ofNobody[0]?.organization).toBeNull();
    const everything = JSON.stringify(await read(operator, ''));
    expect(everything).not.toContain(nobody);
    expect(everything).not.toContain('canary-typed-by-nobody');
  });

  test('a call without a live token or session is told to operators, and one from a foreign page by its member', async () => {
    const count = async () =>
      (await read(operator, 'kind=unauthenticated'))
        .filter(({ operation }) => operation === 'listSigningKeys')
        .reduce((sum, attempts) => sum + attempts.count, 0);
    const before = await count();
    const headers = { authorization: 'Bearer not-a-token' };
    const { status } = await requestPublic(server, '/signing-keys', { headers });
    expect(status).toBe(401);
    expect(await count()).toBe(before + 1);
    expect(await read(auditor.api, 'kind=unauthenticated')).toEqual([]);

    const member = await newMember(operator, { role: 'owner', organization });
    const forged = await requestPublic(server, '/locations', {
      method: 'POST',
      body: { name: 'Forged' },
      headers: { cookie: member.api.cookie },
    });
    expect(forged.status).toBe(403);
    expect(await read(auditor.api, `actor=${member.id}`)).toMatchObject([
      { kind: 'forbidden', operation: 'createLocation', count: 1 },
    ]);
  });

  //
  test('an event says which program its caller used, cut to what can be shown', async () => {
    const { id } = await operator.createClient([]);
    const headers = { 'user-agent': `importer/2.1 ${'x'.repeat(300)}` };
    await operator.request(`/clients/${id}`, { method: 'PATCH', body: { name: 'y' }, headers });
    const { body } = await operator.request<{ data: { user_agent: string | null }[] }>(
      `/audit-events?target=${id}`,
    );
    const agents = body.data.map(({ user_agent: agent }) => agent);
    expect(agents).toEqual([`importer/2.1 ${'x'.repeat(187)}`, 'node']);
  });
});
