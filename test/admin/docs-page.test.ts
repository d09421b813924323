/** `/docs` in a real browser: readable, and from this origin only. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../support/browser.ts';
import { sharedServers } from '../support/shared-servers.ts';

const { embedded } = sharedServers();
let browser: Browser;
let page: Page;
const complaints: string[] = [];
const foreignRequests: string[] = [];

beforeAll(async () => {
  browser = await startBrowser();
  page = await browser.newPage();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== embedded.issuer)
      foreignRequests.push(url.href);
  });
  await page.goto(`${embedded.issuer}/docs`);
  await page.waitForSelector('.opblock');
});

afterAll(() => browser.close());

test('every operation of the OpenAPI document is on the page', async () => {
  const response = await fetch(`${embedded.issuer}/api/v1/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
  const operations = Object.values(paths).reduce(
    (count, methods) => count + Object.keys(methods).length,
    0,
  );
  expect(operations).toBeGreaterThan(10);
  expect(await page.locator('.opblock').count()).toBe(operations);
});

// W-01, W-10
test('the content security policy is kept, and nobody else is asked for anything', async () => {
  expect(complaints).toEqual([]);
  expect(foreignRequests).toEqual([]);
});

test('an operation can be tried with credentials typed into the page', async () => {
  const { clientId, clientSecret } = embedded.operator;
  await page.click('button.authorize');
  await page.locator('.auth-container input[type="text"]').first().fill(clientId);
  await page.locator('.auth-container input[type="password"]').first().fill(clientSecret);
  await page.click('.auth-btn-wrapper button.authorize');
  await page.waitForSelector('.auth-btn-wrapper button:has-text("Logout")');
  await page.click('.btn-done');
  await page.click('#operations-APIs-listApis .opblock-summary-control');
  await page.click('#operations-APIs-listApis button.try-out__btn');
  await page.click('#operations-APIs-listApis button.execute');
  const status = page
    .locator('#operations-APIs-listApis .live-responses-table tbody .response-col_status')
    .first();
  await status.waitFor();
  expect(await status.textContent()).toContain('200');
});
