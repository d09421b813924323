/** The command line where admins have a listener of their own: where it calls, what it says, and to whom no secret goes. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { describeFailure } from '../../src/cli/terminal/failure.ts';
import { explainListenFault } from '../../src/cli/server/listen-fault.ts';
import { loadAdminUrl, type Settings } from '../../src/config.ts';
import { AdminApi } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { newMember } from '../support/member-api.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import {
  latchkey,
  latchkeyHere,
  makeWorkingFolder,
  type WorkingFolder,
} from './latchkey-runner.ts';

let folder: WorkingFolder;
beforeAll(async () => {
  folder = await makeWorkingFolder();
});
afterAll(async () => {
  await killServersLeft();
  await folder.remove();
});

describe('a server with a listener for admins', () => {
  let server: ServerProcess;
  let adminUrl: string;
  let admin: AdminApi;
  beforeAll(async () => {
    const adminPort = await findFreePort();
    adminUrl = `http://localhost:${adminPort}`;
    server = await startServer({ env: { LATCHKEY_ADMIN_PORT: String(adminPort) } });
    const address = { issuer: adminUrl, operator: server.operator };
    admin = new AdminApi(address, server.operator, `${server.issuer}/api`);
  });

  /** A credentials file that names the admin listener. */
  async function saveCredential(): Promise<string> {
    const file = await folder.saveCredential(server.issuer, server.operator);
    await writeFile(file, `${await readFile(file, 'utf8')}LATCHKEY_ADMIN_URL=${adminUrl}\n`);
    return file;
  }

  test('is administered through the credentials file that names it', async () => {
    const credentials = await saveCredential();
    const saved = folder.path('integration.env');
    const create = ['clients', 'create', '--name', 'Ours', '--save', saved];
    const outcome = await latchkeyHere([...create, '--credentials', credentials]);
    expect(outcome.exitCode).toBe(0);
    // An integration has no business there, and is not told.
    expect(await readFile(saved, 'utf8')).toContain(`LATCHKEY_ISSUER=${server.issuer}\n`);
    expect(await readFile(saved, 'utf8')).not.toContain('LATCHKEY_ADMIN_URL');
    const list = await latchkeyHere(['clients', 'list', '--json', '--credentials', credentials]);
    expect(list).toMatchObject({ exitCode: 0, stderr: '' });
    expect(list.stdout).toContain('"Ours"');
  });

  test('is administered through the environment', async () => {
    const env = {
      LATCHKEY_ISSUER: server.issuer,
      LATCHKEY_ADMIN_URL: adminUrl,
      LATCHKEY_CLIENT_ID: server.operator.clientId,
      LATCHKEY_CLIENT_SECRET: server.operator.clientSecret,
    };
    expect(await latchkey(['me', '--json'], { env })).toMatchObject({ exitCode: 0, stderr: '' });
    const { LATCHKEY_ADMIN_URL: _, ...without } = env;
    expect(await latchkey(['me'], { env: without })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: [
        `latchkey: ${server.issuer} has no admin API, or not all of this one`,
        'Where admins have a listener of their own (LATCHKEY_ADMIN_PORT of the server), name it with LATCHKEY_ADMIN_URL, beside the LATCHKEY_ISSUER it belongs to.',
        '',
      ].join('\n'),
    });
  });

  test.each([
    ['clients', 'show', 'client_0000000000000000000000'],
    ['audit', 'export', '-'],
  ])('%s %s says what is missing where the admin API is not', async (...command) => {
    const credentials = await folder.saveCredential(server.issuer, server.operator);
    const outcome = await latchkeyHere([...command, '--credentials', credentials]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`${server.issuer} has no admin API`);
    expect(outcome.stderr).toContain('LATCHKEY_ADMIN_URL');
  });

  test('gives a member a credentials file that works by itself', async () => {
    const { email, password } = await newMember(admin, { role: 'admin' });
    const saved = folder.path('my-access.env');
    const outcome = await latchkey(['me', 'api-access', 'on', '--email', email, '--save', saved], {
      env: { LATCHKEY_ISSUER: server.issuer, LATCHKEY_ADMIN_URL: adminUrl },
      input: password,
    });
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await readFile(saved, 'utf8')).toContain(`LATCHKEY_ADMIN_URL=${adminUrl}\n`);
    const me = await latchkeyHere(['me', '--json', '--credentials', saved]);
    expect(me).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('of another issuer than the one that is named says its own', async () => {
    const file = await saveCredential();
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(server.issuer, 'https://auth.example.com'));
    const outcome = await latchkeyHere(['clients', 'list', '--credentials', file]);
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`the server at ${adminUrl} calls itself ${server.issuer}`);
  });
});

describe('the environment', () => {
  afterEach(() => {
    for (const name of ['LATCHKEY_ISSUER', 'LATCHKEY_ADMIN_URL', 'LATCHKEY_ADMIN_PORT', 'PORT']) {
      delete process.env[name];
    }
  });

  test.each([
    [{}, 'http://localhost:3000', 'http://localhost:3000'],
    [{ LATCHKEY_ADMIN_PORT: '3001' }, 'http://localhost:3000', 'http://localhost:3001'],
    [
      { LATCHKEY_ADMIN_URL: 'https://admin.example.com' },
      'http://localhost:3000',
      'https://admin.example.com',
    ],
    [
      {
        LATCHKEY_ISSUER: 'https://auth.example.com',
        LATCHKEY_ADMIN_URL: 'https://admin.example.com',
      },
      'https://auth.example.com',
      'https://admin.example.com',
    ],
    // A credential of the one server is no business of the other.
    [
      {
        LATCHKEY_ISSUER: 'https://auth.example.com',
        LATCHKEY_ADMIN_URL: 'https://admin.example.com',
      },
      'https://other.example.com',
      'https://other.example.com',
    ],
  ])('%j: the admin API of %s is at %s', (env, issuer, expected) => {
    Object.assign(process.env, env);
    expect(loadAdminUrl(issuer)).toBe(expected);
  });

  test('an admin URL to which nobody should send a secret is refused', () => {
    process.env['LATCHKEY_ADMIN_URL'] = 'http://admin.example.com';
    expect(() => loadAdminUrl('http://localhost:3000')).toThrow(
      'LATCHKEY_ADMIN_URL: must be an https: URL: plain http: is for loopback addresses only',
    );
  });
});

describe('a server that believes to have two listeners does not start with one', () => {
  const needsPort = 'needs LATCHKEY_ADMIN_PORT set: there is no admin listener without it';
  const needsAnother = 'the admin listener needs a port of its own';

  test.each([
    [
      'values that are none',
      {
        LATCHKEY_ADMIN_PORT: 'no',
        LATCHKEY_ADMIN_URL: 'http://10.0.0.5:3001',
        LATCHKEY_ADMIN_TRUST_PROXY: '11',
      },
      [
        'LATCHKEY_ADMIN_PORT: must be a whole number from 0 to 65535',
        'LATCHKEY_ADMIN_URL: must be an https: URL: plain http: is for loopback addresses only',
        'LATCHKEY_ADMIN_TRUST_PROXY: must be a whole number from 0 to 10',
      ],
    ],
    [
      'settings of a listener that has no port',
      { LATCHKEY_ADMIN_HOST: '127.0.0.1', LATCHKEY_ADMIN_TRUST_PROXY: '1' },
      [`LATCHKEY_ADMIN_HOST: ${needsPort}`, `LATCHKEY_ADMIN_TRUST_PROXY: ${needsPort}`],
    ],
    [
      'the port of all others',
      {
        HOST: '0.0.0.0',
        PORT: '3000',
        LATCHKEY_METRICS_PORT: '3000',
        LATCHKEY_ADMIN_HOST: '127.0.0.1',
        LATCHKEY_ADMIN_PORT: '3000',
      },
      [
        `LATCHKEY_ADMIN_PORT: is PORT as well: ${needsAnother}`,
        `LATCHKEY_ADMIN_PORT: is LATCHKEY_METRICS_PORT as well: ${needsAnother}`,
      ],
    ],
    [
      'any port, and nobody told which',
      { LATCHKEY_ADMIN_PORT: '0' },
      ['LATCHKEY_ADMIN_PORT: 0 (any free port) needs LATCHKEY_ADMIN_URL set'],
    ],
  ])('with %s', async (_what, settings, faults) => {
    const env = { LATCHKEY_DATA_DIR: folder.path('none'), ...settings };
    expect(await latchkey(['serve'], { env })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: ['latchkey: the settings are not right:', ...faults, ''].join('\n'),
    });
  });
});

/** What the system says to whoever listens there. */
async function failToListen(port: number, host: string): Promise<Error> {
  const server = createServer();
  const failed = once(server, 'error');
  server.listen(port, host);
  const [error] = (await failed) as [Error];
  return error;
}

test('who cannot listen is named, with what moves it', async () => {
  const taken = createServer();
  const port = await findFreePort();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  const linesOf = (error: Error, settings: Partial<Settings>) => {
    const own = { host: '127.0.0.1', port: 3000, adminHost: '127.0.0.1', metricsPort: 9464 };
    const all = { ...own, adminPort: 3001, ...settings } as Settings;
    return describeFailure(explainListenFault(error, all)).lines;
  };
  const inUse = await failToListen(port, '127.0.0.1');
  const sayInUse = (who: string, how: string) => [
    `port ${port} is in use by another process, so ${who} cannot listen there`,
    `End that process, or choose another port: ${how} npx latchkey serve`,
  ];
  expect(linesOf(inUse, { port })).toEqual(sayInUse('the server', `PORT=${port + 1}`));
  const admins = sayInUse('the admin API and the console', `LATCHKEY_ADMIN_PORT=${port + 1}`);
  expect(linesOf(inUse, { adminPort: port })).toEqual(admins);
  // The same port at two addresses.
  expect(linesOf(inUse, { port, host: '10.0.0.5', adminPort: port })).toEqual(admins);
  expect(linesOf(inUse, { metricsPort: port })).toEqual(
    sayInUse('the metrics', `LATCHKEY_METRICS_PORT=${port + 1} (0: any free one, -1: no metrics)`),
  );
  const sayCorrect = (host: string, variable: string) => [
    expect.stringMatching(new RegExp(`^${host} is not an? (?:name or )?address of this machine$`)),
    `Correct ${variable}: 127.0.0.1 for this machine only, 0.0.0.0 for all its addresses.`,
  ];
  for (const host of ['192.0.2.1', 'nowhere.invalid']) {
    const foreign = await failToListen(3001, host);
    expect(linesOf(foreign, { adminHost: host })).toEqual(sayCorrect(host, 'LATCHKEY_ADMIN_HOST'));
    const both = { host, adminHost: host, adminPort: null };
    expect(linesOf(await failToListen(3000, host), both)).toEqual(sayCorrect(host, 'HOST'));
  }
  await new Promise((resolve) => taken.close(resolve));
});
