/** From the link that the first start prints to a green tick: in a real browser, and in a real terminal. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { newPassword } from '../support/member-api.ts';
import { until } from '../support/until.ts';
import {
  ConsoleBrowser,
  fillAccount,
  narrow,
  scrollsSideways,
  takePicture,
  type ConsolePage,
} from './console-browser.ts';

const run = promisify(execFile);
jest.setTimeout(120_000);

const password = newPassword();
const canaryPattern = /lks_[0-9A-Za-z]{49}/;
let server: ServerProcess;
let browser: ConsoleBrowser;
let opened: ConsolePage;
let link = '';
let secret = '';

beforeAll(async () => {
  server = await startServer({
    entry: 'main',
    env: { LATCHKEY_BOOTSTRAP_CLIENT_ID: '', LATCHKEY_BOOTSTRAP_CLIENT_SECRET: '' },
  });
  [link = ''] = /http\S+#lki_[0-9A-Za-z]{43}/.exec(server.output()) ?? [];
  browser = await ConsoleBrowser.start(server);
  opened = await browser.open();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});

const step = (title: string) => opened.page.getByRole('region', { name: title, exact: true });

test('the printed link makes its reader the owner, signed in, and leaves the address', async () => {
  const { page } = opened;
  await page.goto(link);
  await fillAccount(page, { email: 'ada@example.com', name: 'Ada', password });
  expect(page.url()).not.toContain('lki_');
  await takePicture(page, 'first-run');
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
  const me = await page.evaluate<{ permissions: string[] }>(
    "fetch('/api/v1/me').then((answer) => answer.json())",
  );
  expect(me).toMatchObject({ type: 'member', name: 'ada@example.com', display_name: 'Ada' });
  // No member operates the instance.
  expect(me.permissions).not.toContain('instance:operate');
  expect(me.permissions).toContain('organizations:write');
});

test('the same link lets nobody else in, and says how another is made', async () => {
  const { page } = await browser.open();
  await page.goto(link);
  await page.setViewportSize(narrow);
  const said = page.getByRole('alert').getByText('latchkey bootstrap --console-link');
  await said.waitFor();
  // To be typed as it stands there: no line ends within it.
  const lines = () =>
    said.getByText('--console-link').evaluate((option) => option.getClientRects().length);
  await until(async () => (await lines()) === 1, 'the option is in one piece');
  await page.context().close();
});

test('leads through the organization, an API and a client, and goes on after it was left', async () => {
  const { page } = opened;
  await page.getByLabel('Name of the organization').fill('Northwind');
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByLabel('Name of the API').fill('Orders');
  await page.getByLabel('Identifier').fill('https://orders.example.com');
  for (const scope of ['orders:read', 'orders:write']) {
    await page.getByRole('combobox', { name: 'Scopes' }).fill(scope);
    await page.keyboard.press('Enter');
  }
  await page.getByRole('button', { name: 'Register the API' }).click();
  await page.getByLabel('Name of the client').waitFor();
  // Left, and taken up again: the server knows what is done.
  await page.reload();
  expect(await step('Your organization').textContent()).toContain('Northwind');
  await page.getByLabel('Name of the client').fill('Order import');
  await page.getByRole('button', { name: 'Register the client' }).click();
  // Waited for in one look: the step is drawn again when the list of clients was read again.
  const shown = page.getByTestId('shown-secret').getByText(canaryPattern);
  [secret = ''] = canaryPattern.exec(await shown.innerText()) ?? [];
  expect(secret).not.toBe('');
  await takePicture(page, 'first-steps-secret');
});

test('the green tick comes when the server has issued a token to the copied command', async () => {
  const { page } = opened;
  await page.getByText('Waiting until the server has issued one').waitFor();
  expect(await step('An access token').getAttribute('data-done')).toBe('false');
  await page.getByRole('button', { name: 'Copy the command' }).click();
  const command = await page.evaluate<string>('navigator.clipboard.readText()');
  const { stdout } = await run('bash', ['--norc', '-ec', command]);
  const { access_token: token } = JSON.parse(stdout) as { access_token: string };
  const { payload } = await jwtVerify(
    token,
    createRemoteJWKSet(new URL(`${server.issuer}/.well-known/jwks.json`)),
    { issuer: server.issuer, audience: 'https://orders.example.com', typ: 'at+jwt' },
  );
  expect(payload['scope']).toBe('orders:read orders:write');
  await page.getByText('The server has issued 1 access token').waitFor();
  expect(await step('An access token').getAttribute('data-done')).toBe('true');
  const lines = await page.getByRole('region', { name: 'the code' }).textContent();
  expect(lines).toContain('jwtVerify');
  await takePicture(page, 'first-steps-done');
});

test('the secret is gone when it is stored', async () => {
  const { page } = opened;
  await page.getByRole('button', { name: 'I have stored it' }).click();
  await page.getByTestId('shown-secret').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(secret);
  await page.setViewportSize(narrow);
  expect(await scrollsSideways(page)).toBe(false);
  await takePicture(page, 'first-steps-narrow');
  expect(opened.complaints).toEqual([]);
  expect(opened.foreignRequests).toEqual([]);
});
