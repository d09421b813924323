/** A stopped organization or location lets nobody in: not with a link, and not with a password. */
import { expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newEmail, newMember, newPassword, requestPublic } from '../support/member-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const places = ['organization', 'location'] as const;

describeOnBothDatabases('what is stopped', (server) => {
  const operator = new AdminApi(server);
  const post = (path: string, body: object) =>
    requestPublic(server, path, { method: 'POST', body });
  const accept = (token: unknown, more: object = {}) =>
    post('/invitations/accept', { token, name: 'Ada', password: newPassword(), ...more });

  async function newPlace(what: (typeof places)[number]) {
    const organization = await operator.createOrganization();
    const location = await operator.createLocation({ organization });
    const path =
      what === 'organization' ? `/organizations/${organization}` : `/locations/${location}`;
    const setActive = async (active: boolean) => {
      const { status } = await operator.request(path, { method: 'PATCH', body: { active } });
      expect({ path, status }).toEqual({ path, status: 200 });
    };
    return { place: { organization, location }, path, setActive };
  }

  test.each(places)(
    'a link into a stopped %s lets nobody in, says why, and works when it goes on',
    async (what) => {
      const { place, setActive } = await newPlace(what);
      const standing = { email: newEmail(), role: 'auditor', ...place };
      const invited = await operator.request('/invitations', { method: 'POST', body: standing });
      const made = await operator.request('/members', {
        method: 'POST',
        body: { ...standing, email: newEmail(), name: 'Ada' },
      });
      const links = [invited.body, made.body['invitation'] as Record<string, unknown>];
      await setActive(false);
      for (const { token, expires_at: expiresAt } of links) {
        const { status, body } = await accept(token);
        expect({ status, code: body['code'], detail: body['detail'] }).toEqual({
          status: 409,
          code: 'conflict',
          detail: `the ${what} is stopped, and nobody comes in until it is started again: the link stays valid until ${String(expiresAt)}`,
        });
      }
      // Whoever has no link learns nothing.
      expect((await accept(`lki_${'0'.repeat(43)}`)).status).toBe(404);
      expect(await operator.readAll(`/invitations?open=true&organization=${place.organization}`))
        // What came with the member, and the other.
        .toHaveLength(2);
      await setActive(true);
      for (const { token } of links) expect((await accept(token)).status).toBe(201);
    },
  );

  // S6, W-06
  test.each(places)(
    'nobody signs in to a stopped %s, nor stays signed in, also when it goes on',
    async (what) => {
      const { place, path, setActive } = await newPlace(what);
      const { organization } = place;
      const above = await newMember(operator, { role: 'auditor', organization });
      const { email, password, api } = await newMember(operator, { role: 'auditor', ...place });
      const signIn = async (credential: object) => {
        const { status, headers, body } = await post('/session', credential);
        const { request_id: _requestId, ...said } = body;
        return { status, said, cookie: headers.get('set-cookie') };
      };
      await setActive(false);
      // By a wrong password nobody tells whether there is such a member.
      const wrong = await signIn({ email, password: newPassword() });
      expect(wrong.status).toBe(401);
      expect(wrong).toEqual(await signIn({ email: newEmail(), password }));
      // Whoever has the right one is told why, and whom to ask.
      expect(await signIn({ email, password })).toMatchObject({
        status: 403,
        said: {
          code: 'forbidden',
          detail: expect.stringContaining(`your ${what} is stopped, and nobody signs in to it`),
        },
        cookie: null,
      });
      expect((await api.request('/me')).status).toBe(401);
      await setActive(true);
      expect((await api.request('/me')).status).toBe(401);
      // The organization's own are not the location's.
      const isOfAll = what === 'organization';
      expect((await above.api.request('/me')).status).toBe(isOfAll ? 401 : 200);
      expect((await signIn({ email, password })).status).toBe(201);
      const { body } = await operator.request<{ data: { details: object }[] }>(
        `/audit-events?target=${path.split('/').at(-1)}&limit=2`,
      );
      expect(body.data.map(({ details }) => details)).toEqual([
        { active: { before: false, after: true } },
        { active: { before: true, after: false }, sessions_ended: isOfAll ? 2 : 1 },
      ]);
    },
  );
});
