/** What cannot be taken back asks for the password again, in a real browser. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { ConsoleBrowser } from './console-browser.ts';

const { postgresql: server, postgresUrl } = sharedServers();
const operator = new AdminApi(server);
let browser: ConsoleBrowser;
let owner: NewMember;

beforeAll(async () => {
  browser = await ConsoleBrowser.start(server);
  owner = await newMember(operator, { role: 'owner' });
});

afterAll(() => browser.close());

/** As if the member had come an hour ago. */
async function letAnHourPass(): Promise<void> {
  const database = new pg.Client({ connectionString: postgresUrl });
  await database.connect();
  await database.query(
    `UPDATE member_sessions SET confirmed_at = now() - interval '1 hour' WHERE member_id = $1`,
    [owner.id],
  );
  await database.end();
}

test('a credential is regenerated after the password was entered again, and not before', async () => {
  const api = await operator.createApi(['a']);
  const client = await operator.createClient([{ api: api.identifier, scopes: ['a'] }]);
  const { page, complaints } = await browser.signIn(owner, `/clients/${client.id}`);
  await letAnHourPass();
  await page.getByRole('tab', { name: 'Secrets' }).click();
  await page.getByRole('button', { name: 'Regenerate' }).click();
  const question = page.getByRole('dialog', { name: /^Regenerate the credential/ });
  await question.getByRole('textbox', { name: /^Type/ }).fill('regenerate');
  await question.getByRole('button', { name: 'Yes, regenerate' }).click();
  const prompt = page.getByRole('dialog', { name: 'Your password, once more' });
  await prompt.getByRole('textbox', { name: 'Password' }).fill('not mine at all');
  await prompt.getByRole('button', { name: 'Go on' }).click();
  await prompt.getByRole('alert').waitFor();
  expect((await requestToken(server, client)).status).toBe(200);
  await prompt.getByRole('textbox', { name: 'Password' }).fill(owner.password);
  await prompt.getByRole('button', { name: 'Go on' }).click();
  await page.getByRole('button', { name: 'I have stored it' }).click();
  expect((await requestToken(server, client)).status).toBe(401);
  expect(complaints).toEqual([]);
});

test('whoever does not give it has changed nothing, and is told why', async () => {
  const client = await operator.createClient([]);
  const { page } = await browser.signIn(owner, `/clients/${client.id}`);
  await letAnHourPass();
  await page.getByRole('tab', { name: 'Secrets' }).click();
  await page.getByRole('button', { name: 'Regenerate' }).click();
  const question = page.getByRole('dialog', { name: /^Regenerate the credential/ });
  await question.getByRole('textbox', { name: /^Type/ }).fill('regenerate');
  await question.getByRole('button', { name: 'Yes, regenerate' }).click();
  const prompt = page.getByRole('dialog', { name: 'Your password, once more' });
  await prompt.getByRole('button', { name: 'Cancel' }).click();
  await question.getByRole('alert').getByText('the password was entered too long ago').waitFor();
  await question.getByRole('button', { name: 'Cancel' }).click();
  const { body } = await operator.request<{ data: unknown[] }>(`/clients/${client.id}/secrets`);
  expect(body.data).toHaveLength(1);
});
