/** What an address asks of a page: what the page knows is obeyed, and what it does not know goes nowhere. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';
import { addressOf, pagesBehindTheDoor, type PageWorld } from './console-pages.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const strange = 'foo=1&__proto__=2&limit=7&cursor=x&organization=org_x';
let browser: ConsoleBrowser;
let opened: ConsolePage;
let world: PageWorld;
/** What the page has asked the admin API for. */
let asked: URL[] = [];
let refused: string[] = [];

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const organization = await operator.createOrganization();
  const owner = await newMember(operator, { organization, role: 'owner' });
  const api = await operator.createApi(['a'], { organization });
  const client = await operator.createClient([], { organization, name: '123' });
  await operator.createClient([], { organization, name: 'true' });
  const { id: webhook } = await operator.createWebhook('https://example.com/a', ['client.*'], {
    organization,
  });
  world = {
    link: '',
    api: api.id,
    client: client.id,
    location: await operator.createLocation({ organization }),
    member: owner.id,
    webhook,
  };
  opened = await browser.signIn(owner, '/settings');
  opened.page.on('response', (response) => {
    const url = new URL(response.url());
    if (!url.pathname.startsWith('/api/')) return;
    asked.push(url);
    if (response.status() >= 400) refused.push(`${response.status()} ${url.href}`);
  });
});

afterAll(() => browser.close());

/** Opened as somebody opens a link that was sent to them. */
async function open(address: string): Promise<void> {
  [asked, refused] = [[], []];
  const { page } = opened;
  await page.goto(browser.urlOf(address));
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
}

/** They read their address. */
const asking = ['/apis', '/audit', '/clients', '/clients/$id', '/access', '/locations', '/members']
  .concat(['/usage', '/webhooks', '/webhooks/new'])
  .flatMap((path) => {
    const page = pagesBehindTheDoor[path];
    return page === undefined ? [] : [[path, page] as const];
  });

test.each(asking)(
  '%s asks nothing of the server that only its address has',
  async (_path, page) => {
    await open(`${addressOf(page, world)}?${strange}`);
    expect(refused).toEqual([]);
    expect(asked.filter(({ search }) => /foo|__proto__|org_x|cursor=x/.test(search))).toEqual([]);
    expect(new URL(opened.page.url()).search).not.toContain('foo');
  },
);

test.each([
  ['/clients', 'active=perhaps&location=moon&deleted=no&q='],
  ['/access', 'kind=robot&active=1'],
  ['/members', 'role=emperor&active='],
  ['/webhooks', 'active=TRUE'],
  ['/usage', 'by=moon'],
])('%s?%s shows what it shows without', async (path, search) => {
  await open(`${path}?${search}`);
  expect(refused).toEqual([]);
  expect(await opened.page.getByRole('alert').count()).toBe(0);
});

test.each(['123', 'true'])('%s is a word to search for, and stays one', async (word) => {
  await open(`/clients?q=${word}`);
  const table = opened.page.getByRole('table', { name: 'Clients' });
  await table.getByRole('link', { name: word, exact: true }).waitFor();
  expect(await table.getByRole('link').count()).toBe(1);
  expect(await opened.page.getByRole('textbox', { name: 'Search' }).inputValue()).toBe(word);
  expect(new URL(opened.page.url()).search).toBe(`?q=${word}`);
});

test('nothing complained', () => {
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
