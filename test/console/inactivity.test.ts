/** FEATURES 2.5 in a real browser, on a clock that moves: three notices, the deletion, and the client restored. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const dayMillis = 86_400_000;
const refused = { status: 401, body: { error: 'invalid_client' } };
let server: ServerProcess;
let operator: AdminApi;
let browser: ConsoleBrowser;
let owner: NewMember;
let opened: ConsolePage;
let page: Page;
let unused: RegisteredClient;
let exempt: RegisteredClient;

beforeAll(async () => {
  server = await startServer({ databaseUrl: await createDatabase() });
  operator = new AdminApi(server);
  browser = await ConsoleBrowser.start(server);
  const organization = await operator.createOrganization();
  owner = await newMember(operator, { organization, role: 'owner' });
  const { identifier } = await operator.createApi(['a'], { organization });
  const grants = [{ api: identifier, scopes: ['a'], default: true }];
  unused = await operator.createClient(grants, { organization, name: 'Old till' });
  exempt = await operator.createClient(grants, {
    organization,
    name: 'Rarely used',
    exempt_from_inactivity: true,
  });
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
});

/** A little more: the clients were registered after the clock began. */
async function goTo(day: number): Promise<void> {
  await server.moveClock(day * dayMillis + 7_200_000);
  operator.forgetToken();
}

async function untilTold(times: number): Promise<void> {
  await until(async () => {
    const events = await operator.readAll<{ action: string }>(`/audit-events?target=${unused.id}`);
    return events.filter(({ action }) => action === 'client.inactivity_noticed').length === times;
  }, `notice ${times}`);
}

/** Whoever was here days ago signs in anew. */
async function comeBack(path: string): Promise<void> {
  await opened?.context.close();
  opened = await browser.signIn(owner, path);
  page = opened.page;
}

const bell = (unread: number) =>
  page.getByRole('link', { name: unread === 0 ? 'Notices' : `Notices, ${unread} unread` });
const row = (name: string) =>
  page.getByRole('table', { name: 'Clients' }).getByRole('row').filter({ hasText: name });

test('2.5 on day 75 the bell counts a notice, which leads to the client, and is read', async () => {
  await goTo(75);
  await untilTold(1);
  await comeBack('/');
  await bell(1).click();
  await page.getByRole('region', { name: 'Unread' }).getByText('deleted in 15 days').waitFor();
  await page.getByRole('main').getByRole('link', { name: 'To the client' }).click();
  await page.getByRole('heading', { level: 1, name: 'Old till' }).waitFor();
  await page.getByText('unless it is used before').waitFor();
  await bell(1).click();
  await page.getByRole('button', { name: 'Mark as read' }).click();
  await page.getByRole('region', { name: 'Read before' }).getByText('in 15 days').waitFor();
  await bell(0).waitFor();
});

test('2.5 on days 83 and 89 two more, which are read together', async () => {
  await goTo(83);
  await untilTold(2);
  await goTo(89);
  await untilTold(3);
  await comeBack('/notices');
  const unread = page.getByRole('region', { name: 'Unread' });
  for (const when of ['in 7 days', 'in a day']) await unread.getByText(when).waitFor();
  await bell(2).waitFor();
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await bell(0).waitFor();
  const read = page.getByRole('region', { name: 'Read before' });
  for (const when of ['in 15 days', 'in 7 days', 'in a day']) await read.getByText(when).waitFor();
  // Read by one, read for everybody; nobody has used it meanwhile.
  expect((await operator.request(`/clients/${unused.id}`)).status).toBe(200);
});

test('2.5 on day 90 it is deleted; its page says until when it can be restored, and restores it', async () => {
  await goTo(91);
  const isGone = async () => (await operator.request(`/clients/${unused.id}`)).status === 404;
  await until(isGone, 'the deletion');
  expect(await requestToken(server, unused)).toMatchObject(refused);
  await comeBack('/clients');
  await row('Rarely used').waitFor();
  expect(await row('Old till').count()).toBe(0);
  await page.getByRole('radiogroup', { name: 'Status' }).getByText('Deleted').click();
  await row('Rarely used').waitFor({ state: 'detached' });
  await page.getByRole('link', { name: 'Old till' }).click();
  const banner = page.getByRole('status').filter({ hasText: 'This client is deleted' });
  await banner.getByText(/It can be restored until \w{3} \d+, \d{4}, /).waitFor();
  const at = Date.parse((await banner.locator('time').getAttribute('datetime')) ?? '');
  // 30 days after the deletion, which was on day 90 or a little later.
  expect((at - Date.now()) / dayMillis).toBeGreaterThan(119);
  expect((at - Date.now()) / dayMillis).toBeLessThan(122);
  await banner.getByRole('button', { name: 'Restore' }).click();
  await page.getByText('Old till is restored', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Overview' }).waitFor();
  // Silence alone made it no worse.
  expect((await requestToken(server, unused)).status).toBe(200);
  expect((await requestToken(server, exempt)).status).toBe(200);
});

test('what a person has deleted is restored from the list, INACTIVE until it is switched on', async () => {
  await page.getByRole('button', { name: 'Delete the client' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete Old till?' });
  await dialog.getByRole('button', { name: 'Delete the client' }).click();
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor();
  expect(await requestToken(server, unused)).toMatchObject(refused);
  await page.getByRole('radiogroup', { name: 'Status' }).getByText('Deleted').click();
  await row('Old till').getByRole('button', { name: 'Restore Old till' }).click();
  await page.getByText('Old till is restored, and INACTIVE').waitFor();
  await page.getByText('No deleted client').waitFor();
  await page.getByRole('radiogroup', { name: 'Status' }).getByText('All').click();
  await row('Old till').getByText('INACTIVE').waitFor();
  expect(await requestToken(server, unused)).toMatchObject(refused);
  await page.getByRole('link', { name: 'Old till' }).click();
  await page.getByRole('button', { name: 'Activate' }).click();
  await page.getByText('Old till is active').waitFor();
  expect((await requestToken(server, unused)).status).toBe(200);
  expect(opened.complaints).toEqual([]);
});
