/** Forms that create: when the answer is lost, the same is asked for again under the same key, and made once. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi } from '../support/admin-api.ts';
import { newEmail, newMember, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let owner: NewMember;
let colleague: NewMember;
let client: string;
let opened: ConsolePage;
let page: Page;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const organization = await operator.createOrganization();
  owner = await newMember(operator, { role: 'owner', organization });
  colleague = await newMember(operator, { role: 'auditor', organization });
  client = (await operator.createClient([], { organization, name: 'Till' })).id;
  opened = await browser.signIn(owner, '/settings');
  page = opened.page;
});

afterAll(() => browser.close());

interface Form {
  path: () => string;
  /** What it is created with, below `/api/v1`. */
  creates: () => string;
  fill: () => Promise<void>;
  /** Pressed again when no answer came. */
  button: string;
  /** What is said when it was made, and what was shown once is lost. */
  outcome: RegExp;
  /** Of its audit event. */
  action: string;
}

const identifier = `https://${randomBytes(6).toString('hex')}.example.com`;
const fill = (name: string | RegExp, value: string) =>
  page.getByRole('textbox', { name }).fill(value);

const forms: Record<string, Form> = {
  'a location': {
    path: () => '/locations',
    creates: () => '/locations',
    fill: async () => {
      await page.getByRole('button', { name: 'New location' }).first().click();
      await fill('Name', 'Old Town');
    },
    button: 'Make the location',
    outcome: /^Old Town is there$/,
    action: 'location.created',
  },
  'an API': {
    path: () => '/apis/new',
    creates: () => '/apis',
    fill: async () => {
      await fill('Identifier', identifier);
      await fill('Name', 'Orders');
    },
    button: 'Register the API',
    outcome: /^Orders is registered\./,
    action: 'api.created',
  },
  'a client': {
    path: () => '/clients/new',
    creates: () => '/clients',
    fill: async () => {
      await fill(/^Name/, 'Importer');
      await page.getByRole('button', { name: 'Review' }).click();
    },
    button: 'Create the client',
    outcome: /^The client exists, but its secret can no longer be shown$/,
    action: 'client.created',
  },
  'a webhook': {
    path: () => '/webhooks/new',
    creates: () => '/webhooks',
    fill: async () => {
      await fill('URL', 'https://hooks.example.com/in');
      await page.getByRole('checkbox', { name: 'client.updated' }).check();
    },
    button: 'Subscribe',
    outcome: /^The webhook was made, but the answer that held its signing secret was lost/,
    action: 'webhook.created',
  },
  'an invitation': {
    path: () => '/members/invite',
    creates: () => '/invitations',
    fill: () => fill('E-mail address', newEmail()),
    button: 'Make the invitation',
    outcome: /^The link was made, but the answer that held it was lost/,
    action: 'invitation.created',
  },
  "a member's link": {
    path: () => `/members/${colleague.id}`,
    creates: () => `/members/${colleague.id}/invitations`,
    fill: () => page.getByRole('button', { name: 'New link' }).click(),
    button: 'Make the link',
    outcome: /^The link was made, but the answer that held it was lost/,
    action: 'invitation.created',
  },
  'another secret': {
    path: () => `/clients/${client}?tab=secrets`,
    creates: () => `/clients/${client}/secrets`,
    fill: () => page.getByRole('button', { name: 'New secret' }).click(),
    button: 'Make the secret',
    outcome: /^The secret was made, but the answer that held it was lost/,
    action: 'client_secret.created',
  },
  'a regenerated credential': {
    path: () => `/clients/${client}?tab=secrets`,
    creates: () => `/clients/${client}/regenerate`,
    fill: async () => {
      await page.getByRole('button', { name: 'Regenerate' }).click();
      await fill(/^Type/, 'regenerate');
    },
    button: 'Yes, regenerate',
    outcome: /^It is regenerated, but the answer that held the new secret did not arrive/,
    action: 'client.regenerated',
  },
  'API access': {
    path: () => '/settings',
    creates: () => '/me/api-access',
    fill: async () => undefined,
    button: 'Turn API access on',
    outcome: /^The credential was made, but the answer that held its secret was lost/,
    action: 'api_access.turned_on',
  },
  'the secret of API access': {
    path: () => '/settings',
    creates: () => '/me/api-access/regenerate',
    fill: () => page.getByRole('button', { name: 'Regenerate' }).click(),
    button: 'Regenerate',
    outcome: /^The credential was made, but the answer that held its secret was lost/,
    action: 'client.regenerated',
  },
};

/** How many there are in the trail. */
async function count(action: string): Promise<number> {
  const { body } = await owner.api.request<{ data: object[] }>(
    `/audit-events?action=${action}&limit=200`,
  );
  return body.data.length;
}

//
test.each(Object.entries(forms))(
  '%s is made once, though its answer was lost and the button pressed again',
  async (_what, { path, creates, fill: fillIn, button, outcome, action }) => {
    await page.goto(browser.urlOf(path()));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    const before = await count(action);
    await fillIn();
    const keys: (string | undefined)[] = [];
    await page.route(`**/api/v1${creates()}`, async (route) => {
      if (route.request().method() !== 'POST') return route.fallback();
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.fallback();
      // Carried out by the server, and never heard of.
      await route.fetch();
      await route.abort('connectionreset');
    });
    const dialog = page.getByRole('dialog');
    const place = (await dialog.count()) > 0 ? dialog : page.getByRole('main');
    await place.getByRole('button', { name: button, exact: true }).click();
    await place.getByText('The server does not answer.').waitFor();
    await place.getByRole('button', { name: button, exact: true }).click();
    await page.getByText(outcome).waitFor();
    await page.unroute(`**/api/v1${creates()}`);
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), keys[0]]);
    expect(await count(action)).toBe(before + 1);
    expect(opened.complaints).toEqual([]);
  },
);

test('the same is made again when it is asked for again: two links for one address', async () => {
  await page.goto(browser.urlOf('/members/invite'));
  const email = newEmail();
  const links = new Set<string>();
  for (let time = 0; time < 2; time += 1) {
    await fill('E-mail address', email);
    await page.getByRole('button', { name: 'Make the invitation' }).click();
    const box = page.getByTestId('shown-secret');
    await box.waitFor();
    links.add((await box.locator('.mono').textContent()) ?? '');
    await box.getByRole('button', { name: 'I have stored it' }).click();
    await box.waitFor({ state: 'detached' });
  }
  expect(links.size).toBe(2);
});
