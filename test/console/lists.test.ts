/** Lists of the console with more rows than a page: what is asked for, what is in the page, and what is chosen. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { ConsoleBrowser, narrow, wide, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const pageSize = 50;
const clientCount = 120;
let browser: ConsoleBrowser;
let owner: NewMember;
let organization: string;
let client: string;
let opened: ConsolePage;
let page: Page;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  organization = await operator.createOrganization();
  owner = await newMember(operator, { role: 'owner', organization });
  for (let number = 0; number < clientCount; number++) {
    const name = number % 10 === 0 ? `Warehouse ${number}` : `Importer ${number}`;
    const { status, body } = await owner.api.request('/clients', {
      method: 'POST',
      body: { name },
    });
    expect(status).toBe(201);
    client = String(body['id']);
  }
  opened = await browser.signIn(owner, '/clients');
  page = opened.page;
});

afterAll(async () => {
  expect(opened.complaints).toEqual([]);
  await browser.close();
});

beforeEach(async () => {
  await page.goto(browser.urlOf('/clients?sort=name'));
  await untilRows(pageSize);
});

const rows = () => page.getByRole('main').locator('tbody tr');

/** With their content, and not those of the question before. */
async function untilRows(count: number): Promise<void> {
  const table = page.getByRole('table', { name: 'Clients' });
  await until(
    async () =>
      (await table.getAttribute('aria-busy')) === 'false' && (await rows().count()) === count,
    `${count} rows are shown`,
  );
}

test('a page of rows is in the page, however many there are, and the next one begins at its first', async () => {
  const next = page.getByRole('button', { name: 'Next' });
  await next.scrollIntoViewIfNeeded();
  await next.click();
  await page.getByText('51 – 100').waitFor();
  await untilRows(pageSize);
  const isAtTop = () =>
    rows()
      .first()
      .evaluate((row) => row.getBoundingClientRect().top >= 0);
  await until(isAtTop, 'the first row is in sight');
  await next.click();
  await page.getByText('101 – 120').waitFor();
  await untilRows(clientCount - 2 * pageSize);
});

test('one question for a word that is typed without a pause', async () => {
  const questions: (string | null)[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/api/v1/clients') questions.push(url.searchParams.get('q'));
  });
  // By the page's own clock: a key is due before the pause is over, however slow the machine.
  await page.evaluate(`(() => {
    const field = document.querySelector('input[aria-label=Search]');
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
    for (let length = 1; length <= 'Warehouse'.length; length++) {
      setTimeout(() => {
        set.call(field, 'Warehouse'.slice(0, length));
        field.dispatchEvent(new Event('input', { bubbles: true }));
      }, 30 * length);
    }
  })()`);
  await untilRows(clientCount / 10);
  expect(questions).toEqual(['Warehouse']);
});

test('what is chosen is of the rows in sight', async () => {
  await page.getByLabel('Select all on this page').check();
  await page.getByRole('button', { name: `Deactivate (${pageSize})` }).waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByText('51 – 100').waitFor();
  await untilRows(pageSize);
  expect(await page.getByRole('button', { name: /^Deactivate/ }).count()).toBe(0);
  expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);
});

test('where nothing matches, the filters are removed with one button, and the field is empty', async () => {
  await page.goto(browser.urlOf('/clients?q=nobody&active=true&sort=name'));
  await page.getByText('Nothing matches.').waitFor();
  await page.getByRole('button', { name: 'Remove the filters' }).click();
  await untilRows(pageSize);
  expect(await page.getByLabel('Search').inputValue()).toBe('');
  expect(new URL(page.url()).search).toBe('?sort=name');
});

test('on a narrow screen all cards are chosen with one box, and sorted, within reach of the thumb', async () => {
  await page.setViewportSize(narrow);
  const all = page.getByLabel('Select all on this page');
  const byStatus = page.getByRole('button', { name: 'Sort by Status' });
  for (const control of [all, byStatus]) {
    const { x = -1, width = 0 } = (await control.boundingBox()) ?? {};
    expect({ x: x >= 0, end: x + width <= narrow.width }).toEqual({ x: true, end: true });
  }
  await page.getByText('Select all on this page').click();
  await page.getByRole('button', { name: `Deactivate (${pageSize})` }).waitFor();
  await byStatus.click();
  await page.waitForURL(browser.urlOf('/clients?sort=active'));
  await page.setViewportSize(wide);
});

test('nine tabs stand in one row on a narrow screen, and the one that the address names is in sight', async () => {
  await page.setViewportSize(narrow);
  await page.goto(browser.urlOf(`/clients/${client}?tab=quick-start`));
  const tabs = page.getByRole('tab');
  const named = page.getByRole('tab', { name: 'Quick start' });
  await named.waitFor();
  const boxes = await Promise.all((await tabs.all()).map((tab) => tab.boundingBox()));
  expect(boxes).toHaveLength(9);
  expect(new Set(boxes.map((box) => box?.y)).size).toBe(1);
  await until(async () => {
    const { x = -1, width = 0 } = (await named.boundingBox()) ?? {};
    return x >= 0 && x + width <= narrow.width;
  }, 'the tab is in sight');
});
