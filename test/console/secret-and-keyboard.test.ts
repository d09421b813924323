/** A client is made with keys alone, and its secret is nowhere in the browser once it is stored. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';
import { nameOfFocus, tabTo } from './keys.ts';

jest.setTimeout(180_000);

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
/** Everything the browser wrote down, asked for, and was told. */
const said: string[] = [];
const asked: string[] = [];
const told: Promise<string>[] = [];
let secret = '';
/** Of the client, and another secret of it. */
let clientId = '';
let next = '';
let identifier = '';

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const organization = await operator.createOrganization();
  const owner = await newMember(operator, { role: 'owner', organization });
  identifier = `https://${owner.id.toLowerCase().replace('_', '-')}.example.com`;
  await owner.api.request('/apis', {
    method: 'POST',
    body: {
      identifier,
      name: 'Orders',
      scopes: [{ value: 'orders:read' }],
    },
  });
  opened = await browser.signIn(owner, '/clients');
  ({ page } = opened);
  page.on('console', (message) => said.push(message.text()));
  page.on('request', (request) => asked.push(`${request.url()} ${request.postData() ?? ''}`));
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (!pathname.startsWith('/console/')) told.push(response.text().catch(() => ''));
  });
});
afterAll(() => browser.close());

// W-22
test('a client is made with keys alone', async () => {
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  await tabTo(page, 'New client');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'New client' }).waitFor();
  await tabTo(page, /^Name/);
  await page.keyboard.type('By keys alone');
  await tabTo(page, /^Add an API/);
  await page.keyboard.press('ArrowDown');
  // Other suites have APIs of the whole instance, of the same name.
  await page.keyboard.type(identifier);
  await until(async () => (await page.getByRole('option').count()) === 1, 'one API is offered');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'All scopes' }).waitFor();
  await tabTo(page, 'All scopes', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Review');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Create the client' }).waitFor();
  await tabTo(page, 'Create the client');
  await page.keyboard.press('Enter');
  await page.getByTestId('shown-secret').waitFor();
  await tabTo(page, 'Copy client_secret');
  await page.keyboard.press('Enter');
  secret = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(secret).toMatch(/^lks_/);
});

// W-09, W-10
test('once it is stored, the secret is in no page, storage, address, cache or console', async () => {
  const credential = await readShownCredential(page);
  expect(credential.clientSecret).toBe(secret);
  ({ clientId } = credential);
  expect((await requestToken(server, credential)).status).toBe(200);
  expect(await page.content()).toContain(secret);
  await tabTo(page, 'I have stored it');
  await page.keyboard.press('Enter');
  await page.getByTestId('shown-secret').waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'By keys alone' }).waitFor();

  // Nor is there anywhere that it could be.
  const places = await page.evaluate<unknown[]>(
    'Promise.all([indexedDB.databases(), caches.keys(), navigator.serviceWorker.getRegistrations()])',
  );
  expect(places).toEqual([[], [], []]);
  const left = await page.evaluate<string>(`(() => {
    const values = [...document.querySelectorAll('input, textarea')].map(({ value }) => value);
    return JSON.stringify([document.documentElement.outerHTML, values, { ...localStorage },
      { ...sessionStorage }, history.state, location.href, document.cookie]);
  })()`);
  expect(left).not.toContain(secret);
  const { cookies, origins } = await opened.context.storageState({ indexedDB: true });
  expect(JSON.stringify({ cookies, origins })).not.toContain(secret);
  expect(said.join('\n')).not.toContain(secret);
  expect(asked.join('\n')).not.toContain(secret);
  // One answer held it, and is in no cache of the browser: the same request gives it to nobody.
  const holders = (await Promise.all(told)).filter((answer) => answer.includes(secret));
  expect(holders).toHaveLength(1);

  for (const go of ['goBack', 'goForward', 'reload'] as const) {
    await page[go]();
    await page.waitForLoadState('networkidle');
    await until(async () => !(await page.content()).includes(secret), `gone after ${go}`);
    expect(await page.getByTestId('shown-secret').count()).toBe(0);
  }
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});

/** As a screen reader says it: there is one in every row. */
const revokeOf = (hint: string) => new RegExp(`^Revoke [^ ]*${hint}`);

// W-22
test('another secret is made with keys alone, and the keyboard goes from the button to the box and on', async () => {
  await tabTo(page, 'Overview');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('table', { name: 'Secrets' }).waitFor();
  await tabTo(page, 'New secret');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make the secret' }).waitFor();
  // Whoever changes their mind is back where they were.
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await until(async () => (await nameOfFocus(page)) === 'New secret', 'back at the button');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Make the secret' }).waitFor();
  await tabTo(page, 'Make the secret');
  await page.keyboard.press('Enter');
  await page.getByTestId('shown-secret').waitFor();
  await dialog.waitFor({ state: 'detached' });
  await until(async () => /shown this once/.test(await nameOfFocus(page)), 'at the box');
  await tabTo(page, 'Copy client_secret');
  await page.keyboard.press('Enter');
  next = await page.evaluate<string>('navigator.clipboard.readText()');
  await tabTo(page, 'I have stored it');
  await page.keyboard.press('Enter');
  await until(async () => (await nameOfFocus(page)) === 'By keys alone', 'at the top of the page');
  expect((await requestToken(server, { clientId, clientSecret: next })).status).toBe(200);
});

// W-22
test('a secret is revoked with keys alone, its word typed, and the keyboard is nowhere lost', async () => {
  const hint = secret.slice(-4);
  await tabTo(page, revokeOf(hint));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await until(async () => revokeOf(hint).test(await nameOfFocus(page)), 'back at the button');
  await page.keyboard.press('Enter');
  await dialog.getByRole('textbox').waitFor();
  await until(async () => (await nameOfFocus(page)).startsWith('Type'), 'in the field');
  await page.keyboard.type('revok');
  await page.keyboard.press('Enter');
  // Not quite the word: nothing happens.
  expect((await requestToken(server, { clientId, clientSecret: secret })).status).toBe(200);
  await page.keyboard.type('e');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await page
    .getByRole('row', { name: new RegExp(hint) })
    .getByText('Revoked')
    .waitFor();
  expect((await requestToken(server, { clientId, clientSecret: secret })).status).toBe(401);
  expect((await requestToken(server, { clientId, clientSecret: next })).status).toBe(200);
  await until(async () => (await nameOfFocus(page)) === 'By keys alone', 'at the top of the page');
  expect(opened.complaints).toEqual([]);
});
