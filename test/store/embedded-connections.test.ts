/** The embedded database has one session: a connection that takes it over finds nothing of the one before. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';

let directory: string;
let database: Database;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-connections-'));
  copyPreparedDatabase(directory);
  database = await openDatabase({ databaseUrl: null, dataDir: directory }, () => undefined);
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

const named = { name: 'read-number', text: 'SELECT 1 AS number' };

test('a statement that was prepared before an error is prepared again after it', async () => {
  const { pool } = database;
  expect((await pool.query(named)).rows).toEqual([{ number: 1 }]);
  // The pool drops a connection whose statement failed.
  await expect(pool.query('SELECT 1 / 0')).rejects.toThrow('division by zero');
  expect((await pool.query(named)).rows).toEqual([{ number: 1 }]);
});

test('a transaction that its connection did not end is over for the next one', async () => {
  const { pool } = database;
  const connection = await pool.connect();
  await connection.query('CREATE TABLE left_behind (number integer)');
  await connection.query('BEGIN');
  await connection.query('INSERT INTO left_behind VALUES (1)');
  connection.release(true);
  expect((await pool.query('SELECT count(*)::integer AS rows FROM left_behind')).rows).toEqual([
    { rows: 0 },
  ]);
});
