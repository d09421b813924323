/** The servers that all suites share; every test makes its own APIs and clients on them. */
import { randomBytes } from 'node:crypto';
import { describe } from '@jest/globals';
import pg from 'pg';
import { preparedDatabase } from './prepared-databases.ts';
import type { ServerAddress } from './server-process.ts';

export interface SharedServers {
  /** Of the shared server's own database. */
  postgresUrl: string;
  postgresql: ServerAddress;
  embedded: ServerAddress;
}

export function sharedServers(): SharedServers {
  const coordinates = process.env['LATCHKEY_TEST_SHARED'];
  if (coordinates === undefined) throw new Error('global-setup.ts has not run');
  return JSON.parse(coordinates) as SharedServers;
}

export type DatabaseKind = 'PostgreSQL' | 'embedded database';

/** The same suite on PostgreSQL and on the embedded database, where whatever changes something takes twice as long. */
export function describeOnBothDatabases(
  name: string,
  suite: (server: ServerAddress, kind: DatabaseKind) => void,
): void {
  const { postgresql, embedded } = sharedServers();
  describe(`${name} (PostgreSQL)`, () => suite(postgresql, 'PostgreSQL'));
  describe(`${name} (embedded database)`, () => suite(embedded, 'embedded database'));
}

/**
 * The same for cases that differ in what no database sees, such as the library that asks: all of them on
 * PostgreSQL, and the first on the embedded database.
 */
export function describeMostlyOnPostgresql<Case>(
  name: string,
  cases: readonly Case[],
  suite: (server: ServerAddress, cases: readonly Case[]) => void,
): void {
  const { postgresql, embedded } = sharedServers();
  describe(`${name} (PostgreSQL)`, () => suite(postgresql, cases));
  describe(`${name} (embedded database)`, () => suite(embedded, cases.slice(0, 1)));
}

/** The URL of a new, migrated database on the shared PostgreSQL, for a server of the test's own. */
export function createDatabase(): Promise<string> {
  return createDatabaseFrom(preparedDatabase);
}

/** The same without anything in it. */
export function createEmptyDatabase(): Promise<string> {
  return createDatabaseFrom('template1');
}

async function createDatabaseFrom(template: string): Promise<string> {
  const { postgresUrl } = sharedServers();
  const name = `test_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  await client.end();
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return url.href;
}
