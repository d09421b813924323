/** An embedded database that does not answer any more ends the process: nobody could ever change anything again. F-12, F-79. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { compileCacheOf, quickCompilerOnly } from '../support/compile-cache.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';

const databaseModule = new URL('../../src/store/database/database.ts', import.meta.url).href;
const faultModule = new URL('../../src/store/database/database-fault.ts', import.meta.url).href;

/** The driver destroys a connection whose answer does not come in time; with `ends` it is closed instead. */
const program = (ends: boolean) => `
  import { openDatabase } from ${JSON.stringify(databaseModule)};
  import { callDatabase } from ${JSON.stringify(faultModule)};
  const database = await openDatabase({ databaseUrl: null, dataDir: process.argv[1] }, () => {});
  const client = await database.pool.connect();
  await client.query('SELECT 1');
  if (${ends}) await client.end();
  else client.connection.stream.destroy();
  client.release(true);
  await callDatabase(() => database.pool.query('SELECT 2 AS two')).then(
    ({ rows }) => console.log(rows[0].two), (error) => console.log(error.name, error.cause?.name));
  await database.close();
`;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-stopped-'));
  copyPreparedDatabase(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function run(ends: boolean): Promise<{ code: number; output: string; errors: string }> {
  const args = [quickCompilerOnly, '--input-type=module', '-e', program(ends), directory];
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...compileCacheOf('movable-embedded') },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (errors += String(text)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output, errors };
}

test('a connection that is given up ends the process, and nobody asks again', async () => {
  const { code, errors, output } = await run(false);
  expect({ code, output }).toEqual({ code: 1, output: expect.not.stringContaining('2') });
  expect(errors).toContain('the embedded database has stopped answering');
});

test('a connection that is closed is followed by another', async () => {
  expect(await run(true)).toEqual({ code: 0, output: '2\n', errors: '' });
});
