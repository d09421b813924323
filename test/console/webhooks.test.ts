/** Webhooks in a real browser, from the subscription to a dead letter and its replay: what is done is seen at the receiver. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Webhook } from 'standardwebhooks';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver, type ReceivedMessage } from '../webhook/webhook-receiver.ts';
import { rename, untilNewest } from '../webhook/webhook-subscriptions.ts';
import { ConsoleBrowser, narrow, wide, type ConsolePage } from './console-browser.ts';

let receiver: WebhookReceiver;
let server: ServerProcess;
let operator: AdminApi;
let browser: ConsoleBrowser;
let owner: NewMember;
let opened: ConsolePage;
let page: Page;
/** Of the location, with its member; and one that has nothing to do with either. */
let client: RegisteredClient;
let other: RegisteredClient;
let webhook: string;
let firstSecret: string;

beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  server = await startServer({
    databaseUrl: await createDatabase(),
    env: { LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50' },
  });
  operator = new AdminApi(server);
  browser = await ConsoleBrowser.start(server);
  owner = await newMember(operator, { role: 'owner' });
  const location = await operator.createLocation({ name: 'Old Town' });
  client = await operator.createClient([], { name: 'Till', location });
  other = await operator.createClient([], { name: 'Shop' });
  opened = await browser.signIn(owner, '/webhooks');
  page = opened.page;
}, 120_000);

afterAll(async () => {
  await browser.close();
  await server.stop();
  await receiver.close();
});

/** Shown once: copied from the box, which then closes. */
async function takeSecret(): Promise<string> {
  const box = page.getByTestId('shown-secret');
  await box.waitFor();
  const secret = (await box.locator('.mono').textContent()) ?? '';
  expect(secret).toMatch(/^whsec_/);
  await box.getByRole('button', { name: 'I have stored it' }).click();
  await box.waitFor({ state: 'detached' });
  return secret;
}

async function choose(label: string, search: string): Promise<void> {
  const field = page.getByRole('combobox', { name: label });
  await field.click();
  await field.fill(search);
  await page.getByRole('option', { name: search }).click();
}

/** The last message is signed with the secret. */
function verify({ body, headers }: ReceivedMessage, secret: string): unknown {
  // Sent as headers of one value each.
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

const clientsHeardAt = (path: string) =>
  receiver.payloadsAt(path).map(({ data }) => (data['target'] as { id: string }).id);

/** What comes after it has been judged has come, or never comes. */
async function untilJudged(path: string): Promise<void> {
  const before = receiver.at(path).length;
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The test has arrived').last().waitFor();
  await receiver.untilReceived(path, before + 1);
}

test('a webhook is subscribed for a location: it hears what happens there, and nothing else', async () => {
  await page.getByRole('link', { name: 'New webhook' }).first().click();
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url('/first'));
  await page.getByRole('checkbox', { name: 'client.updated' }).check();
  await choose('Belongs to', 'Old Town');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  firstSecret = await takeSecret();
  await page.getByRole('heading', { level: 1, name: receiver.url('/first') }).waitFor();
  webhook = page.url().split('/').at(-1) ?? '';
  await page.getByRole('main').getByRole('link', { name: 'Old Town' }).waitFor();
  await rename(operator, other.id, 'Shop, renamed');
  await rename(operator, client.id, 'Till, renamed');
  const [message] = await receiver.untilReceived('/first', 1);
  expect(message && verify(message, firstSecret)).toMatchObject({ type: 'client.updated' });
  expect(clientsHeardAt('/first')).toEqual([client.id]);
});

test('events are searched for, chosen entity by entity, and taken out again', async () => {
  const { page: other, context, complaints } = await browser.signIn(owner, '/webhooks/new');
  // Where there is little room, what is of an entity is opened by whoever wants it.
  await other.setViewportSize(narrow);
  const updated = other.getByRole('checkbox', { name: 'client.updated' });
  const opener = other.getByRole('button', { name: 'Show the events: Client', exact: true });
  await opener.click();
  await updated.waitFor();
  expect(await other.getByRole('checkbox', { name: 'client_secret.created' }).count()).toBe(0);
  await opener.click();
  await updated.waitFor({ state: 'detached' });
  expect(await opener.getAttribute('aria-expanded')).toBe('false');
  await other.setViewportSize(wide);
  await updated.waitFor();
  const box = (name: string) => other.getByRole('checkbox', { name, exact: true });
  const search = other.getByRole('textbox', { name: 'Search the events' });
  await search.fill('signing rotated');
  expect(await other.getByRole('checkbox').count()).toBe(3);
  await box('signing_key.rotated').check();
  await search.fill('nothing like it');
  await other.getByText('Nothing matches.').waitFor();
  await search.fill('client');
  await box('client.updated').check();
  await box('client_secret.created').check();
  // All of an entity takes the place of what it holds.
  await box('Everything about: Client').check();
  expect(await box('client.updated').isDisabled()).toBe(true);
  const chosen = other.getByRole('button', { name: /^Remove / });
  expect(await chosen.count()).toBe(3);
  await other.getByRole('button', { name: 'Remove signing_key.rotated' }).click();
  // Enter in the field searches, and sends nothing.
  await search.press('Enter');
  await other.getByRole('textbox', { name: 'URL' }).fill('https://hooks.example.com/picked');
  await other.getByRole('button', { name: 'Subscribe' }).click();
  await other.getByTestId('shown-secret').getByRole('button', { name: 'I have stored it' }).click();
  await other.getByRole('heading', { level: 1, name: '/picked' }).waitFor();
  const id = other.url().split('/').at(-1) ?? '';
  const { body } = await operator.request(`/webhooks/${id}`);
  expect(body['events']).toEqual([
    { entity: 'client_secret', operation: 'created' },
    { entity: 'client', operation: '*' },
  ]);
  await operator.request(`/webhooks/${id}`, { method: 'DELETE' });
  expect(complaints).toEqual([]);
  await context.close();
});

test('without an event the form is not sent, and the search for one has the keyboard', async () => {
  const { page: other, context } = await browser.signIn(owner, '/webhooks/new');
  await other.getByRole('textbox', { name: 'URL' }).fill('https://hooks.example.com/none');
  await other.getByRole('button', { name: 'Subscribe' }).click();
  await other.getByText('Choose at least one event.').waitFor();
  const isFocused = () =>
    other.evaluate<boolean>(`document.activeElement.ariaLabel === 'Search the events'`);
  await until(isFocused, 'the field has the focus');
  await context.close();
});

test('its page leads to the location, and back to a list of that location alone', async () => {
  await operator.createWebhook(receiver.url('/elsewhere'), ['client.updated']);
  await page.getByRole('main').getByRole('link', { name: 'Old Town' }).click();
  await page.getByRole('heading', { level: 1, name: 'Old Town' }).waitFor();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.getByRole('link', { name: 'Webhooks' }).click();
  const table = page.getByRole('table', { name: 'Webhooks' });
  const row = table.getByRole('row').filter({ hasText: '/first' });
  await row.getByText('2xx: arrived').waitFor();
  await table.getByRole('row').filter({ hasText: '/elsewhere' }).getByText('none').waitFor();
  // Each row's last delivery comes with the list.
  expect(asked.filter((path) => path.endsWith('/deliveries'))).toEqual([]);
  await choose('Belongs to', 'Old Town');
  await page.waitForURL(/location=location_/);
  await table.getByText('/elsewhere').waitFor({ state: 'detached' });
  await table.getByRole('link', { name: '/first' }).click();
  await page.getByRole('heading', { level: 1, name: receiver.url('/first') }).waitFor();
});

test('address, events and what it is made for are changed: the next event obeys', async () => {
  await page.getByRole('textbox', { name: 'URL' }).fill(receiver.url('/second'));
  await page.getByRole('checkbox', { name: 'client.updated' }).uncheck();
  await page.getByRole('checkbox', { name: 'Everything about: Client secret' }).check();
  await choose('Belongs to', 'The organization itself');
  await choose('Only what happens to this client', other.clientId);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: receiver.url('/second') }).waitFor();
  await page.getByRole('main').getByRole('link', { name: 'Shop, renamed' }).waitFor();
  await rename(operator, other.id, 'Shop');
  for (const { id } of [client, other]) {
    await operator.request(`/clients/${id}/secrets`, { method: 'POST' });
  }
  await receiver.untilReceived('/second', 1);
  await untilJudged('/second');
  expect(receiver.payloadsAt('/second').map(({ type }) => type)).toEqual([
    'client_secret.created',
    'webhook.tested',
  ]);
  expect(receiver.at('/first')).toHaveLength(1);
});

test('the signing secret is rotated: through the overlap a receiver verifies with either', async () => {
  await page.getByRole('button', { name: 'Rotate the secret' }).click();
  const dialog = page.getByRole('dialog', { name: 'Give this webhook a new signing secret?' });
  await dialog.getByText('For a day both sign every message').waitFor();
  await dialog.getByRole('button', { name: 'Make a new secret' }).click();
  const secondSecret = await takeSecret();
  expect(secondSecret).not.toBe(firstSecret);
  await page.getByText('The signing secret before this one signs as well until').waitFor();
  await untilJudged('/second');
  const message = receiver.at('/second').at(-1);
  for (const secret of [firstSecret, secondSecret]) {
    expect(message && verify(message, secret)).toMatchObject({ type: 'webhook.tested' });
  }
  const stranger = `whsec_${Buffer.alloc(32).toString('base64')}`;
  expect(() => message && verify(message, stranger)).toThrow();
  firstSecret = secondSecret;
});

test('what never arrives is a dead letter after a day of attempts, and is sent again when the receiver is mended', async () => {
  receiver.status = 500;
  await operator.request(`/clients/${other.id}/secrets`, { method: 'POST' });
  let offsetMillis = 0;
  let lastAttemptAt: string | null = null;
  for (let attempts = 1; ; attempts += 1) {
    const tried = await untilNewest(
      operator,
      webhook,
      // It is counted when it begins, and judged when it has been answered.
      (newest) => newest.attempts === attempts && newest.last_attempt_at !== lastAttemptAt,
    );
    lastAttemptAt = tried.last_attempt_at;
    if (tried.next_attempt_at === null) break;
    const pause = Date.parse(tried.next_attempt_at) - Date.parse(String(lastAttemptAt));
    offsetMillis += pause + 1_000;
    await server.moveClock(offsetMillis);
    operator.forgetToken();
  }
  // A day has passed: the session has ended.
  opened = await browser.signIn(owner, `/webhooks/${webhook}`);
  page = opened.page;
  await page.getByText(/^Nothing has arrived since \w{3} \d+, \d{4}, /).waitFor();
  await page
    .getByRole('radiogroup', { name: 'State' })
    .getByText('Dead letters', { exact: true })
    .click();
  const dead = page.getByRole('table', { name: 'Deliveries' }).getByRole('row');
  await dead.filter({ hasText: 'Dead' }).getByText('5xx: the receiver has failed').waitFor();
  await dead.filter({ hasText: 'Dead' }).getByText('11', { exact: true }).waitFor();
  // The other one has arrived, and is none of them; the rows of the question before go in their time.
  await until(async () => (await dead.count()) === 2, 'one dead letter below the head');
  receiver.status = 204;
  const attempts = receiver.at('/second').slice(-11);
  await dead.getByRole('button', { name: /^Replay client_secret.created/ }).click();
  await untilNewest(operator, webhook, ({ state }) => state === 'delivered');
  const all = [...attempts, receiver.at('/second').at(-1)];
  // The same message, so that a receiver which had it after all knows it again.
  expect(new Set(all.map((message) => message?.headers['webhook-id'])).size).toBe(1);
  expect(new Set(all.map((message) => message?.body)).size).toBe(1);
  expect(receiver.at('/second').at(-1)).not.toBe(attempts.at(-1));
});

test('a notice leads from the bell to the webhook that has failed', async () => {
  await page.getByRole('link', { name: /^Notices, 1 unread/ }).click();
  await page.getByText(`Nothing has reached the webhook ${webhook}`).waitFor();
  await page.getByRole('main').getByRole('link', { name: 'To the webhook' }).click();
  await page.getByRole('heading', { level: 1, name: receiver.url('/second') }).waitFor();
});

test('a webhook is deleted, with the host typed: nothing is sent any more', async () => {
  await operator.createWebhook(receiver.url('/witness'), ['client_secret.created']);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete this webhook?' });
  await dialog.getByText('cannot be restored').waitFor();
  const confirm = dialog.getByRole('button', { name: 'Delete the webhook' });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('127.0.0.1');
  await confirm.click();
  await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
  await page.getByText('The webhook is deleted').waitFor();
  await page.getByRole('table').getByText('/second').waitFor({ state: 'detached' });
  const before = receiver.at('/second').length;
  await operator.request(`/clients/${other.id}/secrets`, { method: 'POST' });
  await receiver.untilReceived('/witness', 1);
  expect(receiver.at('/second')).toHaveLength(before);
  expect(opened.complaints).toEqual([]);
});
