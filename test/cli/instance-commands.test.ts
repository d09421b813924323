/** The commands on the database itself, serve, migrate and bootstrap, and how they refuse. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { requestPublic } from '../support/member-api.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { startServer } from '../support/server-process.ts';
import { createDatabase, createEmptyDatabase } from '../support/shared-servers.ts';
import { latchkey, parseOutput } from './latchkey-runner.ts';

// Several processes one after the other, each with an embedded database that takes seconds to open.
jest.setTimeout(120_000);

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-instance-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

interface Database {
  kind: 'postgresql' | 'embedded';
  env: Record<string, string>;
}

/** Migrated, and with nothing in it. */
async function newDatabase(kind: Database['kind']): Promise<Database> {
  if (kind === 'embedded') copyPreparedDatabase(dataDir);
  return nameDatabase(kind, kind === 'embedded' ? '' : await createDatabase());
}

/** With nobody's tables in it. */
async function newEmptyDatabase(kind: Database['kind']): Promise<Database> {
  return nameDatabase(kind, await createEmptyDatabase());
}

/** `url` is of the one on PostgreSQL. */
function nameDatabase(kind: Database['kind'], url: string): Database {
  const env =
    kind === 'embedded'
      ? { LATCHKEY_DATA_DIR: dataDir }
      : {
          DATABASE_URL: url,
          LATCHKEY_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
        };
  return { kind, env };
}

/** A server on the database, with nobody's credential in its environment. */
const serveOn = ({ env }: Database, port: number) =>
  startServer({
    entry: 'main',
    port,
    dataDir,
    env: { ...env, LATCHKEY_BOOTSTRAP_CLIENT_ID: '', LATCHKEY_BOOTSTRAP_CLIENT_SECRET: '' },
  });

describe.each(['postgresql', 'embedded'] as const)('on %s', (kind) => {
  test('migrate brings an empty database up to date, and is content with it afterwards', async () => {
    const { env } = await newEmptyDatabase(kind);
    const first = await latchkey(['migrate', '--json'], { env });
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(parseOutput(first)).toEqual({
      database: kind,
      migrated: expect.arrayContaining([expect.stringMatching(/^registry/)]),
    });
    expect(await latchkey(['migrate'], { env })).toEqual({
      exitCode: 0,
      stdout: 'The database is up to date.\n',
      stderr: '',
    });
  });

  test('bootstrap makes one admin client, who can administer; another only with --force', async () => {
    const database = await newDatabase(kind);
    const port = await findFreePort();
    const env = { ...database.env, PORT: String(port) };
    const first = await latchkey(['bootstrap'], { env });
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const [clientSecret = '', ...more] = first.stdout.match(/lks_\w{49}/g) ?? [];
    const [clientId = ''] = first.stdout.match(/lkc_\w{22}/) ?? [];
    expect(more).toEqual([]);

    expect(await latchkey(['bootstrap'], { env })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: [
        'latchkey: there is an admin client already, so nothing was made',
        'If its credential is lost, "latchkey bootstrap --force" makes another admin client; the old one stays until you delete it.',
        '',
      ].join('\n'),
    });

    const file = join(dataDir, 'admin.env');
    const forced = await latchkey(['bootstrap', '--force', '--save', file, '--json'], { env });
    expect(parseOutput(forced)).toEqual({
      issuer: `http://localhost:${port}`,
      client_id: expect.stringMatching(/^lkc_/),
      client_secret: null,
      saved_to: file,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600); // W-42
    expect(await latchkey(['bootstrap', '--console-link', '--force'], { env })).toMatchObject({
      exitCode: 2,
    });

    const earlier = parseOutput(await latchkey(['bootstrap', '--console-link', '--json'], { env }));
    const link = await latchkey(['bootstrap', '--console-link'], { env });
    expect(link).toMatchObject({ exitCode: 0, stderr: '' });
    const [url = ''] = link.stdout.match(/http\S+/) ?? [];

    const server = await serveOn(database, port);
    expect(url).toMatch(new RegExp(`^${server.issuer}/console/first-run#lki_[0-9A-Za-z]{43}$`));
    const accept = (of: string) =>
      requestPublic(server, '/invitations/accept', {
        method: 'POST',
        body: {
          token: of.slice(of.indexOf('#') + 1),
          email: 'ada@example.com',
          name: 'Ada',
          password: 'correct horse battery',
        },
      });
    // The newest alone lets anybody in, and once.
    expect(await accept(String(earlier['console_link']))).toMatchObject({ status: 404 });
    expect(await accept(url)).toMatchObject({ status: 201, body: { role: 'owner' } });
    expect(await accept(url)).toMatchObject({ status: 404 });
    const resource = `${server.issuer}/api`;
    expect(await requestToken(server, { clientId, clientSecret }, { resource })).toMatchObject({
      status: 200,
    });
    const listed = await latchkey(['clients', 'list', '--credentials', file, '--json']);
    expect(parseOutput(listed)).toMatchObject({ data: { length: 2 } });
    await server.stop();
  });
});

test('bootstrap uses the credential of the environment, and does not print its secret', async () => {
  const { env } = await newDatabase('postgresql');
  const clientSecret = randomBytes(24).toString('hex');
  const outcome = await latchkey(['bootstrap', '--json'], {
    env: {
      ...env,
      LATCHKEY_BOOTSTRAP_CLIENT_ID: 'chosen_admin',
      LATCHKEY_BOOTSTRAP_CLIENT_SECRET: clientSecret,
    },
  });
  expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
  expect(parseOutput(outcome)).toMatchObject({ client_id: 'chosen_admin', client_secret: null });
  expect(outcome.stdout).not.toContain(clientSecret);
});

test('bootstrap takes the admin API from no running server by another issuer', async () => {
  const { env } = await newDatabase('postgresql');
  expect(await latchkey(['bootstrap'], { env: { ...env, PORT: '4000' } })).toMatchObject({
    exitCode: 0,
  });
  const outcome = await latchkey(['bootstrap', '--force'], { env: { ...env, PORT: '4001' } });
  expect(outcome).toEqual({
    exitCode: 1,
    stdout: '',
    stderr:
      'latchkey: the servers on this database have the admin API http://localhost:4000/api, but LATCHKEY_ISSUER is http://localhost:4001 here: set it (and PORT) as they have it, or move them all with "latchkey migrate --move-issuer"\n',
  });
});

test('bootstrap works beside running servers on PostgreSQL', async () => {
  const database = await newDatabase('postgresql');
  const port = await findFreePort();
  const server = await serveOn(database, port);
  const env = { ...database.env, PORT: String(port) };
  const made = parseOutput(await latchkey(['bootstrap', '--json'], { env }));
  const credential = {
    clientId: String(made['client_id']),
    clientSecret: String(made['client_secret']),
  };
  const answer = await requestToken(server, credential, { resource: `${server.issuer}/api` });
  expect(answer.status).toBe(200);
  await server.stop();
});

test('bootstrap and migrate name the server that has the embedded database', async () => {
  copyPreparedDatabase(dataDir);
  const server = await startServer({ dataDir });
  for (const command of ['bootstrap', 'migrate', 'serve']) {
    const outcome = await latchkey([command], {
      env: { LATCHKEY_DATA_DIR: dataDir, PORT: String(await findFreePort()) },
    });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(
      new RegExp(
        `^latchkey: the data directory ${dataDir} is in use by process ${server.child.pid} .*: stop that process, or give this one another LATCHKEY_DATA_DIR\n$`,
      ),
    );
  }
  await server.stop();
});

test('serve names the port that is in use, and the variable that moves it', async () => {
  const taken = createServer();
  const port = await findFreePort();
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve));
  const free = String(await findFreePort());
  copyPreparedDatabase(dataDir);
  const refusals = [
    [{ PORT: String(port), LATCHKEY_METRICS_PORT: '-1' }, `PORT=${port + 1}`],
    [{ PORT: free, LATCHKEY_METRICS_PORT: String(port) }, `LATCHKEY_METRICS_PORT=${port + 1}`],
  ] as const;
  for (const [env, advice] of refusals) {
    const outcome = await latchkey(['serve'], { env: { ...env, LATCHKEY_DATA_DIR: dataDir } });
    expect(outcome.exitCode).toBe(1);
    expect(outcome.stderr).toContain(`latchkey: port ${port} is in use by another process`);
    expect(outcome.stderr).toContain(advice);
    expect(outcome.stdout).not.toMatch(/lks_/);
    expect(outcome.stderr).not.toContain('    at ');
  }
  await new Promise((resolve) => taken.close(resolve));
});

test('serve, migrate and bootstrap name every wrong setting in a line of its own, without a stack', async () => {
  const env = { PORT: 'abc', LATCHKEY_ISSUER: 'http://example.com', LATCHKEY_DATA_DIR: dataDir };
  for (const command of ['serve', 'migrate', 'bootstrap']) {
    expect(await latchkey([command], { env })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: [
        'latchkey: the settings are not right:',
        'PORT: must be a whole number from 0 to 65535',
        'LATCHKEY_ISSUER: must be an https: URL: plain http: is for loopback addresses only',
        '',
      ].join('\n'),
    });
  }
});

test('a database that does not answer is named without its password, and is exit code 3', async () => {
  const port = await findFreePort();
  const env = {
    DATABASE_URL: `postgresql://latchkey:hunter2@127.0.0.1:${port}/latchkey`,
    LATCHKEY_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    PORT: String(await findFreePort()),
    LATCHKEY_METRICS_PORT: '-1',
  };
  for (const command of ['serve', 'migrate', 'bootstrap']) {
    const outcome = await latchkey([command], { env });
    expect(outcome).toMatchObject({ exitCode: 3, stdout: '' });
    expect(outcome.stderr).toBe(
      `latchkey: the database latchkey at 127.0.0.1:${port} does not answer (ECONNREFUSED)\nStart it, or correct DATABASE_URL.\n`,
    );
  }
});

test('a database that refuses its user is said so, and is exit code 1', async () => {
  const url = new URL(await createDatabase());
  url.pathname = '/nowhere';
  const outcome = await latchkey(['migrate'], {
    env: {
      DATABASE_URL: url.href,
      LATCHKEY_KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    },
  });
  expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
  expect(outcome.stderr).toContain(
    `the database nowhere at ${url.host} refuses: database "nowhere" does not exist`,
  );
});

test('serve --json says where it is in one line of JSON among the lines of its log', async () => {
  const port = await findFreePort();
  const outcome = await latchkey(['serve', '--json'], {
    env: { PORT: String(port), LATCHKEY_METRICS_PORT: '-1', LATCHKEY_DATA_DIR: dataDir },
    stopAt: 'console_link',
  });
  expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = outcome.stdout.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toContainEqual({
    issuer: `http://localhost:${port}`,
    database: 'embedded',
    workers: 1,
    metrics_port: null,
    client_id: expect.stringMatching(/^lkc_/),
    client_secret: expect.stringMatching(/^lks_/),
    console_link: expect.stringContaining(`http://localhost:${port}/console/first-run#lki_`),
  });
});
