/** FEATURES 5, Crelate, as its users and administrators click through it: a key per user, and webhooks. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../webhook/webhook-receiver.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const refused = { status: 401, body: { error: 'invalid_client' } };

let receiver: WebhookReceiver;
let server: ServerProcess;
let operator: AdminApi;
let browser: ConsoleBrowser;
let member: NewMember;
let opened: ConsolePage[];
let memberPage: Page;
let adminPage: Page;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startServer({
    env: { LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50' },
  });
  operator = new AdminApi(server);
  browser = await ConsoleBrowser.start(server);
  member = await newMember(operator, { role: 'auditor' });
  const admin = await newMember(operator, { role: 'admin' });
  opened = [
    await browser.signIn(member, '/settings'),
    await browser.signIn(admin, '/access?kind=member'),
  ];
  [memberPage, adminPage] = opened.map(({ page }) => page) as [Page, Page];
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await receiver.close();
});

const ask = (credential: { clientId: string; clientSecret: string }) =>
  requestToken(server, credential, { resource: `${server.issuer}/api` });

/** As the member copies it from the green box, which then closes. */
async function takeCredential() {
  const box = memberPage.getByTestId('shown-secret');
  await box.waitFor();
  await memberPage.getByRole('dialog').waitFor({ state: 'detached' });
  const values = await box.locator('.mono').allTextContents();
  await box.getByRole('button', { name: 'I have stored it' }).click();
  await box.waitFor({ state: 'detached' });
  const [clientId = '', clientSecret = ''] = values;
  expect((await memberPage.content()).includes(clientSecret)).toBe(false);
  return { clientId, clientSecret };
}

let credential: { clientId: string; clientSecret: string };

test('5.1 a member opens My settings and turns API access on: a personal client, shown once', async () => {
  await memberPage.getByRole('button', { name: 'Turn API access on' }).click();
  credential = await takeCredential();
  expect((await ask(credential)).status).toBe(200);
  await memberPage.reload();
  await memberPage.getByText(credential.clientId).waitFor();
  expect((await memberPage.content()).includes(credential.clientSecret)).toBe(false);
});

test('5.2 regenerates: the old credential fails, the new one works', async () => {
  await memberPage.getByRole('button', { name: 'Regenerate' }).click();
  const dialog = memberPage.getByRole('dialog');
  await dialog.getByText('fails at once').waitFor();
  // Nothing happens before the confirmation.
  expect((await ask(credential)).status).toBe(200);
  await dialog.getByRole('button', { name: 'Regenerate' }).click();
  const next = await takeCredential();
  expect(await ask(credential)).toMatchObject(refused);
  expect((await ask(next)).status).toBe(200);
  credential = next;
});

test('5.3 an administrator opens API management: the members who have API access on, with last use', async () => {
  await adminPage.reload();
  await adminPage.getByRole('heading', { level: 1, name: 'API management' }).waitFor();
  const row = adminPage.getByRole('row').filter({ hasText: credential.clientId });
  await row.waitFor();
  // Uses are written down a moment later.
  await until(async () => {
    await adminPage.reload();
    await row.waitFor();
    return (await row.locator('time').count()) === 1;
  }, 'a last use');
});

test('5.4 the administrator clears the key: it fails at once, and is turned on again by the member', async () => {
  const row = adminPage.getByRole('row').filter({ hasText: credential.clientId });
  await row.getByRole('button', { name: /^Clear/ }).click();
  const dialog = adminPage.getByRole('dialog');
  await dialog.getByText(credential.clientId).waitFor();
  expect((await ask(credential)).status).toBe(200);
  await dialog.getByRole('button', { name: 'Clear the API access' }).click();
  await row.waitFor({ state: 'detached' });
  expect(await ask(credential)).toMatchObject(refused);
  await memberPage.reload();
  await memberPage.getByRole('button', { name: 'Turn API access on' }).click();
  credential = await takeCredential();
  expect((await ask(credential)).status).toBe(200);
});

test('5.2 turns API access off: the credential fails', async () => {
  await memberPage.getByRole('button', { name: 'Turn API access off' }).click();
  await memberPage.getByRole('dialog').getByRole('button', { name: 'Turn API access off' }).click();
  await memberPage.getByText('Your API access is off.').waitFor();
  expect(await ask(credential)).toMatchObject(refused);
});

test('5.7 the API documentation opens from My settings and from API management', async () => {
  for (const page of [memberPage, adminPage]) {
    const link = page.getByRole('main').getByRole('link', { name: 'API reference' });
    const url = new URL((await link.getAttribute('href')) ?? '', page.url());
    const { status, headers } = await fetch(url);
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  }
});

test('the pages have complained of nothing', () => {
  expect(opened.flatMap(({ complaints }) => complaints)).toEqual([]);
});
