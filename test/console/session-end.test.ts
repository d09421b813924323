/** A session that has ended elsewhere: whatever is pressed next leads to the door and back, and says nothing in red. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi } from '../support/admin-api.ts';
import { newMember, signIn, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let owner: NewMember;
let opened: ConsolePage;
let page: Page;
let organization: string;
let client: string;
let webhook: string;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  organization = await operator.createOrganization();
  owner = await newMember(operator, { role: 'owner', organization });
  client = (await operator.createClient([], { organization, name: 'Till' })).id;
  const url = 'https://hooks.example.com/in';
  webhook = (await operator.createWebhook(url, ['client.updated'], { organization })).id;
  opened = await browser.signIn(owner, '/settings');
  page = opened.page;
});

afterAll(() => browser.close());

/** By the member, in another browser. */
async function endSession(): Promise<void> {
  const elsewhere = await signIn(server, owner);
  expect((await elsewhere.request('/me/sessions', { method: 'DELETE' })).status).toBe(204);
}

async function signInAgain(member: NewMember = owner): Promise<void> {
  await page.getByLabel('E-mail address').fill(member.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(member.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Also what was there for a moment alone. */
async function watchAlerts(): Promise<() => Promise<string[]>> {
  await page.evaluate(`(() => {
    globalThis.alertsSeen = [];
    new MutationObserver(() => {
      for (const { textContent } of document.querySelectorAll('[role=alert]'))
        globalThis.alertsSeen.push(textContent);
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  })()`);
  return async () => {
    const seen = await page.evaluate<string[]>('globalThis.alertsSeen');
    return seen.filter((said) => /did not work|session has ended: sign in/i.test(said));
  };
}

async function signOut(): Promise<void> {
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
}

/** Without a page loaded anew: what is in memory stays. */
async function goToNewApi(): Promise<void> {
  await page.getByRole('link', { name: 'APIs and scopes' }).click();
  await page.getByRole('link', { name: 'New API' }).first().click();
}

interface Press {
  path: () => string;
  /** Up to the button, while the session is there. */
  prepare?: () => Promise<void>;
  press: () => Promise<void>;
  /** Back from the door. */
  after?: () => Promise<void>;
}

const field = (name: string) => page.getByRole('main').getByRole('textbox', { name, exact: true });
const told = () => page.getByText('What you had typed is here again').waitFor();
const untilTyped = (name: string, typed: string) =>
  until(async () => (await field(name).inputValue()) === typed, `${name} is there again`);
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const pressInDialog = (name: string) =>
  page.getByRole('dialog').getByRole('button', { name, exact: true }).click();

const presses: Record<string, Press> = {
  'a form': {
    path: () => '/apis/new',
    prepare: async () => {
      await page.getByRole('textbox', { name: 'Identifier' }).fill('https://lost.example.com');
      await page.getByRole('textbox', { name: 'Name' }).fill('Lost');
    },
    press: () => press('Register the API'),
    after: async () => {
      await told();
      await untilTyped('Identifier', 'https://lost.example.com');
      await untilTyped('Name', 'Lost');
    },
  },
  'a form that changes what is there': {
    path: () => `/clients/${client}`,
    prepare: () => field('Name').fill('Till of the harbour'),
    press: () => press('Save'),
    after: async () => {
      await told();
      await untilTyped('Name', 'Till of the harbour');
      await press('Save');
      await page.getByRole('heading', { level: 1, name: 'Till of the harbour' }).waitFor();
    },
  },
  'a form over what somebody else changes meanwhile': {
    path: () => '/organization',
    prepare: () => field('Name').fill('What nobody asked for'),
    press: async () => {
      await operator.request(`/organizations/${organization}`, {
        method: 'PATCH',
        body: { name: 'Renamed meanwhile' },
      });
      await press('Save');
    },
    after: () => untilTyped('Name', 'Renamed meanwhile'),
  },
  'a form in a dialog': {
    path: () => '/locations',
    prepare: async () => {
      await page.getByRole('button', { name: 'New location' }).first().click();
      await page.getByRole('dialog').getByRole('textbox', { name: 'Name' }).fill('Lost');
    },
    press: () => pressInDialog('Make the location'),
  },
  'a question that was answered with yes': {
    path: () => `/clients/${client}`,
    prepare: async () => {
      await press('Deactivate');
      await page.getByRole('dialog').getByText('Nothing used it').waitFor();
    },
    press: () => pressInDialog('Deactivate'),
  },
  'a button that answers in a corner': {
    path: () => `/webhooks/${webhook}`,
    press: () => press('Send a test'),
  },
};

test.each(Object.entries(presses))(
  '%s leads to the door, and back to the same page',
  async (_what, { path, prepare, press: pressIt, after }) => {
    await page.goto(browser.urlOf(path()));
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    await prepare?.();
    const readAlerts = await watchAlerts();
    await endSession();
    await pressIt();
    await page.getByText('Your session has ended.').waitFor();
    await until(async () => (await page.getByRole('dialog').count()) === 0, 'no dialog is left');
    expect(await readAlerts()).toEqual([]);
    await signInAgain();
    await page.waitForURL(browser.urlOf(path()));
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    await after?.();
    expect(opened.complaints).toEqual([]);
  },
);

test('what was typed is for nobody else, and is nowhere when its owner has signed out', async () => {
  const type = async () => {
    await field('Identifier').fill('https://mine.example.com');
    await field('Name').fill('Mine alone');
    await endSession();
    await press('Register the API');
    await page.getByText('Your session has ended.').waitFor();
  };
  const untilEmpty = async () => {
    await page.waitForURL(browser.urlOf('/apis/new'));
    await untilTyped('Name', '');
  };
  await page.goto(browser.urlOf('/apis/new'));
  await type();
  const other = await newMember(operator, { role: 'owner', organization });
  await signInAgain(other);
  await untilEmpty();
  // Nor for its owner, after another one.
  await signOut();
  await signInAgain();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await goToNewApi();
  await untilEmpty();
  // Nowhere that outlives the page.
  await type();
  const stored = await page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state])',
  );
  expect(stored).not.toContain('Mine alone');
  await page.reload();
  await signInAgain();
  await untilEmpty();
  expect(opened.complaints).toEqual([]);
});

test('whoever is shown a secret keeps it in sight until it is stored, then comes to the door', async () => {
  await page.goto(browser.urlOf(`/clients/${client}?tab=secrets`));
  await press('New secret');
  await pressInDialog('Make the secret');
  const box = page.getByTestId('shown-secret');
  await box.waitFor();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await endSession();
  await page
    .getByRole('button', { name: /^Revoke / })
    .first()
    .click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('the session has ended', { exact: false }).waitFor();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(await box.getByText(/^lks_/).count()).toBe(1);
  await box.getByRole('button', { name: 'I have stored it' }).click();
  await box.waitFor({ state: 'detached' });
  await page.getByRole('tab', { name: 'Usage' }).click();
  await page.getByText('Your session has ended.').waitFor();
  await signInAgain();
  await page.waitForURL(browser.urlOf(`/clients/${client}?tab=usage`));
  expect(opened.complaints).toEqual([]);
});
