/** Members, their roles, and the links that let them in. */
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import {
  newEmail,
  newMember,
  newPassword,
  requestPublic,
  signIn,
  type NewMember,
} from '../support/member-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { permissions } from '../admin/admin-clients.ts';

const ownerPermissions = permissions.filter((permission) => permission !== 'instance:operate');

describeOnBothDatabases('members', (server) => {
  const operator = new AdminApi(server);
  const patch = (body: object) => ({ method: 'PATCH', body });
  const remove = { method: 'DELETE' };
  const accept = (body: object) =>
    requestPublic(server, '/invitations/accept', { method: 'POST', body });
  const newOrganization = async () => {
    const { body } = await operator.request('/organizations', {
      method: 'POST',
      body: { name: 'Of members' },
    });
    return String(body['id']);
  };

  test('come in with a link, once, and have what it gives', async () => {
    const email = `Ada.${newEmail()}`;
    const invited = await operator.request('/invitations', {
      method: 'POST',
      body: { email: email.toUpperCase(), role: 'auditor' },
    });
    expect(invited.status).toBe(201);
    expect(invited.body).toMatchObject({
      email: email.toLowerCase(),
      role: 'auditor',
      status: 'open',
      member: null,
    });
    const token = String(invited.body['token']);
    expect(token).toMatch(/^lki_[0-9A-Za-z]{43}$/);
    const listed = await operator.request('/invitations?open=true&limit=200');
    expect(JSON.stringify(listed.body)).toContain(String(invited.body['id']));
    expect(JSON.stringify(listed.body)).not.toContain(token);

    const password = newPassword();
    const accepted = await accept({ token, name: 'Ada', password });
    expect(accepted.status).toBe(201);
    expect(accepted.body).toMatchObject({
      email: email.toLowerCase(),
      name: 'Ada',
      role: 'auditor',
      permissions: permissions.filter((permission) => permission.endsWith(':read')),
      active: true,
      has_password: true,
      last_signed_in_at: null,
    });
    const again = await accept({ token, name: 'Eve', password: newPassword() });
    expect(again.status).toBe(404);
    await signIn(server, { email, password });
    const seen = await operator.request(`/members/${String(accepted.body['id'])}`);
    expect(seen.body['last_signed_in_at']).toMatch(/^20.+Z$/);
  });

  test('a link that is made up, used, revoked or replaced is answered alike', async () => {
    const link = async (email = newEmail()) => {
      const { body } = await operator.request('/invitations', {
        method: 'POST',
        body: { email, role: 'auditor' },
      });
      return { id: String(body['id']), token: String(body['token']), email };
    };
    const used = await link();
    await accept({ token: used.token, name: 'Ada', password: newPassword() });
    const revoked = await link();
    expect((await operator.request(`/invitations/${revoked.id}`, remove)).status).toBe(204);
    const replaced = await link();
    await link(replaced.email);
    const answers = await Promise.all(
      [`lki_${'0'.repeat(43)}`, '', 'x', used.token, revoked.token, replaced.token].map(
        async (token) => {
          const { status, body } = await accept({ token, name: 'Eve', password: newPassword() });
          const { request_id: _requestId, ...rest } = body;
          return { status, rest };
        },
      ),
    );
    expect(answers[0]?.status).toBe(404);
    expect(answers).toEqual(answers.map(() => answers[0]));
  });

  test.each([
    ['too short', 'elevenchars', 400],
    ['too long', 'x'.repeat(257), 400],
    ['of 256 characters', 'correct horse '.repeat(18) + 'four', 201],
    ['with the name', 'Ada Lovelace 1815', 400],
    ['without any rule of composition', 'all small letters', 201],
  ])('a password %s', async (_what, password, status) => {
    const { body } = await operator.request('/invitations', {
      method: 'POST',
      body: { email: newEmail(), role: 'auditor' },
    });
    const answer = await accept({ token: body['token'], name: 'Ada Lovelace', password });
    expect(answer.status).toBe(status);
    if (status === 400) {
      expect(answer.body['errors']).toEqual([
        { pointer: '/password', detail: expect.any(String) as unknown },
      ]);
    }
  });

  test('a password must not contain the e-mail address, and a refusal leaves the link alive', async () => {
    const email = newEmail();
    const { body } = await operator.request('/invitations', {
      method: 'POST',
      body: { email, role: 'auditor' },
    });
    const token = body['token'];
    const refused = await accept({ token, name: 'Ada', password: `My ${email.toUpperCase()}!` });
    expect(refused.status).toBe(400);
    expect((await accept({ token, name: 'Ada', password: newPassword() })).status).toBe(201);
  });

  test('an address is one member, however it is written', async () => {
    const email = newEmail();
    const invite = (address: string) =>
      operator.request('/members', {
        method: 'POST',
        body: { email: address, name: 'Ada', role: 'auditor' },
      });
    expect((await invite(email)).status).toBe(201);
    for (const same of [email, ` ${email.toUpperCase()} `, email.replace('@', '＠')]) {
      expect({ same, status: (await invite(same)).status }).toEqual({ same, status: 409 });
    }
    for (const wrong of ['ada', '@example.com', 'ada@', 'a b@example.com', 'ada@exa mple.com']) {
      expect({ wrong, status: (await invite(wrong)).status }).toEqual({ wrong, status: 400 });
    }
  });

  test('two requests for one address make one member', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        operator.request('/members', {
          method: 'POST',
          body: { email, name: 'Ada', role: 'auditor' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      201, 409, 409, 409, 409, 409,
    ]);
  });

  test('a member who was made, or has lost the password, chooses one with a link', async () => {
    const email = newEmail();
    const { body: made } = await operator.request<{ id: string; invitation: { token: string } }>(
      '/members',
      { method: 'POST', body: { email, name: 'Grace', role: 'developer' } },
    );
    const first = newPassword();
    expect((await accept({ token: made.invitation.token, password: first })).status).toBe(201);
    const api = await signIn(server, { email, password: first });

    const { body: link } = await operator.request(`/members/${made.id}/invitations`, {
      method: 'POST',
    });
    const second = newPassword();
    const chosen = await accept({ token: link['token'], password: second });
    expect(chosen.body).toMatchObject({ id: made.id, name: 'Grace', role: 'developer' });
    expect((await api.request('/session')).status).toBe(401);
    await expect(signIn(server, { email, password: first })).rejects.toThrow('not right');
    await signIn(server, { email, password: second });
  });

  //
  test('nobody gives more than they hold, in any way', async () => {
    const organization = await newOrganization();
    const owner = await newMember(operator, { role: 'owner', organization });
    const admin = await newMember(owner.api, { role: 'admin' });
    const auditor = await newMember(owner.api, { role: 'auditor' });
    const ways = (standing: object): [string, string, object][] => [
      ['POST', '/invitations', { email: newEmail(), ...standing }],
      ['POST', '/members', { email: newEmail(), name: 'x', ...standing }],
      ['PATCH', `/members/${auditor.id}`, standing],
    ];
    const refusals: [NewMember, object][] = [
      [admin, { role: 'owner' }],
      [admin, { permissions: ['organizations:write'] }],
      [owner, { permissions: ['instance:operate'] }],
    ];
    for (const [giver, standing] of refusals) {
      for (const [method, path, body] of ways(standing)) {
        const { status, body: problem } = await giver.api.request(path, { method, body });
        expect({ path, standing, status, code: problem['code'] }).toEqual({
          path,
          standing,
          status: 403,
          code: 'forbidden',
        });
      }
    }
    for (const [method, path, body] of ways({ role: 'admin' })) {
      expect((await admin.api.request(path, { method, body })).status).toBeLessThan(300);
    }
  });

  test('nobody rules over who holds more, nor over themselves', async () => {
    const organization = await newOrganization();
    const owner = await newMember(operator, { role: 'owner', organization });
    const admin = await newMember(owner.api, { role: 'admin' });
    const calls = (id: string): [string, string, object | undefined][] => [
      ['PATCH', `/members/${id}`, { role: 'auditor' }],
      ['PATCH', `/members/${id}`, { active: false }],
      ['DELETE', `/members/${id}`, undefined],
      ['POST', `/members/${id}/invitations`, {}],
    ];
    for (const target of [owner, admin]) {
      for (const [method, path, body] of calls(target.id)) {
        const { status } = await admin.api.request(path, { method, body });
        expect({ method, path, body, status }).toEqual({ method, path, body, status: 403 });
      }
    }
    const renamed = await admin.api.request(`/members/${admin.id}`, patch({ name: 'Renamed' }));
    expect([renamed.status, renamed.body['name']]).toEqual([200, 'Renamed']);
  });

  //
  test('the last owner who can sign in stays one', async () => {
    const organization = await newOrganization();
    const owner = await newMember(operator, { role: 'owner', organization });
    // Has no password yet, so nobody could sign in as this one.
    await operator.request('/members', {
      method: 'POST',
      body: { email: newEmail(), name: 'Not yet', role: 'owner', organization },
    });
    for (const options of [patch({ role: 'admin' }), patch({ active: false }), remove]) {
      const { status, body } = await operator.request(`/members/${owner.id}`, options);
      expect([status, body['code']]).toEqual([409, 'conflict']);
      expect(body['detail']).toContain('the last owner');
    }
    const second = await newMember(operator, { role: 'owner', organization });
    const both = await Promise.all(
      [owner, second].map(({ id }) =>
        operator.request(`/members/${id}`, patch({ role: 'auditor' })),
      ),
    );
    expect(both.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([
      200, 409,
    ]);
  });

  test('an explicit set takes the place of a role, and a role that of a set', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const both = await operator.request(
      `/members/${member.id}`,
      patch({ role: 'admin', permissions: [] }),
    );
    expect(both.status).toBe(400);
    const set = ['members:read', 'clients:read'];
    const changed = await operator.request(`/members/${member.id}`, patch({ permissions: set }));
    expect(changed.body).toMatchObject({ role: null, permissions: set });
    const back = await operator.request(`/members/${member.id}`, patch({ role: 'owner' }));
    expect(back.body).toMatchObject({ role: 'owner', permissions: ownerPermissions });
  });

  test('who lost permissions has not stored them in a link', async () => {
    const organization = await newOrganization();
    const owner = await newMember(operator, { role: 'owner', organization });
    const admin = await newMember(owner.api, { role: 'admin' });
    const { body } = await admin.api.request('/invitations', {
      method: 'POST',
      body: { email: newEmail(), role: 'admin' },
    });
    await owner.api.request(`/members/${admin.id}`, patch({ role: 'auditor' }));
    const answer = await accept({
      token: body['token'],
      name: 'Me again',
      password: newPassword(),
    });
    expect(answer.status).toBe(404);
  });

  test('a removed member is gone, and the address is free again', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    expect((await operator.request(`/members/${member.id}`, remove)).status).toBe(204);
    expect((await operator.request(`/members/${member.id}`)).status).toBe(404);
    expect((await member.api.request('/session')).status).toBe(401);
    await expect(signIn(server, member)).rejects.toThrow('not right');
    const again = await operator.request('/members', {
      method: 'POST',
      body: { email: member.email, name: 'Again', role: 'auditor' },
    });
    expect(again.status).toBe(201);
  });
});
