/** The pages of the audit log and of signing keys, in a real browser. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AdminApi } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser, type ConsolePage } from './console-browser.ts';

const { embedded: server } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let opened: ConsolePage;
let page: Page;
/** Whose events are asked for. */
let client: string;

interface Exported {
  action: string;
  target: { id: string };
}

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  const auditor = await newMember(operator, { role: 'auditor' });
  opened = await browser.signIn(auditor, '/audit');
  page = opened.page;
});

afterAll(() => browser.close());

test('an event is found by what it was done to, and shows each field before and after', async () => {
  client = (await operator.createClient([], { name: 'Before the change' })).id;
  const { headers } = await operator.request(`/clients/${client}`, {
    method: 'PATCH',
    body: { name: 'After the change' },
  });
  await page.getByLabel('To (record id)').fill(client);
  await page.waitForURL((url) => url.searchParams.get('target') === client);
  await page.getByRole('button', { name: 'Show client.updated' }).click();
  const dialog = page.getByRole('dialog', { name: 'client.updated' });
  const row = dialog.getByRole('row', { name: /^name/ });
  expect(await row.getByRole('cell').allTextContents()).toEqual([
    'name',
    'Before the change',
    'After the change',
  ]);
  await dialog.getByText(String(headers.get('x-request-id'))).waitFor();
  await page.keyboard.press('Escape');
  // The address holds the question: it can be given to somebody else, and reloaded.
  await page.reload();
  await page.getByRole('button', { name: 'Show client.created' }).waitFor();
});

test('the log is verified, and what is not its own checkpoint is found out', async () => {
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('status').getByText('nothing was changed, removed or reordered').waitFor();
  await page.getByLabel('Compare with a checkpoint').fill('not.a.checkpoint');
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.getByRole('alert').waitFor();
});

test('the export is what is asked for, and holds the events that are shown', async () => {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Export' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('latchkey-audit.ndjson');
  const chunks: Buffer[] = [];
  for await (const chunk of await file.createReadStream()) chunks.push(Buffer.from(chunk));
  const events = Buffer.concat(chunks)
    .toString()
    .split('\n')
    .filter((line) => line.includes('"body":'))
    // Of the export's format only this is read.
    .map((line) => JSON.parse((JSON.parse(line) as { body: string }).body) as Exported);
  expect(events.map(({ action, target }) => [action, target.id])).toEqual([
    ['client.created', client],
    ['client.updated', client],
  ]);
});

test('signing keys show their state and its meaning, and whoever is no operator cannot rotate them', async () => {
  await page.getByRole('link', { name: 'Signing keys' }).click();
  const row = page.getByRole('row', { name: /ES256/ }).first();
  await row.getByText('signs from').waitFor();
  await row.getByText('Signing', { exact: true }).hover();
  await page.getByText('Signs every new access token of its algorithm.').waitFor();
  expect(await page.getByRole('button', { name: /Rotate|Revoke/ }).count()).toBe(0);
  expect(opened.complaints).toEqual([]);
});
