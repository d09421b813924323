/** With `--json` an error is JSON too, alone on standard error; standard output stays empty. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import { latchkeyHere, makeWorkingFolder, type WorkingFolder } from './latchkey-runner.ts';

const server = sharedServers().postgresql;
const admin = new AdminApi(server);
let folder: WorkingFolder;
let credentials: string;
beforeAll(async () => {
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
});
afterAll(() => folder.remove());

async function fail(...args: string[]): Promise<{ exitCode: number | null; error: unknown }> {
  const { exitCode, stdout, stderr } = await latchkeyHere([...args, '--json']);
  expect(stdout).toBe('');
  return { exitCode, ...(JSON.parse(stderr) as { error: unknown }) };
}

const requestId = expect.stringMatching(/^[\w-]{36}$/);

test('of the command line', async () => {
  expect(await fail('clients', 'lst')).toEqual({
    exitCode: 2,
    error: {
      code: 'usage',
      message: expect.stringMatching(/^unknown command 'lst'\n\(Did you mean list\?\)\n\(say what/),
      request_id: null,
    },
  });
  expect(await fail('clients', 'show', 'x', '--credentials', '/nowhere.env')).toEqual({
    exitCode: 2,
    error: {
      code: 'usage',
      message: expect.stringMatching(/^the credentials file \/nowhere.env cannot be read: /),
      request_id: null,
    },
  });
});

test('of the admin API: its code, and what its log knows the request by', async () => {
  const args = ['clients', 'create', '--name', ' ', '--credentials', credentials];
  expect(await fail(...args)).toEqual({
    exitCode: 1,
    error: {
      code: 'invalid',
      message: 'The request is not valid\n  /name: must not be blank',
      request_id: requestId,
    },
  });
});

test('of the token endpoint: its OAuth error, and what its log knows the request by', async () => {
  const client = await admin.createClient([]);
  const file = await folder.saveCredential(server.issuer, client);
  expect(await fail('token', '--credentials', file)).toEqual({
    exitCode: 1,
    error: {
      code: 'invalid_target',
      message: expect.stringMatching(/\(invalid_target\)\nName one API /),
      request_id: requestId,
    },
  });
});

test('what the result has said already is not repeated', async () => {
  const outcome = await latchkeyHere(['verify', 'a.b.c', '--issuer', server.issuer, '--json']);
  expect(outcome).toMatchObject({ exitCode: 1, stderr: '' });
  expect(JSON.parse(outcome.stdout)).toMatchObject({ valid: false });
});

test('help and version are no errors', async () => {
  for (const option of ['--help', '--version']) {
    expect(await latchkeyHere([option, '--json'])).toMatchObject({ exitCode: 0, stderr: '' });
  }
});
