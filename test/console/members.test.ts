/** The pages of members and locations, in a real browser: what is done there is seen where it counts. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { newEmail, newMember, newPassword, requestPublic } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const email = newEmail();
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

test('somebody is invited: the link is shown once, and lets them in', async () => {
  await page.getByRole('link', { name: 'Invite' }).click();
  await page.getByRole('textbox', { name: 'E-mail address' }).fill(email);
  await page.getByRole('radio', { name: 'Auditor' }).check();
  await page.getByRole('button', { name: 'Make the invitation' }).click();
  const box = page.getByTestId('shown-secret');
  await box.waitFor();
  const link = (await box.locator('.mono').textContent()) ?? '';
  expect(link).toMatch(`${server.issuer}/console/invitation#lki_`);
  await box.getByRole('button', { name: 'I have stored it' }).click();
  await box.waitFor({ state: 'detached' });
  const token = link.split('#')[1] ?? '';
  expect((await page.content()).includes(token)).toBe(false);
  await page.goto(browser.urlOf('/members'));
  await page.getByRole('table', { name: 'Open invitations' }).getByText(email).waitFor();
  const accepted = await requestPublic(server, '/invitations/accept', {
    method: 'POST',
    body: { token, name: 'Grace', password: newPassword() },
  });
  expect(accepted).toMatchObject({ status: 201, body: { role: 'auditor', organization } });
  const grant = { api, scopes: ['read'], default: true };
  const member = accepted.body['id'];
  client = await operator.createClient([grant], { organization, member, name: 'Her import' });
  expect((await ask()).status).toBe(200);
});

test('a role is changed, and obeyed', async () => {
  await page.reload();
  await page.getByRole('link', { name: 'Grace' }).click();
  await page.getByRole('radio', { name: 'Developer' }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. It counts from now on').waitFor();
  const { body } = await operator.request<{ data: { role: string }[] }>(`/members?q=${email}`);
  expect(body.data.map(({ role }) => role)).toEqual(['developer']);
});

test('removing a member names the clients that end, and ends them', async () => {
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
});

test('a location is made, stopped with the names of its clients, and not deleted while it holds them', async () => {
  await page.goto(browser.urlOf('/locations'));
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
  expect((await ask()).status).not.toBe(200);
  await page.getByRole('button', { name: 'Delete the location' }).click();
  const deletion = page.getByRole('dialog', { name: 'Delete Old Town?' });
  await deletion.getByRole('textbox').fill('Old Town');
  await deletion.getByRole('button', { name: 'Delete the location' }).click();
  await deletion.getByRole('alert').getByText('Its import').waitFor();
  expect(opened.complaints).toEqual([]);
});
