/** `latchkey clients`: whom a grant asks for permission, and what is asked of people. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  latchkeyHere,
  makeWorkingFolder,
  parseOutput,
  type WorkingFolder,
} from './latchkey-runner.ts';

const server = sharedServers().postgresql;
const admin = new AdminApi(server);
let folder: WorkingFolder;
let credentials: string;
beforeAll(async () => {
  folder = await makeWorkingFolder();
  credentials = await folder.saveCredential(server.issuer, server.operator);
});
afterAll(() => folder.remove());

describe('create --grant', () => {
  let registrar: string;
  beforeAll(async () => {
    const client = await admin.createClient([
      { api: `${server.issuer}/api`, scopes: ['clients:write'] },
    ]);
    registrar = await folder.saveCredential(server.issuer, client);
  });

  const create = (grant: string, as: string) =>
    latchkeyHere([
      'clients',
      'create',
      '--name',
      'x',
      '--grant',
      grant,
      '--json',
      '--credentials',
      as,
    ]);

  test('with named scopes needs no permission to read APIs', async () => {
    const api = await admin.createApi(['a', 'b', 'c']);
    for (const name of [api.identifier, api.id]) {
      expect(parseOutput(await create(`${name}=a,c`, registrar))).toMatchObject({
        grants: [{ api: api.identifier, scopes: ['a', 'c'] }],
      });
    }
  });

  test('without scopes says which permission looks them up', async () => {
    const api = await admin.createApi(['a']);
    const outcome = await create(api.identifier, registrar);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('only be looked up with the permission apis:read');
    expect(outcome.stderr).toContain(`--grant ${api.identifier}=scope,scope`);
  });

  test('of an API that is not there is refused by the server', async () => {
    const outcome = await create('https://nowhere.example.com=a', registrar);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain('/grants/0/api');
  });

  test('with an empty list of scopes is wrong usage, whoever asks', async () => {
    const api = await admin.createApi(['a']);
    for (const as of [registrar, credentials]) {
      const outcome = await create(`${api.identifier}=`, as);
      expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
      expect(outcome.stderr).toContain('name scopes after');
    }
  });

  test('an identifier that holds "=" is granted whole, with the permission to look it up', async () => {
    const identifier = `https://${randomBytes(4).toString('hex')}.example.com/a=b`;
    const made = await admin.request('/apis', {
      method: 'POST',
      body: { identifier, name: 'An API', scopes: [{ value: 'a' }] },
    });
    expect(made.status).toBe(201);
    for (const grant of [identifier, `${identifier}=a`]) {
      expect(parseOutput(await create(grant, credentials))).toMatchObject({
        grants: [{ api: identifier, scopes: ['a'] }],
      });
    }
  });
});

test('create without --grant says that it gets no token yet; with one it says nothing', async () => {
  const args = ['clients', 'create', '--name', 'x', '--credentials', credentials];
  const without = await latchkeyHere(args);
  expect(without.exitCode).toBe(0);
  expect(without.stderr).toMatch(
    /^It gets no access token until it is granted an API: .* "latchkey clients update lkc_\w{22} --grant"\.\n$/,
  );
  const api = await admin.createApi(['a']);
  expect(await latchkeyHere([...args, '--grant', api.identifier])).toMatchObject({
    exitCode: 0,
    stderr: '',
  });
});

describe('deactivate', () => {
  const deactivate = (id: string, typed: string | undefined, ...more: string[]) =>
    latchkeyHere(['clients', 'deactivate', id, '--credentials', credentials, ...more], {
      isTerminal: typed !== undefined,
      input: typed ?? '',
    });

  test.each([
    { typed: 'n\n', done: false },
    { typed: '', done: false },
    { typed: 'y\n', done: true },
  ])('on a terminal waits for a yes: $typed', async ({ typed, done }) => {
    const api = await admin.createApi(['a']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['a'] }], {
      name: 'On a terminal',
    });
    const outcome = await deactivate(client.id, typed);
    expect(outcome.stderr).toContain(
      `Deactivate On a terminal (${client.clientId})? Every access token it has ends for good. [y/N] `,
    );
    expect(outcome.exitCode).toBe(done ? 0 : 1);
    expect((await requestToken(server, client)).status).toBe(done ? 401 : 200);
  });

  test('asks nothing with --yes, nor without a terminal; nor does activate', async () => {
    const client = await admin.createClient([]);
    for (const outcome of [
      await deactivate(client.id, '', '--yes'),
      await deactivate(client.id, undefined),
      await latchkeyHere(['clients', 'activate', client.id, '--credentials', credentials], {
        isTerminal: true,
      }),
    ]) {
      expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });
});
