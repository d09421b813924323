/** What holds for every command: help, wrong usage, exit codes, clean output, and no secret on a command line. */
import { createServer, type Server } from 'node:http';
import { readdir, readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toPrintable, toPrintableJson } from '../../src/cli/terminal/printable-text.ts';
import { createProgram } from '../../src/cli/program.ts';
import { parseGrant } from '../../src/cli/clients/grant-option.ts';
import { Terminal } from '../../src/cli/terminal/terminal.ts';
import { findFreePort } from '../support/free-port.ts';
import {
  latchkey,
  run,
  latchkeyHere,
  makeWorkingFolder,
  type WorkingFolder,
} from './latchkey-runner.ts';
import { closeServer, listen } from './token-issuer.ts';

const { stdin: input, stdout: output, stderr: error } = process;
const program = createProgram(new Terminal({ input, output, error }));

function listCommands(
  command: Command,
  path: string[] = [],
): { path: string[]; command: Command }[] {
  return command.commands.flatMap((child) => [
    { path: [...path, child.name()], command: child },
    ...listCommands(child, [...path, child.name()]),
  ]);
}
const commands = listCommands(program);
const leaves = commands.filter(({ command }) => command.commands.length === 0);

describe('help', () => {
  test('without arguments: the commands, the first steps, and exit code 0', async () => {
    const outcome = await latchkey([]);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toContain('First steps:\n  $ latchkey serve ');
    for (const { path } of commands.filter(({ path }) => path.length === 1)) {
      expect(outcome.stdout).toMatch(new RegExp(`^  ${path[0]} `, 'm'));
    }
  });

  test.each(commands)('of $path has a description and an example', async ({ path, command }) => {
    expect(command.description()).not.toBe('');
    const outcome = await latchkeyHere([...path, '--help']);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toMatch(/\nExamples?:\n {2}\$ latchkey /);
  });

  test.each([
    { args: ['help', 'clients', 'list'], like: ['clients', 'list', '--help'] },
    { args: ['clients', 'help', 'list'], like: ['clients', 'list', '--help'] },
    { args: ['help', 'clients'], like: ['clients', '--help'] },
    // What follows a command is no command: above all it is not done.
    { args: ['help', 'clients', 'delete', 'x'], like: ['clients', 'delete', '--help'] },
    { args: ['help'], like: ['--help'] },
  ])('$args is $like', async ({ args, like }) => {
    const outcome = await latchkeyHere(args);
    expect(outcome).toEqual({ ...(await latchkeyHere(like)), exitCode: 0, stderr: '' });
    expect(outcome.stdout).toContain('Usage: latchkey ');
  });

  test('promises of --json no more than serve keeps: its log goes to standard output too', async () => {
    const { stdout } = await latchkeyHere(['serve', '--help']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('among the lines of the log');
    expect(stdout).not.toContain('nothing else');
  });

  test('the examples name only commands and options that exist', async () => {
    for (const { path } of leaves) {
      const { stdout } = await latchkeyHere([...path, '--help']);
      const [, examples = ''] = stdout.split(/\nExamples?:\n/);
      for (const [, line = ''] of examples.matchAll(/latchkey ((?:(?! \|).)+)/g)) {
        const words = line.split(' ');
        const named = leaves.find(({ path }) => path.every((word, place) => words[place] === word));
        expect(named?.path).toBeDefined();
        const options = named?.command.options.map(({ long }) => long);
        for (const option of words.filter((word) => word.startsWith('--'))) {
          expect(options).toContain(option);
        }
      }
    }
  });
});

describe('usage', () => {
  test.each(leaves)('$path can answer in JSON', ({ command }) => {
    expect(command.options.map(({ long }) => long)).toContain('--json');
  });

  test.each([
    { args: ['client'], says: ["unknown command 'client'", '(Did you mean clients?)'] },
    { args: ['help', 'nope'], says: ["unknown command 'nope'"] },
    { args: ['help', 'clients', 'nope'], says: ["unknown command 'nope'"] },
    { args: ['clients', 'help', 'nope'], says: ["unknown command 'nope'"] },
    { args: ['clients', '--jsn'], says: ['say what to do: create, list, show, '] },
    { args: ['clients', 'lst'], says: ["unknown command 'lst'", '(Did you mean list?)'] },
    {
      args: ['token', '--scop', 'x'],
      says: ["unknown option '--scop'", '(Did you mean --scope?)'],
    },
    { args: ['clients', 'show'], says: ["missing required argument 'client'"] },
    { args: ['apis', 'create', '--name', 'x'], says: ["required option '--identifier <uri>'"] },
    { args: ['clients', 'list', '--limit', '0'], says: ['Use a whole number from 1.'] },
    { args: ['clients', 'list', 'x'], says: ['too many arguments'] },
    {
      args: ['clients', 'list', '--issuer', 'http://x'],
      says: ['--issuer: must be an https: URL'],
    },
  ])('$args is wrong usage, and says what is right', async ({ args, says }) => {
    const outcome = await latchkeyHere(args);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    for (const words of says) expect(outcome.stderr).toContain(words);
  });

  test('a call without a credential says where one comes from', async () => {
    const outcome = await latchkey(['clients', 'list']);
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' });
    expect(outcome.stderr).toContain('Set LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET');
    expect(outcome.stderr).toContain('latchkey bootstrap --force');
  });

  test('a server that does not answer is exit code 3, with the address that was tried', async () => {
    const port = await findFreePort();
    const env = { PORT: String(port), LATCHKEY_CLIENT_ID: 'x', LATCHKEY_CLIENT_SECRET: 'y' };
    for (const args of [['clients', 'list'], ['token'], ['verify', 'a.b.c']]) {
      expect(await latchkey(args, { env })).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: [
          `latchkey: no server answers at http://localhost:${port}: the connection was refused`,
          'Start one with "npx latchkey serve", or name another with --issuer or LATCHKEY_ISSUER.',
          '',
        ].join('\n'),
      });
    }
  });
});

// W-42
test('no option and no argument takes a secret: it would stand in the process list and in histories', () => {
  const taking = commands.flatMap(({ path, command }) => [
    ...command.options
      .filter((option) => option.required || option.optional)
      .map(({ flags }) => `${path.join(' ')} ${flags}`),
    ...command.registeredArguments.map((argument) => `${path.join(' ')} <${argument.name()}>`),
  ]);
  expect(taking.length).toBeGreaterThan(30);
  expect(
    taking.filter((text) =>
      /secret|password|client.id/i.test(text.replace(/^(secrets|webhooks rotate-secret) /, '')),
    ),
  ).toEqual([
    // The record id of a secret.
    'secrets keep <secret>',
    'secrets revoke <secret>',
  ]);
});

// W-30
describe('a hostile server', () => {
  const clear = '\u001B[2J\u001B]0;owned\u0007';
  const hostileName = `Bill\u202Eing\u001B[31m${clear}\u009B1A\r\nroot`;
  const shownName = 'Billing root';
  const client = {
    id: 'client_0000000000000000000000',
    client_id: `lkc_x${clear}`,
    name: hostileName,
    description: hostileName,
    organization: `org${clear}`,
    location: hostileName,
    grants: [{ api: `https://x${clear}`, scopes: [`a${clear}`], default: true }],
    active: true,
    access_token_lifetime_seconds: null,
    created_at: `2026-01-01T00:00:00Z${clear}`,
    last_used_at: null,
    deletes_at: null,
    restorable_until: null,
  };
  let server: Server;
  let issuer: string;
  let folder: WorkingFolder;
  let credentials: string;

  beforeAll(async () => {
    server = createServer((req, res) => {
      const [path] = (req.url ?? '').split('?');
      const answers: Record<string, [number, object]> = {
        '/oauth2/token': [
          200,
          { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 60, scope: `a${clear}` },
        ],
        '/api/v1/clients': [200, { data: [client], next_cursor: null }],
        [`/api/v1/clients/${client.id}`]: [200, client],
        [`/api/v1/clients/${client.id}/impact`]: [
          200,
          {
            ...client,
            from: client.created_at,
            to: client.created_at,
            secrets: [],
            addresses: [],
            apis: [],
          },
        ],
        [`/api/v1/clients/${client.id}/failures`]: [
          200,
          {
            data: [
              {
                occurred_at: client.created_at,
                reason: hostileName,
                secret_hint: `lks_…${clear}`,
                address: clear,
                request_id: clear,
              },
            ],
            next_cursor: null,
          },
        ],
        '/api/v1/locations': [
          200,
          {
            data: [
              { id: 'location_1', name: hostileName, active: true, created_at: client.created_at },
            ],
            next_cursor: null,
          },
        ],
        '/api/v1/apis': [
          400,
          {
            title: `No${clear}`,
            detail: hostileName,
            request_id: 'r',
            errors: [{ pointer: `/x${clear}`, detail: hostileName }],
          },
        ],
      };
      const [status, body] = answers[path ?? ''] ?? [404, {}];
      res.writeHead(status, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify(body));
    });
    issuer = await listen(server);
    folder = await makeWorkingFolder();
    credentials = await folder.saveCredential(issuer, { clientId: 'x', clientSecret: 'y' });
  });
  afterAll(async () => {
    await closeServer(server);
    await folder.remove();
  });

  const commandable = /[^\P{Cc}\n]|\p{Cf}/u;

  test.each([
    { args: ['clients', 'list'], exitCode: 0, stream: 'stdout' as const },
    { args: ['clients', 'show', client.id], exitCode: 0, stream: 'stdout' as const },
    { args: ['clients', 'failures', client.id], exitCode: 0, stream: 'stdout' as const },
    { args: ['clients', 'deactivate', 'root'], exitCode: 1, stream: 'stderr' as const },
    { args: ['locations', 'list'], exitCode: 0, stream: 'stdout' as const },
    { args: ['apis', 'list'], exitCode: 1, stream: 'stderr' as const },
  ])('$args prints its names without what a terminal obeys', async ({ args, exitCode, stream }) => {
    const outcome = await latchkeyHere([...args, '--credentials', credentials]);
    expect(outcome.exitCode).toBe(exitCode);
    expect(outcome[stream]).toContain(shownName);
    expect(outcome.stdout + outcome.stderr).not.toMatch(commandable);
  });

  test('--json keeps the name as it is, with every such character escaped', async () => {
    const outcome = await latchkeyHere([
      'clients',
      'show',
      client.id,
      '--json',
      '--credentials',
      credentials,
    ]);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ name: hostileName });
    expect(outcome.stdout).not.toMatch(commandable);
  });

  test('a question on a terminal shows the name without them', async () => {
    const outcome = await latchkeyHere(
      ['clients', 'delete', client.id, '--credentials', credentials],
      { isTerminal: true, input: 'n\n' },
    );
    expect(outcome.stderr).toContain(`Delete ${shownName} (lkc_x)?`);
    expect(outcome.stderr).not.toMatch(commandable);
  });

  test('a token that is not of Latchkey is shown without them', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${encode({ alg: clear, typ: clear })}.${encode({ [`x${clear}`]: hostileName, iss: clear, aud: [clear] })}.x`;
    const metadata = createServer((req, res) => {
      const jwks = { keys: [] };
      const document = { issuer: own, jwks_uri: `${own}/jwks` };
      res.end(JSON.stringify(req.url === '/jwks' ? jwks : document));
    });
    const own = await listen(metadata);
    for (const json of [[], ['--json']]) {
      const outcome = await latchkeyHere(['verify', token, '--issuer', own, ...json]);
      expect(outcome).toMatchObject({ exitCode: 1, stderr: '' });
      expect(outcome.stdout).not.toMatch(commandable);
    }
    await closeServer(metadata);
  });
});

describe('printable text', () => {
  test.each([
    ['plain words, ümlaute, 漢字 and 🔑', 'plain words, ümlaute, 漢字 and 🔑'],
    ['می\u200Cخواهم', 'می\u200Cخواهم'],
    ['a\u001B[31mred\u001B[0m', 'ared'],
    ['a\u001B]8;;http://evil\u0007link\u001B]8;;\u0007', 'alink'],
    ['a\u009B31mb', 'ab'],
    ['two\r\nlines\tand a tab', 'two lines and a tab'],
    ['back\b\bspace\u007F', 'backspace'],
    ['right\u202Eto left\u2066\u200F', 'rightto left'],
    ['separators\u2028\u2029', 'separators'],
    ['tags\u{E0041}', 'tags'],
  ])('%j is shown as %j', (text, shown) => {
    expect(toPrintable(text)).toBe(shown);
  });

  test('JSON has the same value after its escapes', () => {
    const value = { name: 'a\u001B[2J\u009B\u202E\u2028\u{E0041}🔑\n' };
    const json = toPrintableJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json).toContain('🔑');
    expect(json).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });
});

describe('--grant', () => {
  const api = (identifier: string, ...scopes: string[]) => ({
    id: 'api_1',
    identifier,
    name: 'An API',
    scopes: scopes.map((value) => ({ value })),
    access_token_lifetime_seconds: 3600,
    signing_alg: 'ES256',
    created_at: '',
  });
  const apis = [
    api('https://x.example.com', 'a', 'b'),
    api('https://x.example.com/?of=a', 'c', 'd=e'),
    api('https://empty.example.com'),
  ];

  test.each([
    ['https://x.example.com', { api: 'https://x.example.com', scopes: ['a', 'b'] }],
    ['https://x.example.com=b', { api: 'https://x.example.com', scopes: ['b'] }],
    ['https://x.example.com/?of=a', { api: 'https://x.example.com/?of=a', scopes: ['c', 'd=e'] }],
    [
      'https://x.example.com/?of=a=d=e,c',
      { api: 'https://x.example.com/?of=a', scopes: ['d=e', 'c'] },
    ],
  ])('%s', (option, grant) => {
    expect(parseGrant(option, apis)).toEqual(grant);
  });

  test.each([
    'https://x.example.com/',
    'https://x',
    'https://x.example.com=',
    'https://empty.example.com',
  ])('refuses %s', (option) => {
    expect(() => parseGrant(option, apis)).toThrow(`--grant ${option}: `);
  });
});

test('a reader who stops reading is no fault', async () => {
  const entry = new URL('../../src/main.ts', import.meta.url).pathname;
  const outcome = await run(
    'bash',
    ['--norc', '-c', `set -o pipefail; "$NODE" "${entry}" | true`],
    {
      env: { PATH: process.env['PATH'] ?? '', NODE: process.execPath },
    },
  );
  expect(outcome).toEqual({ exitCode: 0, stdout: '', stderr: '' });
});

test('process.env is not read by any file of the commands', async () => {
  const folder = new URL('../../src/cli/', import.meta.url);
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(60);
  for (const name of files) {
    expect(await readFile(new URL(name, folder), 'utf8')).not.toContain('process.env');
  }
});
