/** FEATURES 2.4, 3.4, 5.3 and 5.4 in a real browser: a location's clients reach no further, and who holds access is found, and cleared. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { newMember, requestPublic, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const adminApi = `${server.issuer}/api`;
let browser: ConsoleBrowser;
let organization: string;
let opened: ConsolePage;
let page: Page;
let developer: NewMember;
let ofOrganization: RegisteredClient;
let ofLocation: { clientId: string; clientSecret: string };

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  organization = await operator.createOrganization();
  await operator.createLocation({ organization, name: 'Old Town' });
  const owner = await newMember(operator, { organization, role: 'owner' });
  developer = await newMember(operator, { organization, role: 'developer' });
  ofOrganization = await operator.createClient([{ api: adminApi, scopes: ['clients:read'] }], {
    organization,
    name: 'Head office',
  });
  opened = await browser.signIn(owner, '/clients');
  page = opened.page;
});

afterAll(() => browser.close());

/** What a program sees of the organization with the client's own token. */
async function clientsSeenBy(credential: { clientId: string; clientSecret: string }) {
  const { body } = await requestToken(server, credential, { resource: adminApi });
  const headers = { authorization: `Bearer ${String(body['access_token'])}` };
  const answer = await requestPublic<{ data: { name: string }[] }>(server, '/clients', { headers });
  return { status: answer.status, names: answer.body.data.map(({ name }) => name).sort() };
}

async function choose(label: string, search: string): Promise<void> {
  const field = page.getByRole('combobox', { name: label });
  await field.click();
  await field.fill(search);
  await page.getByRole('option', { name: search }).click();
}

test('2.4 a client of a location, made in the browser, sees that location and nothing beyond it', async () => {
  await page.getByRole('link', { name: 'New client' }).first().click();
  await page.getByRole('textbox', { name: /^Name/ }).fill('Till');
  await choose('Belongs to', 'Old Town');
  await page.getByRole('combobox', { name: 'Add an API' }).fill(adminApi);
  await page.getByRole('option', { name: new RegExp(adminApi) }).click();
  await page.getByRole('combobox', { name: /^Scopes of/ }).click();
  await page.getByRole('option', { name: 'clients:read' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByRole('button', { name: 'Create the client' }).click();
  ofLocation = await readShownCredential(page);
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('heading', { level: 1, name: 'Till' }).waitFor();
  expect(await clientsSeenBy(ofLocation)).toEqual({ status: 200, names: ['Till'] });
  expect(await clientsSeenBy(ofOrganization)).toEqual({
    status: 200,
    names: ['Head office', 'Till'],
  });
});

test('2.4 what belongs to the organization itself is not there for it', async () => {
  const { body } = await requestToken(server, ofLocation, { resource: adminApi });
  const headers = { authorization: `Bearer ${String(body['access_token'])}` };
  const { status } = await requestPublic(server, `/clients/${ofOrganization.id}`, { headers });
  expect(status).toBe(404);
});

test('3.4 who holds access is narrowed by what they are, whether they are active, where they belong, and by name', async () => {
  const { body } = await developer.api.request('/me/api-access', { method: 'POST' });
  await operator.createClient([], { organization, name: 'Closed shop', active: false });
  await page.getByRole('link', { name: 'Access' }).click();
  const rows = page.getByRole('table').getByRole('row');
  const shows = async (name: string, others: readonly string[]) => {
    await rows.filter({ hasText: name }).waitFor();
    for (const other of others) {
      await rows.filter({ hasText: other }).first().waitFor({ state: 'detached' });
    }
  };
  const personal = String(body['client_id']);
  await rows.filter({ hasText: personal }).waitFor();
  await page.getByRole('radiogroup', { name: 'Who' }).getByText('Integrations').click();
  await shows('Till', [personal]);
  const status = page.getByRole('radiogroup', { name: 'Status' });
  await status.getByText('Inactive', { exact: true }).click();
  await shows('Closed shop', ['Till']);
  await status.getByText('Active', { exact: true }).click();
  await shows('Till', ['Closed shop']);
  await choose('Belongs to', 'Old Town');
  await shows('Till', ['Head office']);
  await choose('Belongs to', 'The organization itself');
  await shows('Head office', ['Till']);
  await page.getByRole('textbox', { name: 'Search' }).fill('nobody at all');
  await page.getByText('Nothing matches.').waitFor();
  await page.getByRole('textbox', { name: 'Search' }).fill('head');
  await shows('Head office', []);
});

test('5.3, 5.4 of members alone it is API management: the access of one is cleared, from the list', async () => {
  const { body } = await developer.api.request('/me/api-access/regenerate', { method: 'POST' });
  const credential = {
    clientId: String(body['client_id']),
    clientSecret: String(body['client_secret']),
  };
  expect(await clientsSeenBy(credential)).toMatchObject({ status: 200 });
  await page.getByRole('textbox', { name: 'Search' }).fill('');
  await page.getByRole('radiogroup', { name: 'Who' }).getByText('API access').click();
  await page.getByRole('heading', { level: 1, name: 'API management' }).waitFor();
  const row = page.getByRole('row').filter({ hasText: credential.clientId });
  await row.getByRole('button', { name: /^Clear/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(credential.clientId).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect((await requestToken(server, credential, { resource: adminApi })).status).toBe(200);
  await row.getByRole('button', { name: /^Clear/ }).click();
  await dialog.getByRole('button', { name: 'Clear the API access' }).click();
  await row.waitFor({ state: 'detached' });
  expect(await requestToken(server, credential, { resource: adminApi })).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  // Their own page says that it is off, and turns it on again: a new one.
  const again = await developer.api.request('/me/api-access', { method: 'POST' });
  expect(again.body['client_id']).not.toBe(credential.clientId);
  expect(opened.complaints).toEqual([]);
});
