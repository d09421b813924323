/** What each role sees in the console and can do there, and nothing else; the server would refuse the rest anyway. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { permissions, rolePermissions } from '../../console/src/members/role-permissions.ts';
import { permissions as serverPermissions } from '../../src/model/permission.ts';
import { rolePermissions as serverRolePermissions } from '../../src/model/role.ts';
import { AdminApi } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let organization: string;
let location: string;
let webhook: string;
let colleague: string;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  organization = await operator.createOrganization();
  location = await operator.createLocation({ organization, name: 'Harbour Street' });
  await operator.createLocation({ organization, name: 'Old Town' });
  const events = ['client.updated'];
  const place = { organization, location };
  webhook = (await operator.createWebhook('https://hooks.example.com/', events, place)).id;
  colleague = (await newMember(operator, { organization, location, role: 'auditor' })).id;
});

afterAll(() => browser.close());

test('the console offers what the roles of the server hold, no more and no less', () => {
  expect(rolePermissions).toEqual(serverRolePermissions);
  expect(permissions).toEqual(serverPermissions);
});

const everyPage = [
  'Overview',
  'Clients',
  'APIs and scopes',
  'Access',
  'General',
  'Members',
  'Locations',
  'Webhooks',
  'Usage',
  'Audit log',
  'Signing keys',
  'API reference',
];

interface Role {
  title: string;
  standing: () => object;
  menu: string[];
  /** By page: the words on what changes something there, of those that are looked for. */
  offered: Record<string, string[]>;
  /** Pages that say kindly that they are not theirs. */
  forbidden: string[];
}

/** What changes something, page by page. */
const changes: Record<string, () => { path: string; names: string[] }> = {
  clients: () => ({ path: '/clients', names: ['New client'] }),
  apis: () => ({ path: '/apis', names: ['New API'] }),
  members: () => ({ path: '/members', names: ['Invite'] }),
  member: () => ({
    path: `/members/${colleague}`,
    names: ['New link', 'Deactivate', 'Remove', 'Save'],
  }),
  locations: () => ({ path: '/locations', names: ['New location'] }),
  location: () => ({
    path: `/locations/${location}`,
    names: ['Deactivate', 'Delete the location', 'Save'],
  }),
  organization: () => ({ path: '/organization', names: ['Save'] }),
  webhooks: () => ({ path: '/webhooks', names: ['New webhook'] }),
  webhook: () => ({
    path: `/webhooks/${webhook}`,
    names: ['Send a test', 'Rotate the secret', 'Switch off', 'Delete', 'Save'],
  }),
};

const offeredToOwners: Record<string, string[]> = {
  clients: ['New client'],
  apis: ['New API'],
  members: ['Invite'],
  member: ['New link', 'Deactivate', 'Remove', 'Save'],
  locations: ['New location'],
  location: ['Deactivate', 'Delete the location', 'Save'],
  organization: ['Save'],
  webhooks: ['New webhook'],
  webhook: ['Send a test', 'Rotate the secret', 'Switch off', 'Delete', 'Save'],
};
const nothing = (...pages: string[]) => Object.fromEntries(pages.map((page) => [page, []]));

const roles: Role[] = [
  {
    title: 'an owner',
    standing: () => ({ role: 'owner' }),
    menu: everyPage,
    offered: offeredToOwners,
    forbidden: [],
  },
  {
    title: 'an admin',
    standing: () => ({ role: 'admin' }),
    menu: everyPage,
    offered: { ...offeredToOwners, locations: [], location: [], organization: [] },
    forbidden: [],
  },
  {
    title: 'a developer',
    standing: () => ({ role: 'developer' }),
    menu: ['Overview', 'Clients', 'Access', 'Webhooks', 'API reference'],
    offered: nothing('clients', 'webhooks', 'webhook'),
    forbidden: [
      '/members',
      '/locations',
      '/organization',
      '/audit',
      '/apis',
      '/signing-keys',
      '/clients/new',
      '/webhooks/new',
    ],
  },
  {
    title: 'an auditor',
    standing: () => ({ role: 'auditor' }),
    menu: everyPage,
    offered: nothing(...Object.keys(offeredToOwners)),
    forbidden: ['/clients/new', '/apis/new', '/members/invite', '/webhooks/new'],
  },
  {
    title: 'an admin of one location',
    standing: () => ({ role: 'admin', location }),
    menu: everyPage,
    offered: {
      members: ['Invite'],
      locations: [],
      location: [],
      organization: [],
      webhooks: ['New webhook'],
      webhook: offeredToOwners['webhook'] ?? [],
    },
    forbidden: [],
  },
];

describe.each(roles)('$title', ({ standing, menu, offered, forbidden }) => {
  let opened: ConsolePage;
  let page: Page;

  beforeAll(async () => {
    const member = await newMember(operator, { organization, ...standing() });
    opened = await browser.signIn(member, '/settings');
    page = opened.page;
    await page.getByRole('heading', { level: 1, name: 'My settings' }).waitFor();
  });
  afterAll(() => opened.context.close());

  const open = async (path: string) => {
    await page.goto(browser.urlOf(path));
    await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
  };

  test('sees these pages in the menu, and no others', async () => {
    const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
    expect(await links.allInnerTexts()).toEqual(menu);
  });

  test('is offered what it may do, and nothing else', async () => {
    const seen: Record<string, string[]> = {};
    for (const name of Object.keys(offered)) {
      const { path, names } = changes[name]?.() ?? { path: '', names: [] };
      await open(path);
      const main = page.getByRole('main');
      seen[name] = [];
      for (const one of names) {
        const found = main
          .getByRole('button', { name: one, exact: true })
          .or(main.getByRole('link', { name: one, exact: true }));
        if ((await found.count()) > 0) seen[name].push(one);
      }
    }
    expect(seen).toEqual(offered);
    expect(opened.complaints).toEqual([]);
  });

  if (forbidden.length === 0) return;
  test('is told kindly what is not its own', async () => {
    for (const path of forbidden) {
      await page.goto(browser.urlOf(path));
      await page.getByRole('heading', { level: 1, name: 'Not yours to open' }).waitFor();
      await page.getByText('An owner of your organization can give it to you.').waitFor();
    }
    expect(opened.complaints).toEqual([]);
  });
});

test('who is of a location sees nothing beyond it', async () => {
  const member = await newMember(operator, { organization, location, role: 'admin' });
  const { page, context } = await browser.signIn(member, '/locations');
  await page.getByRole('link', { name: 'Harbour Street' }).waitFor();
  expect(await page.getByRole('link', { name: 'Old Town' }).count()).toBe(0);
  await context.close();
});

test('the first steps are shown to whoever may see little of them, without a fault', async () => {
  await operator.createApi(['a:read'], { organization, name: 'Orders' });
  const member = await newMember(operator, { organization, permissions: ['apis:read'] });
  const { page, context, complaints } = await browser.signIn(member, '/first-steps');
  const steps = page.getByRole('main');
  await steps.getByText('You may look at this, but not do all of it.').waitFor();
  const step = (name: string) => steps.getByRole('region', { name });
  await step('Your organization').getByText('Not yours to see').waitFor();
  await step('An API').getByRole('link', { name: 'Orders' }).waitFor();
  await step('A client').getByText('Not yours to see').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
  expect(complaints).toEqual([]);
  await context.close();
});

test('nobody is offered a role or a permission they do not hold', async () => {
  const member = await newMember(operator, {
    organization,
    permissions: ['members:read', 'members:write', 'clients:read'],
  });
  const { page, context } = await browser.signIn(member, '/members/invite');
  await page.getByRole('heading', { level: 1, name: 'Invite somebody' }).waitFor();
  for (const role of ['Owner', 'Admin', 'Developer', 'Auditor']) {
    expect(await page.getByRole('radio', { name: role }).isDisabled()).toBe(true);
  }
  await page.getByRole('radio', { name: 'Own set of permissions' }).check();
  const given = page.getByRole('checkbox', { disabled: false });
  expect(await given.count()).toBe(3);
  await context.close();
});
