/** A member's own password and sessions, in a real browser: what has ended is refused by the server, not only hidden. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi } from '../support/admin-api.ts';
import {
  cookieName,
  newMember,
  newPassword,
  requestPublic,
  signIn,
  type NewMember,
} from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const nextPassword = newPassword();
let browser: ConsoleBrowser;
let member: NewMember;
let opened: ConsolePage;
let page: Page;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const organization = await operator.createOrganization();
  member = await newMember(operator, { organization, role: 'developer' });
  opened = await browser.signIn(member, '/settings');
  page = opened.page;
});

afterAll(() => browser.close());

const sessions = () => page.getByRole('table', { name: 'Sessions' });
const session = { title: 'Sign in', ended: 'Your session has ended.' };

async function cookieOf({ context }: ConsolePage): Promise<string> {
  const cookies = await context.cookies();
  return cookies.find(({ name }) => name === cookieName)?.value ?? '';
}

/** What the server says to the cookie alone, whatever the page has forgotten. */
async function statusWith(token: string): Promise<number> {
  const headers = { cookie: `${cookieName}=${token}` };
  return (await requestPublic(server, '/me', { headers })).status;
}

async function statusOfSignIn(password: string): Promise<number> {
  const body = { email: member.email, password };
  return (await requestPublic(server, '/session', { method: 'POST', body })).status;
}

async function fillPasswords(current: string, next: string, repeat = next): Promise<void> {
  await page.getByRole('textbox', { name: 'Current password' }).fill(current);
  await page.getByRole('textbox', { name: 'New password', exact: true }).fill(next);
  await page.getByRole('textbox', { name: 'New password again' }).fill(repeat);
  await page.getByRole('button', { name: 'Change the password' }).click();
}

//
test('the sessions are listed, and one of them is ended: its cookie is refused, this one goes on', async () => {
  const { api: other } = member;
  expect(await statusWith(other.token)).toBe(200);
  await sessions().getByRole('row').filter({ hasText: 'Chrome' }).getByText('This one').waitFor();
  const row = sessions().getByRole('row').filter({ hasText: 'node' });
  await row.getByRole('button', { name: /^End the session of node/ }).click();
  await page.getByText('The session has ended').waitFor();
  await row.waitFor({ state: 'detached' });
  expect(await statusWith(other.token)).toBe(401);
  expect(await statusWith(await cookieOf(opened))).toBe(200);
});

test('a password is changed by who knows it, and who types the new one twice alike', async () => {
  await fillPasswords(member.password, nextPassword, `${nextPassword}.`);
  await page.getByText('This is not the same password.').waitFor();
  await fillPasswords('not the one it is', nextPassword);
  await page.getByRole('alert').getByText('current_password').waitFor();
  await fillPasswords(member.password, 'short');
  await page.getByRole('alert').getByText('new_password').waitFor();
  expect(await statusOfSignIn(member.password)).toBe(201);
});

test('then the old one is refused, every other session has ended, and this one goes on', async () => {
  const elsewhere = await browser.signIn(member, '/clients');
  // It has asked for all that it shows.
  await elsewhere.page.waitForLoadState('networkidle');
  const tokens = [await cookieOf(elsewhere), (await signIn(server, member)).token];
  expect(await Promise.all(tokens.map(statusWith))).toEqual([200, 200]);
  await fillPasswords(member.password, nextPassword);
  await page.getByText('Your password is changed').waitFor();
  await sessions().getByRole('row').nth(1).waitFor();
  expect(await statusOfSignIn(member.password)).toBe(401);
  expect(await Promise.all(tokens.map(statusWith))).toEqual([401, 401]);
  // The other window finds out with the next thing it asks, and says so.
  await elsewhere.page.getByRole('link', { name: 'Access' }).click();
  await elsewhere.page.getByText(session.ended).waitFor();
  // Back where one was, with the new one.
  await elsewhere.page.getByLabel('E-mail address').fill(member.email);
  await elsewhere.page.getByRole('textbox', { name: 'Password' }).fill(nextPassword);
  await elsewhere.page.getByRole('button', { name: 'Sign in' }).click();
  await elsewhere.page.getByRole('heading', { level: 1, name: 'Access' }).waitFor();
  expect(await statusWith(await cookieOf(opened))).toBe(200);
  for (const field of await page.getByRole('textbox', { name: /password/ }).all()) {
    expect(await field.inputValue()).toBe('');
  }
});

test('signing out everywhere ends all of them on the server, this one too', async () => {
  const other = await signIn(server, { email: member.email, password: nextPassword });
  const own = await cookieOf(opened);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign out everywhere?' });
  await dialog.getByText('Every session of yours ends').waitFor();
  expect(await statusWith(own)).toBe(200);
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByText('You are signed out.').waitFor();
  expect([await statusWith(own), await statusWith(other.token)]).toEqual([401, 401]);
  await dialog.waitFor({ state: 'detached' });
  await page.goBack();
  await page.getByRole('heading', { name: session.title }).waitFor();
  expect(opened.complaints).toEqual([]);
});
