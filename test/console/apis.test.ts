/** The pages of APIs, in a real browser: what a change of them means is seen at the token endpoint. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { postgresql: server } = sharedServers();
const operator = new AdminApi(server);
const identifier = `https://${randomBytes(6).toString('hex')}.example.com`;
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const owner = await newMember(operator, { role: 'owner' });
  opened = await browser.signIn(owner, '/apis');
  page = opened.page;
});

afterAll(() => browser.close());

function placeOfFocus(): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { activeElement } = document;
    const { top, bottom } = activeElement.getBoundingClientRect();
    const header = document.querySelector('header').getBoundingClientRect().bottom;
    const what = activeElement.getAttribute('role') === 'alert' ? 'the alert' : 'something else';
    return what + (top >= header && bottom <= innerHeight ? ', in sight' : ', out of sight');
  })()`);
}

test('an API is registered with its scopes, and a fault is told where it is', async () => {
  await page.setViewportSize({ width: 1280, height: 620 });
  await page.getByRole('link', { name: 'New API' }).click();
  await page.getByRole('textbox', { name: 'Identifier' }).fill('not a URI');
  await page.getByRole('textbox', { name: 'Name' }).fill('Warehouse');
  await page.getByRole('textbox', { name: 'Scope 1', exact: true }).fill('stock:read');
  await page.getByRole('button', { name: 'Add a scope' }).click();
  await page.getByRole('textbox', { name: 'Scope 2', exact: true }).fill('stock:write');
  await page.getByRole('button', { name: 'Register the API' }).click();
  const alert = page.getByRole('alert');
  await alert.getByText('must be visible characters').waitFor();
  // Each fault once, by the field's name.
  expect(await alert.getByText('Correct this').count()).toBe(1);
  expect(await alert.getByText('must be visible characters').count()).toBe(1);
  // Below what the window shows: it comes into sight, and the keyboard goes on from it.
  await until(
    async () => (await placeOfFocus()) === 'the alert, in sight',
    'the alert has the focus',
  );
  expect(await page.getByRole('textbox', { name: 'Identifier' }).getAttribute('aria-invalid')).toBe(
    'true',
  );
  // Nothing that was typed is lost.
  await page.getByRole('textbox', { name: 'Identifier' }).fill(identifier);
  await page.getByRole('button', { name: 'Register the API' }).click();
  await page.getByRole('heading', { level: 1, name: 'Warehouse' }).waitFor();
  const { body } = await operator.request<{ data: { scopes: { value: string }[] }[] }>(
    `/apis?q=${encodeURIComponent(identifier)}`,
  );
  expect(body.data.map(({ scopes }) => scopes.map(({ value }) => value))).toEqual([
    ['stock:read', 'stock:write'],
  ]);
});

test('who loses a scope is named before it is removed, and then the token endpoint refuses it', async () => {
  const grant = { api: identifier, scopes: ['stock:read', 'stock:write'] };
  const client = await operator.createClient([grant], { name: 'Picker' });
  await operator.createClient([{ api: identifier, scopes: ['stock:read'] }], { name: 'Reader' });
  const ask = () => requestToken(server, client, { resource: identifier, scope: 'stock:write' });
  expect((await ask()).status).toBe(200);
  await page.reload();
  await page.getByRole('button', { name: 'Remove stock:write' }).click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Remove scopes that are in use?' });
  await dialog.getByText('Picker · Last used just now').waitFor();
  expect(await dialog.getByText('Reader').count()).toBe(0);
  expect((await ask()).status).toBe(200);
  await dialog.getByRole('button', { name: 'Remove and save' }).click();
  await page.getByText('Saved. The next access token obeys.').waitFor();
  await dialog.waitFor({ state: 'hidden' });
  expect(await ask()).toMatchObject({ status: 400, body: { error: 'invalid_scope' } });
});

test('what somebody else has changed meanwhile is not overwritten', async () => {
  const id = page.url().split('/').at(-1) ?? '';
  await page.getByRole('textbox', { name: 'Name' }).fill('Warehouse of mine');
  await operator.request(`/apis/${id}`, { method: 'PATCH', body: { name: 'Warehouse of hers' } });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Somebody else has changed this meanwhile.').waitFor();
  const { body } = await operator.request(`/apis/${id}`);
  expect(body['name']).toBe('Warehouse of hers');
});

test('it is not deleted while a client is granted it, and says which', async () => {
  await page.reload();
  await page.getByRole('button', { name: 'Delete the API' }).click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Delete the API' });
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByRole('textbox').fill('Warehouse of hers');
  await confirm.click();
  await dialog.getByRole('alert').getByText('Picker').waitFor();
  expect(opened.complaints).toEqual([]);
});
