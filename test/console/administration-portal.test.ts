/** FEATURES 4, an administration portal: API → API Keys, in a real browser, with the effect at the token endpoint. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { formatBasic } from '../support/token-request.ts';
import { until } from '../support/until.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, narrow, takePicture, wide, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
let organization: string;
let api: { id: string; identifier: string };

beforeAll(async () => {
  organization = await operator.createOrganization();
  api = await operator.createApi(['orders:read', 'orders:write', 'orders:delete'], {
    name: 'Orders',
    organization,
  });
  browser = await ConsoleBrowser.start(server);
  opened = await browser.signIn(await newMember(operator, { role: 'owner', organization }));
  page = opened.page;
});

afterAll(() => browser.close());

const open = (path: string) => page.goto(browser.urlOf(path));
const grants = (scopes: readonly string[]) => [{ api: api.identifier, scopes }];
const newClient = (scopes: readonly string[], overrides: object = {}) =>
  operator.createClient(grants(scopes), { organization, ...overrides });

async function isActive(token: string): Promise<boolean> {
  const resourceServer = await operator.createClient([], { organization });
  await operator.request(`/apis/${api.id}`, {
    method: 'PATCH',
    body: { introspection_clients: [resourceServer.id] },
  });
  const response = await fetch(`${server.issuer}/oauth2/introspect`, {
    method: 'POST',
    headers: { authorization: formatBasic(resourceServer) },
    body: new URLSearchParams({ token }),
  });
  return ((await response.json()) as { active: boolean }).active;
}

test('4.1 API keys: a table of every key, sorted by its columns, searched, a page at a time', async () => {
  const names = ['Charlie', 'Alpha', 'Bravo'];
  for (const name of names) await newClient(['orders:read'], { name });
  const inactive = await newClient(['orders:write'], { name: 'Delta', active: false });
  await open('/clients');
  const table = page.getByRole('table', { name: 'Clients' });
  await table.getByRole('row', { name: /Delta/ }).getByText(inactive.clientId).waitFor();
  const row = await table.getByRole('row', { name: /Delta/ }).innerText();
  expect(row).toMatch(/orders:write[\s\S]*INACTIVE[\s\S]*never/);
  await page.getByRole('button', { name: 'Sort by Name' }).click();
  await page.waitForURL(/sort=name/);
  const untilShown = (expected: readonly string[]) =>
    until(async () => {
      const shown = await table.getByRole('row').getByRole('link').allInnerTexts();
      return shown.join() === expected.join();
    }, `the table shows ${expected.join()}`);
  await untilShown(['Alpha', 'Bravo', 'Charlie', 'Delta']);
  await page.getByRole('textbox', { name: 'Search' }).fill('brav');
  await untilShown(['Bravo']);
});

test('4.2 Add API Key: name, several scopes at once or all, active or not; the secret in a green banner, gone on the next page', async () => {
  await open('/clients/new');
  await page.getByLabel('Name', { exact: false }).first().fill('Marketing Automation');
  await page.getByRole('combobox', { name: 'Add an API' }).fill(api.identifier);
  await page.getByRole('option', { name: /Orders/ }).click();
  await page.getByRole('button', { name: 'All scopes' }).click();
  await takePicture(page, 'client-new');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('orders:read, orders:write, orders:delete').waitFor();
  await takePicture(page, 'client-review');
  await page.getByRole('button', { name: 'Create the client' }).click();
  const credential = await readShownCredential(page);
  await takePicture(page, 'client-made');
  expect((await requestToken(server, credential)).body).toMatchObject({
    scope: 'orders:read orders:write orders:delete',
  });
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('heading', { level: 1, name: 'Marketing Automation' }).waitFor();
  expect(await page.content()).toContain(credential.clientId);
  expect(await page.content()).not.toContain(credential.clientSecret);
  await takePicture(page, 'client-overview');
});

test('4.2 Add API Key, not active: it is INACTIVE and gets no token', async () => {
  await open('/clients/new');
  await page.getByLabel('Name', { exact: false }).first().fill('Later');
  await page.getByRole('switch', { name: 'Active' }).click();
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('It is made INACTIVE').waitFor();
  await page.getByRole('button', { name: 'Create the client' }).click();
  const credential = await readShownCredential(page);
  expect(await requestToken(server, credential)).toMatchObject({ status: 401 });
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByRole('main').getByText('INACTIVE').waitFor();
});

test('4.3 other scopes: the next token carries them, and a removed one is refused at once', async () => {
  const client = await newClient(['orders:read', 'orders:write'], { name: 'Scopes change' });
  expect((await requestToken(server, client)).body).toMatchObject({
    scope: 'orders:read orders:write',
  });
  await open('/clients');
  await page.getByRole('link', { name: 'Scopes change' }).click();
  await page.getByRole('tab', { name: 'Grants' }).click();
  const scopes = page.getByRole('combobox', { name: 'Scopes of Orders' });
  await scopes.click();
  await page.getByRole('option', { name: 'orders:delete' }).click();
  await scopes.press('Escape');
  await page
    .locator('.mantine-MultiSelect-pill', { hasText: 'orders:write' })
    .locator('button')
    .click();
  await page.getByText('Loses orders:write').waitFor();
  await takePicture(page, 'client-grants');
  await page.getByRole('button', { name: 'Save the grants' }).click();
  await page.getByText('Grants saved').first().waitFor();
  expect((await requestToken(server, client)).body).toMatchObject({
    scope: 'orders:read orders:delete',
  });
  expect(await requestToken(server, client, { scope: 'orders:write' })).toMatchObject({
    status: 400,
    body: { error: 'invalid_scope' },
  });
});

// nobody overwrites what somebody else has changed meanwhile.
test('4.3 two who change the scopes at once: the second is told, and nothing is overwritten', async () => {
  const client = await newClient(['orders:read'], { name: 'Changed by two' });
  await open(`/clients/${client.id}?tab=grants`);
  await page.getByRole('button', { name: 'All scopes' }).click();
  await operator.request(`/clients/${client.id}`, {
    method: 'PATCH',
    body: { grants: grants(['orders:write']) },
  });
  await page.getByRole('button', { name: 'Save the grants' }).click();
  await page.getByText('Somebody else has changed this meanwhile.').waitFor();
  expect((await requestToken(server, client)).body).toMatchObject({ scope: 'orders:write' });
  await page.getByRole('button', { name: 'Load it as it is now' }).click();
  await page.locator('.mantine-MultiSelect-pill', { hasText: 'orders:write' }).waitFor();
});

test('4.4 Active set to No: INACTIVE, no tokens, those out are inactive; Yes brings it back', async () => {
  const client = await newClient(['orders:read'], { name: 'Switched' });
  const token = String((await requestToken(server, client)).body['access_token']);
  expect(await isActive(token)).toBe(true);
  await open(`/clients/${client.id}`);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('What used it in the last 30 days').waitFor();
  await takePicture(page, 'client-deactivate');
  await page.setViewportSize(narrow);
  // In one piece, beside it and not cut: what used it is a card.
  const address = dialog.getByText('127.0.0.1', { exact: true });
  const lines = () =>
    address.evaluate((element) => {
      const written = element.ownerDocument.createRange();
      written.selectNodeContents(element);
      return written.getClientRects().length;
    });
  await until(async () => (await lines()) === 1, 'the address stands on one line');
  await page.setViewportSize(wide);
  expect((await requestToken(server, client)).status).toBe(200);
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await page.getByRole('main').getByText('INACTIVE', { exact: true }).waitFor();
  expect(await requestToken(server, client)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  });
  expect(await isActive(token)).toBe(false);
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await page.getByText('Switched is active again').waitFor();
  expect((await requestToken(server, client)).status).toBe(200);
});

test('4.4 several at once: what was selected is deactivated together, and nothing else', async () => {
  const mark = 'Together';
  const made = [];
  for (const letter of ['A', 'B', 'C']) {
    made.push(await newClient(['orders:read'], { name: `${mark} ${letter}` }));
  }
  await open(`/clients?q=${mark}`);
  await page.getByLabel(`Select ${mark} A`).check();
  await page.getByLabel(`Select ${mark} C`).check();
  await page.getByRole('button', { name: 'Deactivate (2)' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
  await page.getByText('2 clients deactivated').waitFor();
  const statuses = [];
  for (const client of made) statuses.push((await requestToken(server, client)).status);
  expect(statuses).toEqual([401, 200, 401]);
});

//
test('4.4 several at once, one of which is refused: the others are done, and what was not is said of each', async () => {
  const mark = 'Partly';
  const made = [];
  for (const letter of ['A', 'B', 'C']) {
    made.push(await newClient(['orders:read'], { name: `${mark} ${letter}` }));
  }
  await open(`/clients?q=${mark}`);
  for (const letter of ['A', 'B', 'C']) await page.getByLabel(`Select ${mark} ${letter}`).check();
  await page.getByRole('button', { name: 'Deactivate (3)' }).click();
  const dialog = page.getByRole('dialog');
  // Somebody else deletes one before it is confirmed.
  await operator.request(`/clients/${made[1]?.id}`, { method: 'DELETE' });
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  const alert = dialog.getByRole('alert');
  await alert.getByText('2 of 3 clients are deactivated.').waitFor();
  expect(await alert.getByRole('listitem').allInnerTexts()).toEqual([
    `${mark} B: there is no such client, or it is not yours to see`,
  ]);
  for (const place of [0, 2]) {
    const { body } = await operator.request(`/clients/${made[place]?.id}`);
    expect(body).toMatchObject({ active: false });
  }
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('main').getByText(`${mark} B`).waitFor({ state: 'detached' });
  expect(await page.getByRole('main').getByText('INACTIVE', { exact: true }).count()).toBe(2);
});

test('a deleted client gets no tokens, and one press takes the deletion back', async () => {
  const client = await newClient(['orders:read'], { name: 'Deleted by mistake' });
  await open(`/clients/${client.id}`);
  await page.getByRole('button', { name: 'Delete the client' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete the client' }).click();
  await page.waitForURL(browser.urlOf('/clients'));
  expect((await requestToken(server, client)).status).toBe(401);
  expect((await operator.request(`/clients/${client.id}`)).status).toBe(404);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Deleted by mistake is restored').waitFor();
  const { body } = await operator.request(`/clients/${client.id}`);
  expect(body).toMatchObject({ name: 'Deleted by mistake', active: false });
});

test('nothing complained, and nobody else was asked for anything', () => {
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
