/** The console at a listener of its own (LATCHKEY_ADMIN_PORT): from the printed link to a credential that works. A-12 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { latchkeyHere, makeWorkingFolder, type WorkingFolder } from '../cli/latchkey-runner.ts';
import { findFreePort } from '../support/free-port.ts';
import { newPassword } from '../support/member-api.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { ConsoleBrowser, fillAccount, type ConsolePage } from './console-browser.ts';

jest.setTimeout(120_000);

const password = newPassword();
let server: ServerProcess;
let adminUrl: string;
let browser: ConsoleBrowser;
let opened: ConsolePage;
let folder: WorkingFolder;

beforeAll(async () => {
  const adminPort = await findFreePort();
  adminUrl = `http://localhost:${adminPort}`;
  server = await startServer({
    entry: 'main',
    env: {
      LATCHKEY_ADMIN_PORT: String(adminPort),
      LATCHKEY_BOOTSTRAP_CLIENT_ID: '',
      LATCHKEY_BOOTSTRAP_CLIENT_SECRET: '',
    },
  });
  browser = await ConsoleBrowser.start({ issuer: adminUrl, operator: server.operator });
  opened = await browser.open();
  folder = await makeWorkingFolder();
});
afterAll(async () => {
  await browser.close();
  await server.stop();
  await folder.remove();
});

test('the printed link leads there, and makes its reader the owner', async () => {
  const [link = ''] = /http\S+#lki_[0-9A-Za-z]{43}/.exec(server.output()) ?? [];
  expect(link).toMatch(new RegExp(`^${adminUrl}/console/first-run#`));
  const { page } = opened;
  await page.goto(link);
  await fillAccount(page, { email: 'ada@example.com', name: 'Ada', password });
  await page.getByRole('button', { name: 'Become the owner' }).click();
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
});

test('whoever signs in there takes a credential away that says where tokens are, and where admins go', async () => {
  const { page } = await browser.signIn({ email: 'ada@example.com', password }, '/settings');
  await page.getByRole('button', { name: 'Turn API access on' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as .env' }).click();
  const file = folder.path('my-access.env');
  await (await downloading).saveAs(file);
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(
    new RegExp(
      `^LATCHKEY_ISSUER=${server.issuer}\nLATCHKEY_ADMIN_URL=${adminUrl}\nLATCHKEY_CLIENT_ID=lkc_\\w+\n`,
    ),
  );
  expect(await latchkeyHere(['me', '--json', '--credentials', file])).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
});

test('the page asks nobody else, the public listener neither, and complains of nothing', () => {
  expect([opened.foreignRequests, opened.complaints]).toEqual([[], []]);
});
