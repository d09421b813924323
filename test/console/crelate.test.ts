/** FEATURES 5, Crelate, as its users and administrators click through it: a key per user, and webhooks. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../webhook/webhook-receiver.ts';
import { rename } from '../webhook/webhook-subscriptions.ts';
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
    databaseUrl: await createDatabase(),
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

let signingSecret: string;
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

let client: RegisteredClient;

test('5.6 a webhook is subscribed in the browser: a private address is refused at the URL, the secret is shown once', async () => {
  client = await operator.createClient([], { member: member.id });
  await adminPage.goto(browser.urlOf(`/webhooks/new?member=${member.id}`));
  const url = adminPage.getByRole('textbox', { name: 'URL' });
  await url.fill('https://10.0.0.1/in');
  await adminPage.getByRole('checkbox', { name: 'client.updated' }).check();
  await adminPage.getByRole('checkbox', { name: 'Everything about: Client secret' }).check();
  await adminPage.getByRole('button', { name: 'Subscribe' }).click();
  await adminPage.getByText('url must lead to a public address').first().waitFor();
  expect(await url.getAttribute('aria-invalid')).toBe('true');
  // Nothing that was chosen is lost.
  await url.fill(receiver.url('/on'));
  await adminPage.getByRole('button', { name: 'Subscribe' }).click();
  const box = adminPage.getByTestId('shown-secret');
  await box.waitFor();
  signingSecret = (await box.locator('.mono').textContent()) ?? '';
  await box.getByRole('button', { name: 'I have stored it' }).click();
  await adminPage.getByRole('heading', { level: 1, name: receiver.url('/on') }).waitFor();
  expect((await adminPage.content()).includes(signingSecret)).toBe(false);
});

test('5.6 events are signed, what did not arrive is in the delivery log, and it is sent again', async () => {
  receiver.status = 500;
  await rename(operator, client.id, 'Renamed');
  const row = adminPage.getByRole('row').filter({ hasText: 'client.updated' });
  await until(async () => {
    await adminPage.reload();
    await adminPage.getByRole('heading', { level: 2, name: 'Deliveries' }).waitFor();
    await adminPage.waitForLoadState('networkidle');
    return (await row.filter({ hasText: '5xx' }).count()) === 1;
  }, 'a delivery that was refused');
  receiver.status = 204;
  const before = receiver.at('/on').length;
  await row.getByRole('button', { name: /^Replay/ }).click();
  const message = (await receiver.untilReceived('/on', before + 1)).at(-1);
  const headers = message?.headers as Record<string, string>;
  const payload = new Webhook(signingSecret).verify(message?.body ?? '', headers);
  expect(payload).toMatchObject({ type: 'client.updated', data: { target: { id: client.id } } });
  await adminPage.getByRole('button', { name: 'Send a test' }).click();
  await adminPage.getByText('The test has arrived').waitFor();
  expect(receiver.payloadsAt('/on').map(({ type }) => type)).toContain('webhook.tested');
});

test('5.5 the webhooks of a member are listed with URL, entity, operation and status, and one that is off sends nothing', async () => {
  await adminPage.getByRole('button', { name: 'Switch off' }).click();
  const dialog = adminPage.getByRole('dialog');
  await dialog.getByText('What happens meanwhile is not kept for it').waitFor();
  await dialog.getByRole('button', { name: 'Switch off' }).click();
  await adminPage.getByText('This webhook is off: nothing is sent to it.').waitFor();
  await operator.createWebhook(receiver.url('/witness'), ['client.updated'], {
    member: member.id,
  });
  await adminPage.goto(browser.urlOf(`/members/${member.id}`));
  const table = adminPage.getByRole('table', { name: 'Webhooks' });
  const row = table.getByRole('row').filter({ hasText: receiver.url('/on') });
  await row.getByText('INACTIVE').waitFor();
  await row.getByText('client.updated').waitFor();
  await row.getByText('client_secret.*').waitFor();
  await table.getByRole('row').filter({ hasText: '/witness' }).getByText('Active').waitFor();
  const before = receiver.at('/on').length;
  await rename(operator, client.id, 'Renamed once more');
  await receiver.untilReceived('/witness', 1);
  expect(receiver.at('/on')).toHaveLength(before);
});

test('the pages have complained of nothing', () => {
  expect(opened.flatMap(({ complaints }) => complaints)).toEqual([]);
});
