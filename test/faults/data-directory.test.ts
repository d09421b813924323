/** One process per data directory (DESIGN §9): two openers would silently lose what both acknowledged. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { lockDataDirectory } from '../../src/store/database/data-directory-lock.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import {
  killServersLeft,
  newCredential,
  spawnServer,
  startServer,
} from '../support/server-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
});
const holders: ChildProcess[] = [];
afterAll(async () => {
  for (const holder of holders) holder.kill('SIGKILL');
  await killServersLeft();
  await rm(folder, { recursive: true, force: true });
});

/** Holds the lock of `directory` until it is killed. */
async function startHolder(directory: string) {
  const module = new URL('../../src/store/database/data-directory-lock.ts', import.meta.url).href;
  const holder = spawn(process.execPath, [
    '--expose-gc',
    '--input-type=module',
    '--eval',
    `const { lockDataDirectory } = await import(${JSON.stringify(module)});
     lockDataDirectory(${JSON.stringify(directory)});
     // A lock must not depend on somebody keeping the object.
     await gc({ type: 'major', execution: 'async' });
     process.stdout.write('locked');
     setInterval(() => undefined, 1000);`,
  ]);
  holders.push(holder);
  await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')]);
  return holder;
}

/** Files of a database that has just been made. */
const newDatabaseFiles = 960;

async function untilPartlyMade(folderOfDatabase: string, part: number): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const files = await readdir(folderOfDatabase, { recursive: true }).catch(() => []);
    if (files.length >= newDatabaseFiles * part) return;
    await sleep(1);
  }
  throw new Error('the database was not begun');
}

describe('the lock', () => {
  // F-72
  test('refuses a second process within a second, with a message that names the first', async () => {
    const directory = join(folder, 'held');
    const holder = await startHolder(directory);
    const startedAt = performance.now();
    expect(() => lockDataDirectory(directory)).toThrow(
      new RegExp(
        `^the data directory ${directory} is in use by process ${holder.pid} on .+, since .+: stop that process, or give this one another LATCHKEY_DATA_DIR$`,
      ),
    );
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  });

  // F-72
  test('is free after kill -9 of its holder, and after a release', async () => {
    const directory = join(folder, 'killed');
    const holder = await startHolder(directory);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    lockDataDirectory(directory).release();
    lockDataDirectory(directory).release();
  });

  test('does not blame a process that is dead for what a starting one holds', async () => {
    const directory = join(folder, 'stale-name');
    const killed = await startHolder(directory);
    const name = await readFile(join(directory, 'holder.json'), 'utf8');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const holder = await startHolder(directory);
    // As in the moment between taking the lock and writing its own name.
    await writeFile(join(directory, 'holder.json'), name);
    expect(() => lockDataDirectory(directory)).toThrow(/in use by another process that is just/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  });
});

describe('the server', () => {
  // F-72
  test('of two that start at once on one folder exactly one serves, in files of its own, and nothing is lost', async () => {
    const dataDir = join(folder, 'contested');
    await mkdir(dataDir);
    await chmod(dataDir, 0o777);
    const operator = newCredential();
    const contenders = await Promise.all([
      spawnServer({ dataDir, operator }),
      spawnServer({ dataDir, operator }),
    ]);
    const outcomes = await Promise.allSettled(contenders.map((server) => server.untilReady()));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    const winner = contenders[outcomes[0]?.status === 'fulfilled' ? 0 : 1];
    const loser = contenders[outcomes[0]?.status === 'fulfilled' ? 1 : 0];
    if (!winner || !loser) throw new Error('there are two contenders');
    expect(await loser.untilEnded()).toBe(1);
    expect(loser.output()).toMatch(/the data directory .+ is in use by/);

    // W-34: in a folder that is open to all.
    const modeOf = async (name: string) => (await stat(join(dataDir, name))).mode & 0o777;
    expect([await modeOf('postgres'), await modeOf('key-encryption-key')]).toEqual([0o700, 0o600]);

    const admin = new AdminApi(winner);
    const api = await admin.createApi(['orders:read']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
    expect(await winner.stop()).toBe(0);
    const again = await startServer({ dataDir, operator });
    expect(await requestToken(again, client)).toMatchObject({ status: 200 });
    expect(await again.stop()).toBe(0);
  });

  // F-51
  test('starts on a folder where earlier first starts were killed half way', async () => {
    const options = { dataDir: join(folder, 'interrupted'), operator: newCredential() };
    for (const part of [0.3, 0.6, 0.95]) {
      const first = await spawnServer(options);
      await untilPartlyMade(join(options.dataDir, 'postgres'), part);
      await first.kill();
    }
    const second = await startServer(options);
    expect(await requestToken(second, options.operator)).toMatchObject({ status: 200 });
    expect(await second.stop()).toBe(0);
  });
});
