/** The pages of members and locations, in a real browser: what is done there is seen where it counts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import {
  newEmail,
  newMember,
  newPassword,
  requestPublic,
  signIn,
  type MemberApi,
} from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const email = newEmail();
let password = newPassword();
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
let organization: string;
let api: string;
let client: RegisteredClient;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  organization = await operator.createOrganization();
  const owner = await newMember(operator, { organization, role: 'owner' });
  ({ identifier: api } = await operator.createApi(['read'], { organization }));
  opened = await browser.signIn(owner, '/members');
  page = opened.page;
});

afterAll(() => browser.close());

const ask = () => requestToken(server, client, { resource: api });

/** Shown once: copied from the box, which then closes. */
async function takeLink(): Promise<string> {
  const box = page.getByTestId('shown-secret');
  await box.waitFor();
  const link = (await box.locator('.mono').textContent()) ?? '';
  expect(link).toMatch(`${server.issuer}/console/invitation#lki_`);
  await box.getByRole('button', { name: 'I have stored it' }).click();
  await box.waitFor({ state: 'detached' });
  const token = link.split('#')[1] ?? '';
  expect((await page.content()).includes(token)).toBe(false);
  return token;
}

async function invite(address: string): Promise<string> {
  await page.getByRole('link', { name: 'Invite' }).click();
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(address);
  await page.getByRole('radio', { name: 'Auditor' }).check();
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  const token = await takeLink();
  await page.getByRole('link', { name: 'Members' }).first().click();
  return token;
}

function accept(token: string) {
  const body = { token, name: 'Grace', password };
  return requestPublic(server, '/invitations/accept', { method: 'POST', body });
}

/** What their browser, the program with their token, and their password are told. */
async function standingOf(session: MemberApi, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const body = { email, password };
  const answers = await Promise.all([
    session.request('/me'),
    requestPublic(server, '/me', { headers }),
    requestPublic(server, '/session', { method: 'POST', body }),
    requestToken(server, client, { resource: api }),
  ]);
  return answers.map(({ status }) => status);
}

/** With which a program calls the admin API. */
async function tokenOfClient(): Promise<string> {
  const { body } = await requestToken(server, client, { resource: `${server.issuer}/api` });
  return String(body['access_token']);
}

test('an invitation is revoked: its link lets nobody in, and says so to whoever opens it', async () => {
  const address = newEmail();
  const token = await invite(address);
  const row = page.getByRole('row').filter({ hasText: address });
  await row.getByRole('button', { name: `Revoke the invitation of ${address}` }).click();
  const dialog = page.getByRole('dialog', { name: `Revoke the invitation of ${address}?` });
  await dialog.getByRole('button', { name: 'Revoke the invitation' }).click();
  await row.waitFor({ state: 'detached' });
  expect((await accept(token)).status).toBe(404);
  const visitor = await browser.open();
  await visitor.page.goto(browser.urlOf(`/invitation#${token}`));
  // At once, before anything is typed.
  await visitor.page.getByText('This link lets nobody in any more').waitFor();
  expect(await visitor.page.getByRole('textbox').count()).toBe(0);
  expect(visitor.complaints).toEqual([]);
  await visitor.context.close();
});

test('somebody is invited: the link is shown once, and lets them in', async () => {
  const token = await invite(email);
  await page.getByRole('table', { name: 'Open invitations' }).getByText(email).waitFor();
  const accepted = await accept(token);
  expect(accepted).toMatchObject({ status: 201, body: { role: 'auditor', organization } });
  const grants = [
    { api, scopes: ['read'], default: true },
    { api: `${server.issuer}/api`, scopes: ['clients:read'] },
  ];
  const member = accepted.body['id'];
  client = await operator.createClient(grants, { organization, member, name: 'Her import' });
  expect((await ask()).status).toBe(200);
});

test('a role is changed, and obeyed', async () => {
  const makeSecret = async () => {
    const session = await signIn(server, { email, password });
    return (await session.request(`/clients/${client.id}/secrets`, { method: 'POST' })).status;
  };
  expect(await makeSecret()).toBe(403);
  await page.reload();
  await page.getByRole('link', { name: 'Grace' }).click();
  await page.getByRole('radio', { name: 'Developer' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. It counts from now on').waitFor();
  expect(await makeSecret()).toBe(201);
});

test('a member who has forgotten their password gets a new link, and the one before it is dead', async () => {
  const newLink = async () => {
    await page.getByRole('button', { name: 'New link' }).click();
    const dialog = page.getByRole('dialog', { name: 'Give Grace a new link?' });
    await dialog.getByText('an earlier link ends').waitFor();
    await dialog.getByRole('button', { name: 'Make the link' }).click();
    return takeLink();
  };
  const [dead, token] = [await newLink(), await newLink()];
  const forgotten = { email, password };
  password = newPassword();
  expect((await accept(dead)).status).toBe(404);
  expect((await accept(token)).status).toBe(201);
  const { status } = await requestPublic(server, '/session', { method: 'POST', body: forgotten });
  expect(status).toBe(401);
});

test('a member is deactivated: session, password, clients and their tokens end; activated, they may come back', async () => {
  const session = await signIn(server, { email, password });
  const token = await tokenOfClient();
  await page.getByRole('button', { name: 'Deactivate' }).click();
  const dialog = page.getByRole('dialog', { name: 'Deactivate Grace?' });
  await dialog.getByText('Her import').waitFor();
  expect(await standingOf(session, token)).toEqual([200, 200, 201, 200]);
  const confirm = dialog.getByRole('button', { name: 'Deactivate' });
  await confirm.click();
  // She has chosen a password since this page was read.
  await dialog.getByText('Somebody else has changed this meanwhile').waitFor();
  await dialog.getByRole('button', { name: 'Load it as it is now' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await confirm.click();
  await page.getByText('Grace is inactive').waitFor();
  await page.getByRole('main').getByText('INACTIVE', { exact: true }).first().waitFor();
  expect(await standingOf(session, token)).toEqual([401, 401, 403, 401]);
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await page.getByText('Grace is active').waitFor();
  // What had ended stays ended.
  expect(await standingOf(session, token)).toEqual([401, 401, 201, 200]);
});

test('removing a member names the clients that end, and ends them', async () => {
  const session = await signIn(server, { email, password });
  const token = await tokenOfClient();
  await page.getByRole('button', { name: 'Remove' }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove Grace?' });
  await dialog.getByText('Her import').waitFor();
  const confirm = dialog.getByRole('button', { name: 'Remove the member' });
  expect(await confirm.isDisabled()).toBe(true);
  expect((await ask()).status).toBe(200);
  await dialog.getByRole('textbox').fill(email);
  await confirm.click();
  await page.getByRole('heading', { level: 1, name: 'Members' }).waitFor();
  expect(await ask()).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  expect(await standingOf(session, token)).toEqual([401, 401, 401, 401]);
});

test('a location is made, stopped with the names of its clients, and not deleted while it holds them', async () => {
  await page.getByRole('link', { name: 'Locations' }).click();
  await page.getByRole('button', { name: 'New location' }).first().click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Old Town');
  await page.getByRole('dialog').getByRole('button', { name: 'Make the location' }).click();
  await page.getByRole('link', { name: 'Old Town' }).click();
  await page.getByRole('heading', { level: 1, name: 'Old Town' }).waitFor();
  const location = page.url().split('/').at(-1);
  const grant = { api, scopes: ['read'], default: true };
  client = await operator.createClient([grant], { organization, location, name: 'Its import' });
  expect((await ask()).status).toBe(200);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  const stop = page.getByRole('dialog', { name: 'Deactivate Old Town?' });
  await stop.getByText('Its import').waitFor();
  await stop.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByRole('button', { name: 'Activate', exact: true }).waitFor();
  expect(await ask()).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  await page.getByRole('button', { name: 'Delete the location' }).click();
  const deletion = page.getByRole('dialog', { name: 'Delete Old Town?' });
  await deletion.getByRole('textbox').fill('Old Town');
  await deletion.getByRole('button', { name: 'Delete the location' }).click();
  await deletion.getByRole('alert').getByText('Its import').waitFor();
  expect(opened.complaints).toEqual([]);
});
