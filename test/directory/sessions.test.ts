/** Signing in and out: what a session opens, what it does not, and when it ends. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { declaredRoutes } from '../admin/declared-routes.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import {
  cookieName,
  csrfHeader,
  MemberApi,
  newEmail,
  newMember,
  newPassword,
  requestPublic,
  signIn,
  type NewMember,
} from '../support/member-api.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase, describeOnBothDatabases } from '../support/shared-servers.ts';

const post = (body?: object) => ({ method: 'POST', ...(body ? { body } : {}) });
const remove = { method: 'DELETE' };
const patch = (body: object) => ({ method: 'PATCH', body });

describeOnBothDatabases('sessions', (server) => {
  const operator = new AdminApi(server);
  const signInWith = (email: string, password: string, headers: Record<string, string> = {}) =>
    requestPublic(server, '/session', { ...post({ email, password }), headers });
  const client = { name: 'Made by session' };

  test('are begun with a cookie that no script reads and no other site sends', async () => {
    const { email, password, id } = await newMember(operator, { role: 'admin' });
    const { status, headers, body } = await signInWith(email.toUpperCase(), password);
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toMatch(
      /^latchkey_session=lkm_[0-9A-Za-z]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    expect(body).toEqual({
      id: expect.stringMatching(/^session_/) as unknown,
      csrf_token: expect.stringMatching(/^[\w-]{43}$/) as unknown,
      member: id,
      expires_at: expect.any(String) as unknown,
      confirmed_until: expect.any(String) as unknown,
      idle_timeout_seconds: 3600,
    });
    const api = new MemberApi(server, { status, headers, body });
    expect((await api.request('/session')).body).toEqual(body);
    expect((await api.request('/me')).body).toMatchObject({
      type: 'member',
      id,
      name: email,
      display_name: 'Ada',
      member: id,
      own_secrets_only: false,
    });
  });

  // S6: by its bytes nobody tells who is a member.
  test('refuse whoever is unknown, without a password, or wrong, active or not, in the same words', async () => {
    const known = await newMember(operator, { role: 'auditor' });
    const stopped = await newMember(operator, { role: 'auditor' });
    await operator.request(`/members/${stopped.id}`, patch({ active: false }));
    const unfinished = newEmail();
    await operator.request('/members', post({ email: unfinished, name: 'x', role: 'auditor' }));
    const answers = await Promise.all(
      [
        [known.email, newPassword()],
        [known.email, ''],
        [newEmail(), newPassword()],
        ['no address', newPassword()],
        [stopped.email, newPassword()],
        [unfinished, newPassword()],
      ].map(async ([email = '', password = '']) => {
        const { status, headers, body } = await signInWith(email, password);
        const { request_id: _requestId, ...rest } = body;
        const names = [...headers.keys()].filter(
          (name) => !['x-request-id', 'date'].includes(name),
        );
        return { status, rest, headers: names.map((name) => [name, headers.get(name)]) };
      }),
    );
    expect(answers[0]?.status).toBe(401);
    expect(answers).toEqual(answers.map(() => answers[0]));
    const right = await signInWith(stopped.email, stopped.password);
    expect({ status: right.status, cookie: right.headers.get('set-cookie') }).toEqual({
      status: 403,
      cookie: null,
    });
    expect(right.body['detail']).toBe(
      'your account is not active: ask an owner of your organization to activate it',
    );
  });

  // W-05: whatever a visitor brings along is not what they leave with.
  test('have a new id at every sign-in', async () => {
    const { email, password, api } = await newMember(operator, { role: 'auditor' });
    const planted = `lkm_${'0'.repeat(43)}`;
    const again = await signInWith(email, password, { cookie: `${cookieName}=${planted}` });
    expect(again.status).toBe(201);
    const second = new MemberApi(server, again);
    expect(new Set([planted, api.token, second.token]).size).toBe(3);
    const { status } = await second.request('/session', {
      headers: { cookie: `${cookieName}=${planted}` },
    });
    expect(status).toBe(401);
  });

  // W-04
  test('change nothing without the proof of our own page', async () => {
    const { api } = await newMember(operator, { role: 'admin' });
    const other = await newMember(operator, { role: 'admin' });
    const cases: [string, Record<string, string>][] = [
      ['no header', { [csrfHeader]: '' }],
      ['a wrong value', { [csrfHeader]: 'x'.repeat(43) }],
      ["another session's value", { [csrfHeader]: other.api.csrfToken }],
      ['another site', { 'sec-fetch-site': 'cross-site' }],
      ['a sibling site', { 'sec-fetch-site': 'same-site' }],
      ['an address typed in', { 'sec-fetch-site': 'none' }],
      ['another origin', { origin: 'https://evil.example' }],
      ['no origin', { origin: 'null' }],
    ];
    for (const [what, headers] of cases) {
      for (const [path, options] of [
        ['/clients', post(client)],
        ['/session', remove],
      ] as const) {
        const { status, body } = await api.request(path, { ...options, headers });
        expect({ what, path, status, code: body['code'] }).toEqual({
          what,
          path,
          status: 403,
          code: 'forbidden',
        });
      }
    }
    const own = { origin: server.issuer, 'sec-fetch-site': 'same-origin' };
    expect((await api.request('/clients', { ...post(client), headers: own })).status).toBe(201);
    // A form cannot say that it is JSON.
    const form = await fetch(`${server.issuer}/api/v1/clients`, {
      method: 'POST',
      headers: { cookie: api.cookie, [csrfHeader]: api.csrfToken },
      body: new URLSearchParams(client),
    });
    expect(form.status).toBe(415);
  });

  // W-05: nobody is signed in to somebody else's account by another site.
  test('are not begun by another site, and no link is used by one', async () => {
    const { email, password } = await newMember(operator, { role: 'auditor' });
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example' },
    ]) {
      expect((await signInWith(email, password, headers)).status).toBe(403);
      const accepted = await requestPublic(server, '/invitations/accept', {
        ...post({ token: 'x', name: 'x', password }),
        headers,
      });
      expect(accepted.status).toBe(403);
    }
  });

  //
  test('and an access token together are refused', async () => {
    const { api } = await newMember(operator, { role: 'admin' });
    const { body } = await requestToken(server, server.operator, {
      resource: `${server.issuer}/api`,
    });
    for (const authorization of [
      `Bearer ${String(body['access_token'])}`,
      'Bearer x',
      'Basic eDp5',
    ]) {
      const answer = await api.request('/clients', { headers: { authorization } });
      expect([answer.status, answer.body['code']]).toEqual([400, 'invalid']);
    }
  });

  test('hold what the role holds, and no more', async () => {
    const { api } = await newMember(operator, { role: 'auditor' });
    expect((await api.request('/clients')).status).toBe(200);
    const { status, body } = await api.request('/clients', post(client));
    expect([status, body['code']]).toEqual([403, 'forbidden']);
    expect(body['detail']).toContain('clients:write');
  });

  test('are not for clients: what is a member’s own is forbidden to an access token', async () => {
    for (const [path, options] of [
      ['/session', {}],
      ['/session', remove],
      ['/me/sessions', {}],
      ['/me/password', post({ current_password: 'x', new_password: newPassword() })],
      ['/me/api-access', post()],
    ] as const) {
      expect((await operator.request(path, options)).status).toBe(403);
    }
  });

  // W-06, A-55: each is obeyed at the very next call.
  test.each<[string, number, (member: NewMember) => Promise<unknown>]>([
    ['signing out', 401, ({ api }) => api.request('/session', remove)],
    [
      'signing out everywhere',
      401,
      async (member) => (await signIn(server, member)).request('/me/sessions', remove),
    ],
    [
      'ending the session from another one',
      401,
      async (member) =>
        (await signIn(server, member)).request(`/me/sessions/${member.api.sessionId}`, remove),
    ],
    [
      'a new password',
      401,
      async (member) =>
        (await signIn(server, member)).request(
          '/me/password',
          post({ current_password: member.password, new_password: newPassword() }),
        ),
    ],
    ['a new role', 401, ({ id }) => operator.request(`/members/${id}`, patch({ role: 'auditor' }))],
    ['deactivation', 401, ({ id }) => operator.request(`/members/${id}`, patch({ active: false }))],
    ['removal', 401, ({ id }) => operator.request(`/members/${id}`, remove)],
    ['a new name', 200, ({ id }) => operator.request(`/members/${id}`, patch({ name: 'New' }))],
  ])('after %s the next call is %d', async (_way, status, end) => {
    const member = await newMember(operator, { role: 'admin' });
    expect((await member.api.request('/clients?limit=1')).status).toBe(200);
    const answer = (await end(member)) as { status: number };
    expect([200, 204]).toContain(answer.status);
    expect((await member.api.request('/clients?limit=1')).status).toBe(status);
  });

  test('a new password needs the current one, keeps this session, and is the one that counts', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const next = newPassword();
    const change = (current: string, wanted = next) =>
      member.api.request('/me/password', post({ current_password: current, new_password: wanted }));
    const wrong = await change('not the password');
    expect([wrong.status, wrong.body['errors']]).toEqual([
      400,
      [{ pointer: '/current_password', detail: 'is not your current password' }],
    ]);
    const weak = await change(member.password, 'short');
    expect([weak.status, weak.body['errors']]).toMatchObject([400, [{ pointer: '/new_password' }]]);
    expect((await change(member.password)).status).toBe(204);
    expect((await member.api.request('/session')).status).toBe(200);
    await expect(signIn(server, member)).rejects.toThrow('not right');
    await signIn(server, { ...member, password: next });
  });

  test('a list of them shows where each was begun, and nothing to come in with', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const second = new MemberApi(
      server,
      await signInWith(member.email, member.password, {
        'user-agent': `Browser ${'x'.repeat(300)}`,
      }),
    );
    const { body } = await second.request<{ data: Record<string, unknown>[] }>('/me/sessions');
    expect(body.data.map(({ id, current }) => ({ id, current }))).toEqual([
      { id: second.sessionId, current: true },
      { id: member.api.sessionId, current: false },
    ]);
    expect(String(body.data[0]?.['user_agent'])).toHaveLength(200);
    expect(body.data[0]?.['address']).toMatch(/127\.0\.0\.1|::1/);
    expect(JSON.stringify(body)).not.toContain(second.token);
    const stranger = await newMember(operator, { role: 'auditor' });
    const foreign = await stranger.api.request(`/me/sessions/${second.sessionId}`, remove);
    expect(foreign.status).toBe(404);
  });

  // whatever was waiting for its turn.
  test('a call under way does nothing once its member is removed', async () => {
    let refused = 0;
    for (let round = 0; round < 3; round += 1) {
      const { id, api } = await newMember(operator, { role: 'admin' });
      const create = () => api.request('/clients', post({ name: 'Never' }));
      const before = Array.from({ length: 3 }, create);
      const removing = operator.request(`/members/${id}`, remove);
      const answers = await Promise.all([...before, ...Array.from({ length: 8 }, create)]);
      expect((await removing).status).toBe(204);
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status !== 201 && status !== 401)).toEqual([]);
      refused += statuses.filter((status) => status === 401).length;
      const removed = await operator.readAll<{ sequence: number }>(
        `/audit-events?target=${id}&action=member.removed`,
      );
      const done = await operator.readAll<{ sequence: number; action: string }>(
        `/audit-events?actor=${id}&action=client.created`,
      );
      expect(done.filter(({ sequence }) => sequence > (removed[0]?.sequence ?? 0))).toEqual([]);
      expect(done).toHaveLength(statuses.filter((status) => status === 201).length);
    }
    expect(refused).toBeGreaterThan(0);
  });

  // W-12
  test('too many guesses at once at one account are turned away, and the right password is not refused', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const guess = () => signInWith(member.email, newPassword());
    for (let count = 0; count < 6; count += 1) expect((await guess()).status).toBe(401);
    expect((await signInWith(member.email, member.password)).status).toBe(201);
    const many = await Promise.all(Array.from({ length: 12 }, guess));
    const turnedAway = many.filter(({ status }) => status === 429);
    expect(turnedAway.length).toBeGreaterThan(0);
    expect(turnedAway[0]?.headers.get('retry-after')).toBe('1');
  });
});

describe('sessions on a clock that moves', () => {
  let server: ServerProcess;
  let operator: AdminApi;
  let offsetMillis = 0;
  beforeAll(async () => {
    server = await startServer({ databaseUrl: await createDatabase(), entry: 'movable' });
    operator = new AdminApi(server);
  });
  afterAll(killServersLeft);

  async function advance(seconds: number): Promise<void> {
    offsetMillis += seconds * 1000;
    await server.moveClock(offsetMillis);
    operator.forgetToken();
  }

  // W-06
  test('end when they are not used for an hour, and after twelve however much they are', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const idle = await signIn(server, member);
    for (let hour = 0; hour < 12; hour += 1) {
      await advance(59 * 60);
      expect((await member.api.request('/session')).status).toBe(200);
    }
    expect((await idle.request('/session')).status).toBe(401);
    await advance(13 * 60);
    expect((await member.api.request('/session')).status).toBe(401);
  });

  //
  test('do what cannot be taken back only a quarter of an hour after the password was entered', async () => {
    const owner = await newMember(operator, { role: 'owner' });
    const client = await operator.createClient([]);
    const worst = declaredRoutes.filter(({ needsConfirmation }) => needsConfirmation);
    expect(worst.map(({ operationId }) => operationId)).toEqual(
      expect.arrayContaining(['regenerateClient', 'revoke', 'deleteOrganization', 'updateMember']),
    );
    const regenerate = () => owner.api.request(`/clients/${client.id}/regenerate`, post());
    expect((await regenerate()).status).toBe(200);
    await advance(16 * 60);
    const events = () => operator.readAll(`/audit-events?target=${client.id}`);
    const before = await events();
    expect((await owner.api.request('/clients')).status).toBe(200);
    for (const { method, path, operationId } of worst) {
      const answer = await owner.api.request(path.replaceAll(/\{\w+\}/g, client.id), {
        method: method.toUpperCase(),
        ...(method === 'delete' ? {} : { body: {} }),
      });
      // Who may not do it at all is told that.
      const isOperators = declaredRoutes.some(
        (route) => route.operationId === operationId && route.operatorOnly,
      );
      const code = isOperators ? 'forbidden' : 'confirmation_required';
      expect({ operationId, status: answer.status, code: answer.body['code'] }).toEqual({
        operationId,
        status: 403,
        code,
      });
    }
    expect(await events()).toEqual(before);

    const confirm = (password: string) =>
      owner.api.request('/session/confirmation', post({ password }));
    expect(await confirm('not the password')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '/password' }] },
    });
    expect((await regenerate()).status).toBe(403);
    const until = async () =>
      Date.parse(String((await owner.api.request('/session')).body['confirmed_until']));
    const ended = await until();
    expect((await confirm(owner.password)).status).toBe(200);
    expect((await until()) - ended).toBeGreaterThan(15 * 60_000);
    expect((await regenerate()).status).toBe(200);
    // An access token is nobody who has left a page open.
    await advance(16 * 60);
    const byToken = await operator.request(`/clients/${client.id}/regenerate`, post());
    expect(byToken.status).toBe(200);
    expect((await regenerate()).body['code']).toBe('confirmation_required');
  });

  test('links end after seven days', async () => {
    const invite = async () =>
      (await operator.request('/invitations', post({ email: newEmail(), role: 'auditor' }))).body[
        'token'
      ];
    const accept = (token: unknown) =>
      requestPublic(
        server,
        '/invitations/accept',
        post({ token, name: 'A', password: newPassword() }),
      );
    const [first, second] = [await invite(), await invite()];
    await advance(7 * 86_400 - 60);
    expect((await accept(first)).status).toBe(201);
    await advance(60);
    expect((await accept(second)).status).toBe(404);
  });
});
