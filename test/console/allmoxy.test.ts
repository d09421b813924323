/** FEATURES 3, Allmoxy: Client ID and Secret Key, and tokens good for 3,600 seconds, in a real browser. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { formatBasic } from '../support/token-request.ts';
import { readShownCredential } from './client-pages.ts';
import { ConsoleBrowser, takePicture, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
let organization: string;
let api: { id: string; identifier: string };

beforeAll(async () => {
  organization = await operator.createOrganization();
  api = await operator.createApi(['quotes:read', 'quotes:write'], { organization, name: 'Quotes' });
  browser = await ConsoleBrowser.start(server);
  opened = await browser.signIn(await newMember(operator, { role: 'owner', organization }));
  page = opened.page;
});

afterAll(() => browser.close());

const open = (path: string) => page.goto(browser.urlOf(path));
const newClient = (overrides: object = {}) =>
  operator.createClient([{ api: api.identifier, scopes: ['quotes:read', 'quotes:write'] }], {
    organization,
    ...overrides,
  });

test('3.1 Generate Client ID and Secret: a review step states the consequences, then the pair is made', async () => {
  await open('/clients/new');
  await page.getByRole('textbox', { name: /^Name/ }).fill('Shop floor');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByText('It gets no access tokens until it is granted scopes.').waitFor();
  await page.getByText('Its client_secret is shown once').waitFor();
  const { body } = await operator.request(`/clients?organization=${organization}`);
  expect(body).toMatchObject({ data: [] });
  await page.getByRole('button', { name: 'Change something' }).click();
  expect(await page.getByRole('textbox', { name: /^Name/ }).inputValue()).toBe('Shop floor');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.getByRole('button', { name: 'Create the client' }).click();
  const { clientId } = await readShownCredential(page);
  const after = await operator.request(`/clients?organization=${organization}`);
  expect(after.body).toMatchObject({ data: [{ name: 'Shop floor', client_id: clientId }] });
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.waitForURL(/\/clients\/client_/);
});

// asked twice, done once.
test('3.1 an answer that was lost on the way makes no second client, and the page says what to do', async () => {
  await open('/clients/new');
  await page.getByRole('textbox', { name: /^Name/ }).fill('Made once');
  await page.getByRole('button', { name: 'Review' }).click();
  await page.route('**/api/v1/clients', async (route) => {
    // The server does it; the answer is lost.
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('button', { name: 'Create the client' }).click();
  await page.getByText('No answer came').waitFor();
  await page.unroute('**/api/v1/clients');
  await page.getByRole('button', { name: 'Create the client' }).click();
  await page.getByText('its secret can no longer be shown').waitFor();
  const { body } = await operator.request<{ data: object[] }>(
    `/clients?organization=${organization}&q=Made%20once`,
  );
  expect(body.data).toHaveLength(1);
  await page.getByRole('link', { name: 'To its secrets' }).click();
  await page.getByRole('table', { name: 'Secrets' }).waitFor();
});

test('3.2 later the client_id is there for reference, and why the secret is not', async () => {
  const client = await newClient();
  await open(`/clients/${client.id}`);
  await page.getByText(client.clientId).first().waitFor();
  await page.getByText('shows a secret once, when it is made').waitFor();
  expect(await page.content()).not.toContain(client.clientSecret);
});

test('3.3 Generate API Authorization Token: real, for the chosen scopes, 3,600 s counting down, audited, without the secret', async () => {
  const client = await newClient({ name: 'Token by hand' });
  const resourceServer = await operator.createClient([], { organization });
  await operator.request(`/apis/${api.id}`, {
    method: 'PATCH',
    body: { introspection_clients: [resourceServer.id] },
  });
  await page.clock.install();
  await open(`/clients/${client.id}?tab=token`);
  await page.getByRole('combobox', { name: 'Scopes' }).click();
  await page.getByRole('option', { name: 'quotes:read' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Generate API Authorization Token' }).click();
  const shown = page.getByTestId('shown-token');
  await shown.getByText('Carries quotes:read').waitFor();
  await shown.getByRole('button', { name: 'Copy access token' }).click();
  const token = await page.evaluate<string>('navigator.clipboard.readText()');
  const { iat = 0, exp = 0, ...claims } = decodeJwt(token);
  expect(claims).toMatchObject({
    aud: api.identifier,
    client_id: client.clientId,
    scope: 'quotes:read',
  });
  expect(exp - iat).toBe(3600);
  const introspection = await fetch(`${server.issuer}/oauth2/introspect`, {
    method: 'POST',
    headers: { authorization: formatBasic(resourceServer) },
    body: new URLSearchParams({ token }),
  });
  expect(await introspection.json()).toMatchObject({ active: true, scope: 'quotes:read' });
  expect(await shown.getByRole('timer').innerText()).toMatch(/^Expires in (?:60:00|59:\d\d)$/);
  await takePicture(page, 'client-token');
  const { body } = await operator.request<{ data: { details: object }[] }>(
    `/audit-events?organization=${organization}&action=access_token.minted`,
  );
  expect(JSON.stringify(body)).toContain(client.id);
  expect(JSON.stringify(body)).not.toContain(token);

  await page.clock.fastForward(3_600_000);
  await page.getByText('The access token has expired.').waitFor();
  expect(await page.content()).not.toContain(token);
  await page.clock.resume();
  // Only the token is made again: the credential is as it was.
  await page.getByRole('button', { name: 'Generate API Authorization Token' }).click();
  await shown.waitFor();
  expect((await requestToken(server, client)).status).toBe(200);
});

test('3.4 the list of Access Keys: every member and integration that holds access, in one list with its last use', async () => {
  const client = await newClient({ name: 'Holds access' });
  await requestToken(server, client);
  const holder = await newMember(operator, { role: 'developer', organization });
  const { body } = await holder.api.request('/me/api-access', { method: 'POST' });
  await open('/access');
  const row = page.getByRole('row', { name: /Holds access/ });
  await row
    // The page's clock was put forward above.
    .getByText(/(?:just now|ago)$/)
    .first()
    .waitFor();
  await page.getByRole('row', { name: new RegExp(String(body['client_id'])) }).waitFor();
});

test('3.5 who may edit integrations and who may manage keys are two permissions', async () => {
  const client = await newClient({ name: 'Of two minds' });
  const offers = async (permissions: readonly string[]) => {
    const member = await newMember(operator, { permissions, organization });
    const { page: theirs } = await browser.signIn(member, `/clients/${client.id}?tab=secrets`);
    await theirs.getByRole('table', { name: 'Secrets' }).waitFor();
    const mayManageKeys = await theirs.getByRole('button', { name: 'New secret' }).count();
    await theirs.getByRole('tab', { name: 'Overview' }).click();
    await theirs.getByRole('heading', { name: 'Settings' }).waitFor();
    const mayEdit = await theirs.getByRole('button', { name: 'Save' }).count();
    return { mayEdit, mayManageKeys };
  };
  expect(await offers(['clients:read', 'clients:write'])).toEqual({ mayEdit: 1, mayManageKeys: 0 });
  expect(await offers(['clients:read', 'secrets:write'])).toEqual({ mayEdit: 0, mayManageKeys: 1 });
});

test('3.6 regenerating warns that existing integrations are disrupted', async () => {
  const client = await newClient({ name: 'Warned' });
  await open(`/clients/${client.id}?tab=secrets`);
  await page.getByRole('button', { name: 'Regenerate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Existing integrations are disrupted').waitFor();
  await dialog.getByText('Nothing used it in the last 30 days.').waitFor();
  await dialog.getByLabel(/to confirm/).fill('regenerate');
  await dialog.getByRole('button', { name: 'Yes, regenerate' }).click();
  const renewed = await readShownCredential(page);
  expect(renewed.clientId).toBe(client.clientId);
  await dialog.getByRole('button', { name: 'I have stored it' }).click();
  expect((await requestToken(server, client)).status).toBe(401);
  expect((await requestToken(server, renewed)).status).toBe(200);
});

test('nothing complained, and nobody else was asked for anything', () => {
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
