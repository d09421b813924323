/**
 * The first start, as a stranger meets it: a copy of this repository, one command, and three more to copy
 * from what it prints. With the machine's own Node.js, whatever its version.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { findFreePort } from '../support/free-port.ts';
import { newCredential, startServer } from '../support/server-process.ts';
import { createEmptyDatabase } from '../support/shared-servers.ts';
import { run } from './latchkey-runner.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** What the server and the commands need of it, the bundle and the console as they were built included; not its data. */
const parts = [
  'src',
  'dist',
  'console',
  'config',
  'migrations',
  'package.json',
  'package-lock.json',
];
/** Generous: the machine may be busy with other suites. */
const readyMillisMax = 90_000;
jest.setTimeout(120_000);

let folder: string;
let clone: string;
let port: number;
let env: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-first-start-'));
  clone = join(folder, 'clone');
  for (const part of parts)
    await cp(join(repository, part), join(clone, part), { recursive: true });
  await symlink(join(repository, 'node_modules'), join(clone, 'node_modules'));
  port = await findFreePort();
  env = {
    // Without what npm put there for this test: npx has to find the pinned Node.js by itself.
    PATH: (process.env['PATH'] ?? '')
      .split(':')
      .filter((entry) => !entry.includes('node_modules'))
      .join(':'),
    HOME: homedir(),
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_update_notifier: 'false',
  };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Started {
  output(): string;
  stop(): Promise<void>;
}

/** `npm start`, and resolves when the server has said that it is running. */
async function start(): Promise<Started> {
  // A group of its own, because npm starts a shell, and that the server.
  const child = spawn('npm', ['start'], {
    cwd: clone,
    env: { ...env, PORT: String(port), LATCHKEY_METRICS_PORT: '-1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const output = () => chunks.join('');
  const stop = () => endGroup(child);
  try {
    await untilServing(child, output);
  } catch (error) {
    await stop();
    throw error;
  }
  return { output, stop };
}

async function untilServing(child: ChildProcess, output: () => string): Promise<void> {
  const deadline = AbortSignal.timeout(readyMillisMax);
  // The two things it writes last, in either order.
  while (!output().includes('"msg":"serving"') || !output().includes('Latchkey is running.')) {
    if (child.exitCode !== null || child.stdout === null) {
      throw new Error(`the server ended:\n${output()}`);
    }
    try {
      await once(child.stdout, 'data', { signal: deadline });
    } catch (cause) {
      throw new Error(`not running after ${readyMillisMax} ms:\n${output()}`, { cause });
    }
  }
}

async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  await ended;
}

const secretPattern = /lks_[0-9A-Za-z]{49}/g;
const linkPattern = /http\S+#lki_[0-9A-Za-z]{43}/g;

describe('the first start', () => {
  let server: Started | undefined;
  let welcome = '';
  let commands: string[] = [];
  beforeAll(async () => {
    server = await start();
    welcome = server.output();
    commands = welcome.split('\n').filter((line) => /^ {2}(export|npx) /.test(line));
  });
  afterAll(() => server?.stop());

  test('says at once that it makes a database, which takes seconds', () => {
    const said = welcome.indexOf('"msg":"setting up the database');
    expect(said).toBeGreaterThan(-1);
    expect(said).toBeLessThan(welcome.indexOf('"msg":"migrated"'));
  });

  test('prints the address, the admin client, and its secret exactly once', () => {
    expect(welcome).toContain(`Address    http://localhost:${port}\n`);
    expect(welcome).toMatch(/Your admin client is lkc_[0-9A-Za-z]{22}\./);
    expect(welcome.match(secretPattern)).toHaveLength(1);
  });

  test('prints the link to the console exactly once, and keeps it in no file', async () => {
    const [link = '', ...more] = welcome.match(linkPattern) ?? [];
    expect(link).toMatch(new RegExp(`^http://localhost:${port}/console/first-run#lki_`));
    expect(more).toEqual([]);
    // S8: only its digest is stored.
    const { stdout } = await run('grep', ['-rlaF', link.slice(link.indexOf('#') + 1), 'data'], {
      env,
      cwd: clone,
    });
    expect(stdout).toBe('');
  });

  test('the three printed commands work as copied, one after the other', async () => {
    expect(commands).toHaveLength(3);
    // One shell, as in one terminal: its variables stay.
    const script = `${commands.join('\n')}\n`;
    const outcome = await run('bash', ['--norc', '-e'], { env, cwd: clone, input: script });
    expect(outcome.stderr).toContain('Saved to first-token.jwt');
    expect(outcome.exitCode).toBe(0);
    expect(outcome.stdout).toContain('Registered the API Orders.');
    expect(outcome.stdout).toContain('Registered the client My first client.');
    expect(outcome.stdout).toContain(`Valid: http://localhost:${port} issued this access token`);
    expect(outcome.stdout + outcome.stderr).not.toMatch(secretPattern);
    for (const file of ['first-client.env', 'first-token.jwt']) {
      // W-42
      expect((await stat(join(clone, file))).mode & 0o777).toBe(0o600);
    }
  });

  test('the second and the third command also work in a terminal of their own', async () => {
    for (const command of commands.slice(1)) {
      const outcome = await run('bash', ['--norc', '-c', command], { env, cwd: clone });
      expect(outcome.exitCode).toBe(0);
    }
  });

  test('npx runs the command under the pinned Node.js, not the one of the machine', async () => {
    const pinned = JSON.parse(
      await readFile(join(repository, 'node_modules/node/package.json'), 'utf8'),
    ) as { version: string };
    const { stdout } = await run('npx', ['latchkey', '--version'], { env, cwd: clone });
    expect(stdout).toBe(`latchkey 0.1.0 (Node.js v${pinned.version})\n`);
  });

  test('the secret stands in no file of the data directory', async () => {
    const [secret = ''] = welcome.match(secretPattern) ?? [];
    const { stdout } = await run('grep', ['-rlaF', secret, 'data'], { env, cwd: clone });
    expect(stdout).toBe('');
  });

  test('a second start prints the address, and no secret and no commands', async () => {
    await server?.stop();
    server = await start();
    const output = server.output();
    expect(output).toContain(`Address    http://localhost:${port}\n`);
    expect(output).not.toMatch(secretPattern);
    expect(output).not.toContain('lki_');
    expect(output).not.toContain('LATCHKEY_CLIENT_SECRET');
    expect(output).not.toContain('nobody can administer this instance');
    expect(output).not.toContain('setting up the database');
  });
});

test('with a bootstrap credential of the operator no secret is printed', async () => {
  const operator = newCredential();
  const server = await startServer({ entry: 'main', operator });
  expect(server.output()).not.toContain(operator.clientSecret);
  expect(server.output()).not.toMatch(secretPattern);
  expect(server.output()).not.toContain('lki_');
  expect(server.output()).not.toContain('Three commands to copy');
  await server.stop();
});

test('on PostgreSQL without a terminal no secret is made: it would end in a log', async () => {
  const databaseUrl = await createEmptyDatabase();
  const server = await startServer({
    databaseUrl,
    entry: 'main',
    env: { LATCHKEY_BOOTSTRAP_CLIENT_ID: '', LATCHKEY_BOOTSTRAP_CLIENT_SECRET: '' },
  });
  expect(server.output()).not.toMatch(secretPattern);
  expect(server.output()).not.toContain('lki_');
  expect(server.output()).toContain('nobody can administer this instance yet');
  await server.stop();
});
