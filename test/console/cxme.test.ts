/** FEATURES 1, CXME: one credential pair for an organization, in a real browser, with the effect at the token endpoint. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, takePicture, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const refused = { status: 401, body: { error: 'invalid_client' } };
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
let organization: string;
let api: { identifier: string };

beforeAll(async () => {
  organization = await operator.createOrganization({ name: 'CXME' });
  api = await operator.createApi(['a'], { organization });
  browser = await ConsoleBrowser.start(server);
  opened = await browser.signIn(await newMember(operator, { role: 'owner', organization }));
  page = opened.page;
});

afterAll(() => browser.close());

const newClient = (name: string) =>
  operator.createClient([{ api: api.identifier, scopes: ['a'] }], { organization, name });
const rowOf = (name: string) => page.getByRole('row', { name: new RegExp(name) });

async function askToRegenerate(name: string) {
  await page.goto(browser.urlOf('/organization'));
  await rowOf(name).getByRole('button', { name: 'Regenerate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Existing integrations are disrupted').waitFor();
  return dialog;
}

test('1.1 Settings → General shows the client_id at any time, and the secret never', async () => {
  const client = await newClient('Main');
  await page.goto(browser.urlOf('/organization'));
  await rowOf('Main').getByText(client.clientId).waitFor();
  await page.getByText('is not displayed again after it was generated').waitFor();
  expect(await page.content()).not.toContain(client.clientSecret);
  await takePicture(page, 'organization');
});

test('1.2 Regenerate names what will break: which secret, when, from which address; nothing happens before Yes', async () => {
  const client = await newClient('Asked about');
  await requestToken(server, client);
  const dialog = await askToRegenerate('Asked about');
  const row = dialog.getByRole('row', { name: new RegExp(client.clientSecret.slice(-4)) });
  await row.waitFor();
  expect(await row.innerText()).toMatch(/127\.0\.0\.1|::1/);
  await takePicture(page, 'regenerate');
  // Not before the word is typed.
  expect(await dialog.getByRole('button', { name: 'Yes, regenerate' }).isDisabled()).toBe(true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  expect((await requestToken(server, client)).status).toBe(200);
});

test('1.3, 1.4, 1.6 a new pair is shown until the dialog is closed; the old pair ends at once; nobody reads it back', async () => {
  const client = await newClient('Renewed');
  const dialog = await askToRegenerate('Renewed');
  await dialog.getByLabel(/to confirm/).fill('regenerate');
  await dialog.getByRole('button', { name: 'Yes, regenerate' }).click();
  const renewed = await readShownCredential(page);
  expect(renewed.clientId).not.toBe(client.clientId);
  await takePicture(page, 'regenerated');
  await page.keyboard.press('Escape');
  expect(await dialog.isVisible()).toBe(true);
  expect(await requestToken(server, client)).toMatchObject(refused);
  expect((await requestToken(server, renewed)).status).toBe(200);
  await dialog.getByRole('button', { name: 'I have stored it' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await rowOf('Renewed').getByText(renewed.clientId).waitFor();
  for (const path of ['/organization', `/clients/${client.id}?tab=secrets`]) {
    await page.goto(browser.urlOf(path));
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.content()).not.toContain(renewed.clientSecret);
  }
});

test('1.4 with an overlap the old pair works beside the new one', async () => {
  const client = await newClient('Overlapping');
  const dialog = await askToRegenerate('Overlapping');
  await dialog.getByRole('combobox', { name: 'The old credential works for' }).click();
  await page.getByRole('option', { name: '1 day' }).click();
  await dialog.getByRole('button', { name: 'Yes, regenerate' }).click();
  const renewed = await readShownCredential(page);
  await dialog.getByText('The old credential ends on').waitFor();
  await dialog.getByRole('button', { name: 'I have stored it' }).click();
  for (const pair of [client, renewed]) {
    expect((await requestToken(server, pair)).status).toBe(200);
  }
});

test('1.5 whoever may not sees no button, and the API refuses the same call with 403', async () => {
  const client = await newClient('Not theirs');
  const auditor = await newMember(operator, { role: 'auditor', organization });
  const { page: theirs } = await browser.signIn(auditor, '/organization');
  await theirs.getByText(client.clientId).waitFor();
  expect(await theirs.getByRole('button', { name: 'Regenerate' }).count()).toBe(0);
  const { status } = await auditor.api.request(`/clients/${client.id}/regenerate`, {
    method: 'POST',
    body: {},
  });
  expect(status).toBe(403);
  expect((await requestToken(server, client)).status).toBe(200);
});

test('the name is changed; who was slower is told', async () => {
  await page.goto(browser.urlOf('/organization'));
  const name = page.getByLabel('Name');
  await name.fill('CXME International');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved').first().waitFor();
  const { body } = await operator.request(`/organizations/${organization}`);
  expect(body).toMatchObject({ name: 'CXME International' });
  await name.fill('Too late');
  await operator.request(`/organizations/${organization}`, {
    method: 'PATCH',
    body: { name: 'CXME Europe' },
  });
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody else has changed this meanwhile.').waitFor();
  expect(await name.inputValue()).toBe('Too late');
});

test('nothing complained, and nobody else was asked for anything', () => {
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
