/** The way into the console, and out of it again, in a real browser. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newEmail, newMember, newPassword, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let owner: NewMember;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  owner = await newMember(operator, { role: 'owner' });
});

afterAll(() => browser.close());

test('who is not signed in comes to the door first, and then to the page that was asked for', async () => {
  const { page, complaints, foreignRequests } = await browser.signIn(
    owner,
    '/clients?active=false',
  );
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  expect(new URL(page.url()).search).toBe('?active=false');
  expect(complaints).toEqual([]);
  // W-01: nobody else is asked for anything.
  expect(foreignRequests).toEqual([]);
});

test('a wrong password says no more than that one of the two is wrong', async () => {
  const { page } = await browser.open();
  await page.goto(browser.urlOf('/sign-in'));
  await page.getByLabel('E-mail address').fill(owner.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('not this one at all');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('E-mail address or password is wrong').waitFor();
  expect(await page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('');
});

test('whoever has the right password, and whose organization is stopped, is told that and nothing less', async () => {
  const organization = await operator.createOrganization();
  const stopped = await newMember(operator, { role: 'owner', organization });
  await operator.request(`/organizations/${organization}`, {
    method: 'PATCH',
    body: { active: false },
  });
  const { page } = await browser.open();
  await page.goto(browser.urlOf('/sign-in'));
  const said = page.getByRole('alert');
  const send = async (password: string) => {
    await page.getByRole('textbox', { name: 'Password' }).fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await page.getByLabel('E-mail address').fill(stopped.email);
  await send('not this one at all');
  await said.getByText('E-mail address or password is wrong').waitFor();
  await send(stopped.password);
  await said.getByText('your organization is stopped').waitFor();
  expect(await page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('');
});

test('signing out ends the session on the server, and nothing is left to go back to', async () => {
  const { page, context } = await browser.signIn(owner);
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  const cookies = await context.cookies();
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  const old = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const { status } = await fetch(`${server.issuer}/api/v1/me`, { headers: { cookie: old } });
  expect(status).toBe(401);
  await page.goBack();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
});

test('a session that has ended meanwhile leads to the door, and back', async () => {
  const { page } = await browser.signIn(owner);
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  await owner.api.request('/me/sessions', { method: 'DELETE' });
  await page.getByRole('textbox', { name: 'Search' }).fill('anything');
  await page.getByText('Your session has ended.').waitFor();
  await page.getByLabel('E-mail address').fill(owner.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(owner.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
});

// W-20: an open redirect would make our door somebody else's.
test('the page behind the door is one of ours, whatever the address says', async () => {
  const { page } = await browser.open();
  for (const next of ['//evil.example/', '/\\evil.example', 'https://evil.example/']) {
    await page.context().clearCookies();
    await page.goto(browser.urlOf(`/sign-in?next=${encodeURIComponent(next)}`));
    await page.getByLabel('E-mail address').fill(owner.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(owner.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(browser.urlOf('/'));
  }
});

test('a link lets its holder choose a name and a password, and the token leaves the address', async () => {
  const email = newEmail();
  const password = newPassword();
  const { body } = await operator.request('/invitations', {
    method: 'POST',
    body: { email, role: 'auditor' },
  });
  const { page } = await browser.open();
  await page.goto(browser.urlOf(`/invitation#${String(body['token'])}`));
  await page.getByLabel('Your name').fill('Grace');
  // Whose the link is, it says itself.
  expect(await page.getByLabel('E-mail address').inputValue()).toBe(email);
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
  await page.getByRole('textbox', { name: 'Password again' }).fill(password);
  expect(page.url()).not.toContain('lki_');
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.getByText('Your account is ready.').waitFor();
  const opened = await browser.signIn({ email, password }, '/settings');
  await opened.page.getByText(`You are signed in as Grace (${email}).`).waitFor();
  await opened.page.getByRole('button', { name: 'Your account' }).click();
  await opened.page.getByRole('menu').getByText('Grace', { exact: true }).waitFor();
  // Used, it says so to whoever opens it again, before anything is typed.
  await page.goto('about:blank');
  await page.goto(browser.urlOf(`/invitation#${String(body['token'])}`));
  await page.getByRole('alert').getByText('This link lets nobody in any more').waitFor();
});

test('a member who chooses another password with a link is not asked for a name again', async () => {
  const member = await newMember(operator, { role: 'auditor' });
  const path = `/members/${member.id}/invitations`;
  const { body } = await operator.request(path, { method: 'POST' });
  const password = newPassword();
  const { page, complaints } = await browser.open();
  await page.goto(browser.urlOf(`/invitation#${String(body['token'])}`));
  await page.getByText('Choose another password.').waitFor();
  expect(await page.getByLabel('Your name').count()).toBe(0);
  await page.getByRole('textbox', { name: 'Password', exact: true }).fill(password);
  await page.getByRole('textbox', { name: 'Password again' }).fill(password);
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.getByText('Your account is ready.').waitFor();
  expect(complaints).toEqual([]);
  const { page: settings } = await browser.signIn({ email: member.email, password }, '/settings');
  await settings.getByText('You are signed in as Ada').waitFor();
});
