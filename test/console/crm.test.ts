/** FEATURES 2, a CRM with agency keys and location keys, in a real browser, with the effect at the token endpoint. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, takePicture, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
let organization: string;
let location: string;
let api: { identifier: string };

beforeAll(async () => {
  organization = await operator.createOrganization();
  location = await operator.createLocation({ organization, name: 'Harbour Street' });
  api = await operator.createApi(['contacts:read'], { organization, name: 'Contacts' });
  browser = await ConsoleBrowser.start(server);
  opened = await browser.signIn(await newMember(operator, { role: 'owner', organization }));
  page = opened.page;
});

afterAll(() => browser.close());

const open = (path: string) => page.goto(browser.urlOf(path));
const newClient = (overrides: object = {}) =>
  operator.createClient([{ api: api.identifier, scopes: ['contacts:read'] }], {
    organization,
    ...overrides,
  });
const table = () => page.getByRole('table', { name: 'Clients' });

test('2.1, 2.3 API keys: two lists, of the agency and of its locations, with any number of keys', async () => {
  for (const name of ['Agency one', 'Agency two']) await newClient({ name });
  for (const name of ['Local one', 'Local two']) await newClient({ name, location });
  await open('/clients');
  await page.getByText('Organization', { exact: true }).last().click();
  await page.waitForURL(/location=none/);
  await table().getByText('Local one').waitFor({ state: 'hidden' });
  expect(await table().getByRole('link').allInnerTexts()).toEqual(['Agency two', 'Agency one']);
  await page.getByRole('radiogroup', { name: 'Belongs to' }).getByText('Locations').click();
  await page.waitForURL(/location=any/);
  await table().getByText('Agency one').waitFor({ state: 'hidden' });
  expect(await table().getByRole('link').allInnerTexts()).toEqual(['Local two', 'Local one']);
});

test('2.2, 2.4 Marketing Automation, of a location: shown once, and its tokens say the organization and the location', async () => {
  await open('/clients/new');
  await page.getByRole('textbox', { name: /^Name/ }).fill('Marketing Automation');
  const place = page.getByRole('combobox', { name: 'Belongs to' });
  await place.click();
  await place.fill('harb');
  await page.getByRole('option', { name: 'Harbour Street' }).click();
  await page.getByRole('combobox', { name: 'Add an API' }).fill(api.identifier);
  await page.getByRole('option', { name: /Contacts/ }).click();
  await page.getByRole('button', { name: 'All scopes' }).click();
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('It belongs to: Harbour Street.').waitFor();
  await page.getByRole('button', { name: 'Create the client' }).click();
  const credential = await readShownCredential(page);
  const { body } = await requestToken(server, credential);
  const claims = decodeJwt(String(body['access_token']));
  expect(claims).toMatchObject({ organization_id: organization, location_id: location });
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.waitForURL(/\/clients\/client_/);
});

test('2.5 a client can be exempted from deletion, and a shorter life given to its tokens', async () => {
  const client = await newClient({ name: 'Seldom used' });
  await open(`/clients/${client.id}`);
  await page.getByRole('switch', { name: /Exempt/ }).click();
  expect(await page.getByRole('switch', { name: /Exempt/ }).isChecked()).toBe(true);
  await page.getByLabel(/Lifetime/).fill('600');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved', { exact: true }).first().waitFor();
  const { body } = await operator.request(`/clients/${client.id}`);
  expect(body).toMatchObject({
    exempt_from_inactivity: true,
    access_token_lifetime_seconds: 600,
  });
  expect((await requestToken(server, client)).body).toMatchObject({ expires_in: 600 });
});

test('2.6 a lost key: a new secret, the old one revoked with its last use before the eyes; it is refused, and why', async () => {
  const client = await newClient({ name: 'Lost key' });
  await requestToken(server, client);
  await open(`/clients/${client.id}?tab=secrets`);
  await page.getByRole('button', { name: 'New secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make the secret' }).click();
  const renewed = await readShownCredential(page);
  await takePicture(page, 'client-secrets');
  for (const pair of [client, renewed]) {
    expect((await requestToken(server, pair)).status).toBe(200);
  }
  await page.getByRole('button', { name: 'I have stored it' }).click();
  const old = page.getByRole('row', { name: new RegExp(client.clientSecret.slice(-4)) });
  await old.getByText(/from (127\.0\.0\.1|::1)/).waitFor();
  await old.getByRole('button', { name: 'Revoke' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('table').getByText(client.clientSecret.slice(-4)).waitFor();
  const confirm = dialog.getByRole('button', { name: 'Revoke the secret' });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel(/to confirm/).fill('revoke');
  await confirm.click();
  await old.getByText('Revoked').waitFor();
  expect(await requestToken(server, client)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect((await requestToken(server, renewed)).status).toBe(200);
  await page.getByRole('tab', { name: 'Refusals' }).click();
  await page.getByText('The secret was revoked').waitFor();
});

// What none of the five has: an overlap that ends by itself, and can be cancelled.
test('2.6 the old secret ends after an overlap, unless it is kept', async () => {
  const client = await newClient({ name: 'Overlap' });
  await open(`/clients/${client.id}?tab=secrets`);
  await page.getByRole('button', { name: 'New secret' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('end after an overlap').check();
  await dialog.getByRole('button', { name: 'Make the secret' }).click();
  await readShownCredential(page);
  await page.getByRole('button', { name: 'I have stored it' }).click();
  const old = page.getByRole('row', { name: new RegExp(client.clientSecret.slice(-4)) });
  await old.getByText('Retiring').waitFor();
  await old.getByRole('button', { name: 'Keep it' }).click();
  await old.getByText('Live').waitFor();
  expect((await requestToken(server, client)).status).toBe(200);
});

test('2.7 developer documentation: a quick start with the own client_id in five languages, the API reference, best practice', async () => {
  const client = await newClient({ name: 'Documented' });
  await open(`/clients/${client.id}?tab=quick-start`);
  const fetches = page.getByRole('region', { name: 'Fetch an access token' });
  for (const language of ['curl', 'Node', 'Python', 'Go', 'Java']) {
    await page.getByRole('radiogroup', { name: 'Language' }).getByText(language).first().click();
    await fetches.getByText(client.clientId).waitFor();
  }
  await takePicture(page, 'client-quick-start');
  const reference = page.getByRole('main').getByRole('link', { name: 'API reference' });
  expect(await reference.getAttribute('href')).toBe(`${server.issuer}/docs`);
  await page.getByRole('link', { name: /Best practice/ }).waitFor();
});

test('usage, audit trail and webhooks of a client, each behind its own address', async () => {
  const client = await newClient({ name: 'Looked at' });
  await requestToken(server, client);
  const webhook = await operator.createWebhook('https://example.com/hook', ['client.updated'], {
    organization,
    client: client.id,
  });
  await open(`/clients/${client.id}?tab=audit`);
  await page.getByText('client.created').first().waitFor();
  await page.getByRole('tab', { name: 'Webhooks' }).click();
  await page.waitForURL(/tab=webhooks/);
  const link = page.getByRole('link', { name: 'https://example.com/hook' });
  expect(await link.getAttribute('href')).toBe(`/console/webhooks/${webhook.id}`);
  await page.getByRole('tab', { name: 'Usage' }).click();
  await page.getByRole('heading', { name: 'Granted, and not requested in 90 days' }).waitFor();
  const chart = page.getByRole('img', { name: /access token/i });
  await chart.getByText('1', { exact: true }).waitFor();
  // There is no half of an access token.
  expect(await chart.getByText(/^0\.\d+$/).count()).toBe(0);
  await takePicture(page, 'client-usage');
  await page.goBack();
  await link.waitFor();
  // Among those of all clients it is told by its name.
  await open('/usage');
  const used = page.getByRole('table', { name: 'Usage' }).getByRole('row');
  const name = used.filter({ hasText: client.clientId }).getByRole('link');
  expect(await name.textContent()).toBe('Looked at');
});

test('nothing complained, and nobody else was asked for anything', () => {
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
