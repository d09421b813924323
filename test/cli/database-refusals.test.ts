/** What serve, migrate and bootstrap must not do to a database that is there. */
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { openDatabase } from '../../src/store/database/database.ts';
import { requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { latchkey } from './latchkey-runner.ts';

// Several processes one after the other, each with a database that takes seconds to open.
jest.setTimeout(120_000);

let dataDir: string;
let databaseUrl: string;
const keyEncryptionKey = randomBytes(32).toString('base64');
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-refusals-'));
  databaseUrl = await createDatabase();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));
afterAll(killServersLeft);

const environmentOf = {
  embedded: () => ({ LATCHKEY_DATA_DIR: dataDir }),
  postgresql: () => ({ DATABASE_URL: databaseUrl, LATCHKEY_KEY_ENCRYPTION_KEY: keyEncryptionKey }),
};

/** As whoever has the database may do, while nobody else has it open in embedded mode. */
async function query(kind: keyof typeof environmentOf, sql: string): Promise<void> {
  const url = kind === 'embedded' ? null : databaseUrl;
  const database = await openDatabase({ databaseUrl: url, dataDir }, () => undefined);
  await database.pool.query(sql);
  await database.close();
}

const addFutureMigration = (kind: keyof typeof environmentOf) =>
  query(kind, `INSERT INTO migrations (timestamp, name) VALUES (4, 'future0000000000004')`);

const newerDatabase = {
  exitCode: 1,
  stderr:
    'latchkey: this database was made by a newer Latchkey: it has future0000000000004, which this one does not know. Start the newer one, or restore a backup from before its migration\n',
};

describe.each(['postgresql', 'embedded'] as const)(
  'a database that a newer version migrated, on %s',
  (kind) => {
    test('is refused by serve, migrate and bootstrap', async () => {
      if (kind === 'embedded') copyPreparedDatabase(dataDir);
      const env = {
        ...environmentOf[kind](),
        PORT: String(await findFreePort()),
        LATCHKEY_METRICS_PORT: '-1',
      };
      expect(await latchkey(['migrate'], { env })).toMatchObject({ exitCode: 0 });
      await addFutureMigration(kind);
      for (const command of ['serve', 'migrate', 'bootstrap']) {
        // A server that starts all the same is ended.
        const outcome = await latchkey([command], { env, stopAt: 'Latchkey is running.' });
        expect(outcome).toEqual({ ...newerDatabase, stdout: '' });
      }
    });
  },
);

// Some servers make them so, where the system says nothing of a language.
test('a database that is not in UTF-8 is refused, and stays empty', async () => {
  await query('postgresql', `CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0`);
  const url = new URL(databaseUrl);
  url.pathname = '/ascii';
  databaseUrl = url.href;
  const env = { ...environmentOf.postgresql(), LATCHKEY_METRICS_PORT: '-1' };
  for (const command of ['serve', 'migrate', 'bootstrap']) {
    const outcome = await latchkey([command], { env, stopAt: 'Latchkey is running.' });
    expect(outcome).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        "latchkey: this database is in the encoding SQL_ASCII, and names may be in any language: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and use that\n",
    });
  }
  const database = await openDatabase({ databaseUrl, dataDir }, () => undefined);
  const { rows } = await database.pool.query(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'`,
  );
  await database.close();
  expect(rows).toEqual([]);
});

const serveOnPostgresql = () => startServer({ entry: 'main', databaseUrl, keyEncryptionKey });

function requestAdminToken(server: ServerProcess) {
  return requestToken(server, server.operator, { resource: `${server.issuer}/api` });
}

test('a server that runs already goes on when a newer version has migrated its database', async () => {
  const server = await serveOnPostgresql();
  await addFutureMigration('postgresql');
  expect(await latchkey(['migrate'], { env: environmentOf.postgresql() })).toMatchObject(
    newerDatabase,
  );
  expect((await requestAdminToken(server)).status).toBe(200);
  await server.stop();
});

describe('migrate --move-issuer', () => {
  const move = (port: string) =>
    latchkey(['migrate', '--move-issuer'], {
      env: { ...environmentOf.postgresql(), PORT: port },
    });

  test('is refused while a server runs on the database, and moves nothing', async () => {
    const server = await serveOnPostgresql();
    expect(await move('4000')).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `latchkey: the servers on this database have the admin API ${server.issuer}/api, but LATCHKEY_ISSUER is http://localhost:4000 here, and one of them is running: stop every server on this database, then move it\n`,
    });
    expect((await requestAdminToken(server)).status).toBe(200);
    await server.stop();
  });

  test('to the issuer it has already is no move, and refused to nobody', async () => {
    const server = await serveOnPostgresql();
    expect(await move(String(server.port))).toMatchObject({ exitCode: 0, stderr: '' });
    await server.stop();
  });

  test.each(['stopped', 'killed'])('moves when the server was %s', async (how) => {
    const server = await serveOnPostgresql();
    // A killed one leaves its lease behind, which nobody renews.
    await (how === 'killed' ? server.kill() : server.stop());
    const outcome = await move('4000');
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
    expect(outcome.stdout).toContain('The issuer is http://localhost:4000.');
  });
});

describe('the key-encryption key beside an embedded database', () => {
  /** Made once, and copied for each test. */
  let bootstrapped: string;
  let env: Record<string, string>;
  let file: string;
  beforeAll(async () => {
    bootstrapped = await mkdtemp(join(tmpdir(), 'latchkey-refusals-'));
    copyPreparedDatabase(bootstrapped);
    env = {
      LATCHKEY_DATA_DIR: bootstrapped,
      PORT: String(await findFreePort()),
      LATCHKEY_METRICS_PORT: '-1',
    };
    expect(await latchkey(['bootstrap'], { env })).toMatchObject({ exitCode: 0 });
  });
  beforeEach(async () => {
    await cp(bootstrapped, dataDir, { recursive: true });
    env = { ...env, LATCHKEY_DATA_DIR: dataDir };
    file = join(dataDir, 'key-encryption-key');
  });
  afterAll(() => rm(bootstrapped, { recursive: true, force: true }));

  // W-34
  test('is never made anew: a missing file is named, and works again when it is put back', async () => {
    const kept = join(dataDir, 'kept');
    await rename(file, kept);
    for (const command of ['serve', 'bootstrap']) {
      const outcome = await latchkey([command], { env, stopAt: 'Latchkey is running.' });
      expect(outcome).toEqual({
        exitCode: 1,
        stdout: '',
        stderr: `latchkey: the file ${file} is missing: put it back, or set LATCHKEY_KEY_ENCRYPTION_KEY if the key was given there: the signing keys in the database beside it cannot be read without it. Lost for good, it has no substitute: begin anew in an empty folder, with LATCHKEY_DATA_DIR\n`,
      });
      await expect(stat(file)).rejects.toThrow('ENOENT');
    }
    const given = { ...env, LATCHKEY_KEY_ENCRYPTION_KEY: await readFile(kept, 'utf8') };
    expect(await latchkey(['bootstrap', '--force'], { env: given })).toMatchObject({ exitCode: 0 });
    await rename(kept, file);
    expect(await latchkey(['bootstrap', '--force'], { env })).toMatchObject({ exitCode: 0 });
  });

  test('is blamed by its file, not by a variable that nobody set, when it is another', async () => {
    await writeFile(file, randomBytes(32).toString('base64'));
    const outcome = await latchkey(['bootstrap', '--force'], { env });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toContain(`but that of ${file} is `);
    expect(outcome.stderr).not.toContain('LATCHKEY_KEY_ENCRYPTION_KEY');
  });

  test('is named without a stack when it is damaged', async () => {
    await writeFile(file, 'half a ke');
    const outcome = await latchkey(['bootstrap', '--force'], { env });
    expect(outcome).toMatchObject({ exitCode: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^latchkey: .* is not 32 bytes in base64: restore it [^\n]*\n$/);
  });
});
