/** `latchkey members` and `latchkey me`. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newEmail, newMember, newPassword, requestPublic, signIn } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type Outcome,
  type WorkingFolder,
} from './latchkey-runner.ts';

const { embedded: server } = sharedServers();
const admin = new AdminApi(server);
let folder: WorkingFolder;
let credentials: string;

beforeAll(async () => {
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
});
afterAll(() => folder.remove());

const asAdmin = (...args: string[]): Promise<Outcome> =>
  latchkeyHere([...args, '--credentials', credentials]);

test('the operator invites the first member, who comes in with the token that is shown', async () => {
  const email = newEmail();
  const invited = await asAdmin('members', 'invite', email, '--role', 'owner', '--expires', '1h');
  expect(invited).toMatchObject({ exitCode: 0, stderr: '' });
  const [token] = /lki_\w{43}/.exec(invited.stdout) ?? [];
  const password = newPassword();
  const body = { token, name: 'Ada', password };
  const accepted = await requestPublic(server, '/invitations/accept', { method: 'POST', body });
  expect(accepted.status).toBe(201);
  await signIn(server, { email, password });
  const shown = await asAdmin('members', 'show', email, '--json');
  expect(parseOutput(shown)).toMatchObject({ email, role: 'owner', api_access: { active: false } });
});

test('a member is listed, given another role, stopped, started and removed by their address', async () => {
  const { email, api } = await newMember(admin, { role: 'auditor' });
  const listed = await asAdmin('members', 'list', '--search', email);
  expect(listed.stdout).toMatch(/^E-MAIL +NAME +ROLE +STATE .*\n\S+ +Ada +auditor +active/);
  const set = await asAdmin('members', 'set-role', email, '--permission', 'clients:read');
  expect(set).toMatchObject({
    exitCode: 0,
    stdout: `${email} has clients:read now, and signs in anew.\n`,
  });
  expect((await api.request('/session')).status).toBe(401);
  expect((await asAdmin('members', 'deactivate', email, '--yes')).exitCode).toBe(0);
  const inactive = await asAdmin('members', 'list', '--search', email, '--inactive', '--json');
  expect(parseOutput(inactive)).toMatchObject({ data: [{ email, active: false }] });
  expect((await asAdmin('members', 'activate', email)).exitCode).toBe(0);
  const link = await asAdmin('members', 'link', email, '--json');
  expect(parseOutput(link)).toMatchObject({
    email,
    token: expect.stringMatching(/^lki_/) as unknown,
  });
  expect((await asAdmin('members', 'remove', email, '--yes')).exitCode).toBe(0);
  const gone = await asAdmin('members', 'show', email);
  expect(gone).toMatchObject({
    exitCode: 1,
    stderr: `latchkey: no member has the id or e-mail address "${email}"\n`,
  });
});

test('says what is missing, and what is refused', async () => {
  const nothing = await asAdmin('members', 'invite', newEmail());
  expect([nothing.exitCode, nothing.stderr]).toEqual([
    2,
    'latchkey: name --role, or --permission instead\n',
  ]);
  const wrong = await asAdmin('members', 'invite', 'nobody', '--role', 'owner', '--json');
  expect(wrong.exitCode).toBe(1);
  expect(JSON.parse(wrong.stderr)).toMatchObject({ error: { code: 'invalid' } });
});

test('API access is seen and cleared, and me says who one is', async () => {
  const member = await newMember(admin, { role: 'auditor' });
  const { body } = await member.api.request('/me/api-access', { method: 'POST' });
  const own = await folder.saveCredential(server.issuer, {
    clientId: String(body['client_id']),
    clientSecret: String(body['client_secret']),
  });
  const me = await latchkeyHere(['me', '--credentials', own, '--json']);
  expect(parseOutput(me)).toMatchObject({ type: 'client', member: member.id });
  const cleared = await asAdmin('members', 'clear-access', member.email, '--yes');
  expect(cleared.exitCode).toBe(0);
  const after = await latchkeyHere(['me', '--credentials', own]);
  expect(after.exitCode).toBe(1);
});

test('invitations are listed, and revoked by the address they were given to', async () => {
  const email = newEmail();
  await asAdmin('members', 'invite', email, '--role', 'auditor');
  const listed = await asAdmin('invitations', 'list');
  expect(listed.stdout).toMatch(/^E-MAIL +ROLE +STATUS +FOR +GOOD UNTIL +ID\n/);
  expect(listed.stdout).toMatch(new RegExp(`^${email} +auditor +open +somebody new `, 'm'));
  const revoked = await asAdmin('invitations', 'revoke', email.toUpperCase());
  expect(revoked).toMatchObject({ exitCode: 0, stderr: '' });
  const open = await asAdmin('invitations', 'list', '--json');
  expect(open.stdout).not.toContain(email);
  const all = await asAdmin('invitations', 'list', '--all');
  expect(all.stdout).toMatch(new RegExp(`^${email} +auditor +revoked `, 'm'));
  expect(await asAdmin('invitations', 'revoke', email)).toMatchObject({
    exitCode: 1,
    stderr: `latchkey: nobody is invited as "${email}"\n`,
  });
});

test('5.1, 5.2 a member turns their API access on, regenerates it, looks at it and turns it off', async () => {
  const { email, password, api } = await newMember(admin, { role: 'auditor' });
  const access = (args: string[], input = `${password}\n`) =>
    latchkeyHere(['me', 'api-access', ...args, '--email', email, '--issuer', server.issuer], {
      input,
    });
  const file = folder.path('own.env');
  const on = await access(['on', '--save', file]);
  expect(on).toMatchObject({ exitCode: 0, stderr: '' });
  expect(on.stdout).not.toContain('lks_');
  const me = () => latchkeyHere(['me', '--credentials', file, '--json']);
  expect(parseOutput(await me())).toMatchObject({ type: 'client', permissions: expect.any(Array) });
  expect((await access(['show'])).stdout).toMatch(/API access +on/);

  const regenerated = await access(['regenerate', '--json']);
  expect(parseOutput(regenerated)['client_secret']).toMatch(/^lks_/);
  expect((await me()).exitCode).toBe(1);
  expect((await access(['off'])).stdout).toBe(
    'Turned your API access off: its credential fails.\n',
  );
  expect((await access(['show'])).stdout).toBe('Your API access is off.\n');
  // Signed out again each time: what is left is the session that the member began with.
  const { body } = await api.request<{ data: unknown[] }>('/me/sessions');
  expect(body.data).toHaveLength(1);

  expect(await access(['show'], 'not the password')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the password is not right'),
  });
  const nobody = await latchkeyHere(['me', 'api-access', 'on', '--issuer', server.issuer]);
  expect(nobody).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--email') });
  const typed = await latchkeyHere(['me', 'api-access', 'show', '--email', email], {
    isTerminal: true,
  });
  expect(typed).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('pipe the password'),
  });
});
