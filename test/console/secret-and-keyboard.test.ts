/** A client is made with keys alone, and its secret is nowhere in the browser once it is stored. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

jest.setTimeout(180_000);

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const tabsMax = 60;
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
/** Everything the browser wrote down, asked for, and was told. */
const said: string[] = [];
const asked: string[] = [];
const told: Promise<string>[] = [];
let secret = '';
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

/** What somebody who moves by Tab is told they are at. */
const nameOfFocus = () =>
  page.evaluate<string>(`(() => {
    const at = document.activeElement;
    const labels = at.labels ? [...at.labels].map((label) => label.textContent) : [];
    return [at.getAttribute('aria-label'), ...labels, at.textContent].filter(Boolean).join(' ');
  })()`);

async function tabTo(name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const passed: string[] = [];
  for (let presses = 0; presses < tabsMax; presses += 1) {
    await page.keyboard.press(key);
    const at = (await nameOfFocus()).replaceAll('*', '').trim();
    if (typeof name === 'string' ? at === name : name.test(at)) {
      // Whoever sees it, sees where they are.
      const isSeen = await page.evaluate<boolean>(`(() => {
        const at = document.activeElement;
        const { outlineStyle, outlineWidth, borderColor, boxShadow } = getComputedStyle(at);
        return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
          || at.matches('input, textarea') && borderColor !== '';
      })()`);
      expect([name, isSeen]).toEqual([name, true]);
      return;
    }
    passed.push(at.slice(0, 40));
  }
  throw new Error(`${String(name)} is not reached by Tab, but: ${passed.join(' > ')}`);
}

// W-22
test('a client is made with keys alone', async () => {
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  await tabTo('New client');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'New client' }).waitFor();
  await tabTo(/^Name/);
  await page.keyboard.type('By keys alone');
  await tabTo(/^Add an API/);
  await page.keyboard.press('ArrowDown');
  // Other suites have APIs of the whole instance, of the same name.
  await page.keyboard.type(identifier);
  await until(async () => (await page.getByRole('option').count()) === 1, 'one API is offered');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'All scopes' }).waitFor();
  await tabTo('All scopes', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await tabTo('Review');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Create the client' }).waitFor();
  await tabTo('Create the client');
  await page.keyboard.press('Enter');
  await page.getByTestId('shown-secret').waitFor();
  await tabTo('Copy client_secret');
  await page.keyboard.press('Enter');
  secret = await page.evaluate<string>('navigator.clipboard.readText()');
  expect(secret).toMatch(/^lks_/);
});

// W-09, W-10
test('once it is stored, the secret is in no page, storage, address, cache or console', async () => {
  const credential = await readShownCredential(page);
  expect(credential.clientSecret).toBe(secret);
  expect((await requestToken(server, credential)).status).toBe(200);
  expect(await page.content()).toContain(secret);
  await tabTo('I have stored it');
  await page.keyboard.press('Enter');
  await page.getByTestId('shown-secret').waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'By keys alone' }).waitFor();

  const left = await page.evaluate<string>(`(async () => {
    const databases = await indexedDB.databases();
    const kept = await caches.keys();
    const values = [...document.querySelectorAll('input, textarea')].map(({ value }) => value);
    return JSON.stringify([document.documentElement.outerHTML, values, { ...localStorage },
      { ...sessionStorage }, history.state, location.href, document.cookie, databases, kept]);
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
