/**
 * Databases of each kind as a first start leaves them, before anything is in them: to make one takes the
 * better part of a start, so it is done once for all suites. Whose test is the first start takes an empty one.
 */
import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileCacheOf, quickCompilerOnly } from './compile-cache.ts';
import { beginDespiteSlowDatabase } from './slow-database.ts';

const script = fileURLToPath(new URL('./prepare-databases.ts', import.meta.url));
/** The folder of the embedded one, for all suites and the servers before them. */
const variable = 'LATCHKEY_TEST_PREPARED';

/** Of the one on PostgreSQL. */
export const preparedDatabase = 'prepared';

/** `databaseUrl`: of an empty database with the name above. Returns the folder of the embedded one. */
export async function prepareDatabases(databaseUrl: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-prepared-'));
  process.env[variable] = folder;
  await beginDespiteSlowDatabase(() =>
    promisify(execFile)(process.execPath, [quickCompilerOnly, script, folder, databaseUrl], {
      env: { PATH: process.env['PATH'], ...compileCacheOf('prepare') },
    }),
  );
  return folder;
}

/** Into the data folder of a server that was never started. */
export function copyPreparedDatabase(dataDir: string): void {
  const folder = process.env[variable];
  if (folder === undefined) throw new Error('global-setup.ts has not run');
  cpSync(join(folder, 'postgres'), join(dataDir, 'postgres'), { recursive: true });
}
