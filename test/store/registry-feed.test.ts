/** What a poll says of itself to the database, and to nobody after it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Database } from '../../src/store/database/database.ts';
import { RegistryFeed } from '../../src/store/following/registry-feed.ts';
import { openOwnDatabase } from '../support/own-database.ts';

const start = { applied: 0n, read: 0n };

let database: Database;
let feed: RegistryFeed;
let connection: pg.Client;

beforeAll(async () => {
  database = await openOwnDatabase();
  feed = new RegistryFeed({
    ...database,
    createFeedConnection: () => {
      connection = database.createFeedConnection();
      return connection;
    },
  });
});
afterAll(async () => {
  await feed.close({ givesBackLease: true });
  await database.close();
});

// S1: behind a pooler by transactions the next one on this session is somebody else's change.
test('leaves no setting behind for whoever is next on its session', async () => {
  const readSettings = async () =>
    (
      await connection.query<object>(
        `SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name`,
      )
    ).rows;
  expect((await feed.poll(start, () => undefined)).leased).toBe(false);
  expect(await readSettings()).toEqual([]);
  expect((await feed.poll(start, () => undefined)).leased).toBe(true);
  expect(await readSettings()).toEqual([]);
});

test('its renewals do not wait for the disk, the first row of an instance does', async () => {
  // In a transaction around it, where it can be seen what its own would be committed under.
  const committedUnder = async (run: () => Promise<unknown>) => {
    await connection.query('BEGIN');
    await run();
    const { rows } = await connection.query<object>('SHOW synchronous_commit');
    await connection.query('COMMIT');
    return rows;
  };
  await connection.query(`SET synchronous_commit = 'remote_write'`);
  expect(await committedUnder(() => feed.poll(start, () => undefined))).toEqual([
    { synchronous_commit: 'off' },
  ]);
  await database.pool.query('DELETE FROM instance_leases');
  expect(await committedUnder(() => feed.poll(start, () => undefined))).toEqual([
    { synchronous_commit: 'on' },
  ]);
});
