/** Names that somebody else has written: shown as they are, on every list and page, and nothing but text (W-07). */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import {
  newEmail,
  newMember,
  newPassword,
  requestPublic,
  type NewMember,
} from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, narrow, scrollsSideways, type ConsolePage } from './console-browser.ts';

const names = [
  `<script>document.title='owned'</script>`,
  `"><svg onload="document.title='owned'">`,
  `{{7*7}} \${7*7} <%= 7*7 %>`,
  `=cmd|'/c calc'!A0`,
  '\u202Eevil\u202C \u2066still evil',
  '👩‍👩‍👧‍👦 🔑 Z̸̧͓a̴l̷g̵o̶',
  `very ${'W'.repeat(150)} long`,
  'javascript:document.title="owned"',
];
const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let opened: ConsolePage;
let owner: NewMember;
/** What each of them is called: the path of its page, by name. */
const pages = new Map<string, string[]>();

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const organization = await operator.createOrganization();
  owner = await newMember(operator, { organization, role: 'owner' });
  const make = async (path: string, body: object) => {
    const made = await owner.api.request(path, { method: 'POST', body });
    if (made.status !== 201) throw new Error(`${path}: ${JSON.stringify(made.body)}`);
    return made.body;
  };
  for (const name of names) {
    const identifier = `https://${randomBytes(6).toString('hex')}.example.com`;
    const api = await make('/apis', {
      identifier,
      name,
      scopes: [{ value: 'a', description: name }],
    });
    const client = await make('/clients', { name, description: name });
    const location = await make('/locations', { name });
    const { token } = await make('/invitations', { email: newEmail(), role: 'auditor' });
    const member = await requestPublic(server, '/invitations/accept', {
      method: 'POST',
      body: { token, name, password: newPassword() },
    });
    await make('/webhooks', {
      url: `https://example.com/hook?name=${encodeURIComponent(name)}`,
      events: [{ entity: 'client', operation: 'updated' }],
      client: client['id'],
    });
    pages.set(name, [
      `/apis/${String(api['id'])}`,
      `/clients/${String(client['id'])}`,
      `/locations/${String(location['id'])}`,
      `/members/${String(member.body['id'])}`,
    ]);
  }
  opened = await browser.signIn(owner, '/clients', { viewport: narrow });
});

afterAll(() => browser.close());

async function expectOnlyText(): Promise<void> {
  const { page } = opened;
  const found = await page.evaluate<unknown>(`(() => ({
    isOwned: document.title === 'owned',
    // Of ours there are none in the body but what the page itself is.
    injected: document.querySelectorAll('#page script, #page svg[onload], #page img[src=x]').length,
    links: [...document.querySelectorAll('a')].filter(({ href }) => /^javascript:/i.test(href)).length,
  }))()`);
  expect(found).toEqual({ isOwned: false, injected: 0, links: 0 });
  expect(await scrollsSideways(page)).toBe(false);
}

test.each([
  ['Clients', '/clients'],
  // There are those of the whole instance as well.
  ['APIs and scopes', '/apis?sort=-created_at'],
  ['Locations', '/locations'],
  ['Members', '/members'],
])('%s: every name is in the list, letter by letter', async (title, path) => {
  const { page } = opened;
  await page.goto(browser.urlOf(path));
  const table = page.getByRole('table', { name: title, exact: true });
  await table
    .getByRole('link')
    .nth(names.length - 1)
    .waitFor();
  const shown = await table.getByRole('link').allTextContents();
  expect(names.filter((name) => !shown.includes(name))).toEqual([]);
  await expectOnlyText();
});

test('the addresses of webhooks are text as well', async () => {
  const { page } = opened;
  await page.goto(browser.urlOf('/webhooks'));
  await page.getByRole('table').getByText('owned').first().waitFor();
  await expectOnlyText();
});

// Every kind of page with two of them: the lists have shown them all.
test.each(names.map((name, index) => [name, index % 4] as const))(
  '%s is the heading of its page, and nothing else',
  async (name, kind) => {
    const { page } = opened;
    await page.goto(browser.urlOf(pages.get(name)?.[kind] ?? ''));
    const heading = page.getByRole('heading', { level: 1 });
    await heading.getByText(name, { exact: true }).waitFor();
    await page.waitForLoadState('networkidle');
    expect(await heading.textContent()).toBe(name);
    await expectOnlyText();
  },
);

/** Whether what follows a name stands to the right of it on the page, as it does after any other name. */
function readsOn(selector: string, name: string, after: string): Promise<boolean> {
  return opened.page.evaluate<boolean>(`(() => {
    const places = [];
    const walker = document.createTreeWalker(document.querySelector(${JSON.stringify(selector)}), 4);
    while (walker.nextNode()) {
      for (let at = 0; at < walker.currentNode.data.length; at++) places.push([walker.currentNode, at]);
    }
    const said = places.map(([node, at]) => node.data[at]).join('');
    const boxOf = (text, from) => {
      const start = said.indexOf(text, from);
      const [lastNode, lastAt] = places[start + text.length - 1];
      const range = document.createRange();
      range.setStart(...places[start]);
      range.setEnd(lastNode, lastAt + 1);
      return { ...range.getBoundingClientRect().toJSON(), end: start + text.length };
    };
    const named = boxOf(${JSON.stringify(name)}, 0);
    return boxOf(${JSON.stringify(after)}, named.end).left >= named.right - 1;
  })()`);
}

test('a name that is read from right to left turns no sentence: not in a title, a question, a list or a corner', async () => {
  const { page } = opened;
  const name = '\u202Eevil';
  const made = await owner.api.request('/clients', { method: 'POST', body: { name } });
  await page.goto(browser.urlOf(`/clients?q=evil&sort=-created_at`));
  await page.getByLabel(`Select \u2068${name}\u2069`).check();
  await page.getByRole('button', { name: 'Deactivate (1)' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Last used').waitFor();
  expect(await readsOn('[role=dialog] li', name, '·')).toBe(true);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.goto(browser.urlOf(`/clients/${String(made.body['id'])}`));
  await page.getByRole('heading', { level: 1, name }).waitFor();
  expect(await page.title()).toBe(`\u2068${name}\u2069 · Latchkey`);
  await page.getByRole('button', { name: 'Deactivate' }).click();
  await dialog.getByText('Nothing used it').waitFor();
  expect(await readsOn('[role=dialog] h2', name, '?')).toBe(true);
  await dialog.getByRole('button', { name: 'Deactivate' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('is INACTIVE').waitFor();
  expect(await readsOn('.mantine-Notification-root', name, 'is INACTIVE')).toBe(true);
});

test('nothing complained, and nobody else was asked for anything', () => {
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
