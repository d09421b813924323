/**
 * What holds for every page of the console: axe finds nothing serious in either colour scheme, nothing scrolls
 * sideways on a narrow screen, names of others do nothing, and nobody else is asked for anything.
 * Pictures of all of them go to coverage/console/ when somebody wants them.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newEmail, newMember, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { ConsoleBrowser, narrow, scrollsSideways, takePicture, wide } from './console-browser.ts';
import {
  addressOf,
  pagesBehindTheDoor,
  pagesInFrontOfTheDoor,
  type PageWorld,
} from './console-pages.ts';

jest.setTimeout(240_000);

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
/** Given by whoever may write them, read by others: markup, another direction, length, and what is no letter. */
const hostileName = `<img src=x onerror="document.title='owned'">\u202Eevil 🔑${'W'.repeat(120)}`;
const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let owner: NewMember;
let world: PageWorld;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const made = await operator.request('/organizations', {
    method: 'POST',
    body: { name: hostileName },
  });
  const organization = String(made.body['id']);
  owner = await newMember(operator, { role: 'owner', organization });
  const identifier = `https://${randomBytes(6).toString('hex')}.example.com`;
  const api = await owner.api.request('/apis', {
    method: 'POST',
    body: {
      identifier,
      name: hostileName,
      scopes: [{ value: 'a:read', description: hostileName }, { value: 'a:write' }],
    },
  });
  const client = await owner.api.request('/clients', {
    method: 'POST',
    body: {
      name: hostileName,
      description: hostileName,
      grants: [{ api: identifier, scopes: ['a:read'] }],
    },
  });
  expect([made.status, api.status, client.status]).toEqual([201, 201, 201]);
  const credential = {
    clientId: String(client.body['client_id']),
    clientSecret: String(client.body['client_secret']),
  };
  expect((await requestToken(server, credential, { resource: identifier })).status).toBe(200);
  await requestToken(server, credential, { resource: identifier, scope: 'b:none' });
  const location = await owner.api.request('/locations', {
    method: 'POST',
    body: { name: hostileName },
  });
  const webhook = await owner.api.request('/webhooks', {
    method: 'POST',
    body: { url: 'https://example.com/hook', events: [{ entity: 'client', operation: 'updated' }] },
  });
  expect([location.status, webhook.status]).toEqual([201, 201]);
  const invited = await owner.api.request('/invitations', {
    method: 'POST',
    body: { email: newEmail(), role: 'auditor' },
  });
  world = {
    link: String(invited.body['token']),
    api: String(api.body['id']),
    client: String(client.body['id']),
    location: String(location.body['id']),
    member: owner.id,
    webhook: String(webhook.body['id']),
  };
});

afterAll(() => browser.close());

/** Findings that keep somebody from reading or using the page. */
async function findSerious(page: Page): Promise<string[]> {
  // By the driver: the page's own policy lets no script in.
  await page.evaluate(axeSource);
  const found = await page.evaluate<{ id: string; impact: string; nodes: string[] }[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => html.slice(0, 200) + ' ' + failureSummary) })))`,
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.join(' | ')}`);
}

async function untilShown(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).waitFor();
  const busy = page.locator('.mantine-Skeleton-root, [aria-busy=true]');
  await until(async () => (await busy.count()) === 0, `${page.url()} is shown`);
}

/** The page follows what the reader prefers, also when they change their mind. */
async function lookAt(page: Page, path: string, address: string) {
  // With less motion nothing is looked at half way from one colour to the other.
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize(wide);
  await page.goto(browser.urlOf(address));
  await untilShown(page);
  const name = path === '/' ? 'overview' : path.slice(1).replaceAll(/[/$]+/g, '-');
  const light = await findSerious(page);
  await takePicture(page, `${name}-1280`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.locator('[data-mantine-color-scheme=dark]').first().waitFor();
  const dark = await findSerious(page);
  await takePicture(page, `${name}-dark`);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(narrow);
  const isTooWide = await scrollsSideways(page);
  await takePicture(page, `${name}-390`);
  const images = await page.locator('img[src="x"]').count();
  return {
    path,
    light,
    dark,
    isTooWide,
    images,
    isOwned: (await page.title()) === 'owned',
  };
}

const nothingFound = (path: string) => ({
  path,
  light: [],
  dark: [],
  isTooWide: false,
  images: 0,
  isOwned: false,
});

// W-07, W-22: what somebody else has named is text and nothing else, and everybody can read it.
test.each([
  ['in front of the door', pagesInFrontOfTheDoor],
  ['behind the door', pagesBehindTheDoor],
])('every page %s', async (_where, pages) => {
  const opened = pages === pagesBehindTheDoor ? await browser.signIn(owner) : await browser.open();
  const outcomes = [];
  for (const [path, page] of Object.entries(pages)) {
    outcomes.push(await lookAt(opened.page, path, addressOf(page, world)));
  }
  expect(outcomes).toEqual(Object.keys(pages).map(nothingFound));
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
  await opened.context.close();
});
