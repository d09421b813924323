/** Several instances start at once on one empty PostgreSQL database, as production does after a deployment. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import {
  killServersLeft,
  newCredential,
  spawnServer,
  startServer,
  type ServerOptions,
} from '../support/server-process.ts';
import { createEmptyDatabase } from '../support/shared-servers.ts';

const issuer = 'http://localhost:9999';
const newKeyEncryptionKey = () => randomBytes(32).toString('base64');

afterAll(killServersLeft);

async function newInstallation(): Promise<ServerOptions & { databaseUrl: string }> {
  return {
    databaseUrl: await createEmptyDatabase(),
    operator: newCredential(),
    keyEncryptionKey: newKeyEncryptionKey(),
    env: { LATCHKEY_ISSUER: issuer },
  };
}

async function query<Row extends pg.QueryResultRow>(
  connectionString: string,
  sql: string,
): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function countWhatExistsOnce(databaseUrl: string): Promise<Record<string, number>> {
  const [row] = await query<Record<string, number>>(
    databaseUrl,
    `SELECT (SELECT count(*)::int FROM migrations) AS migrations,
            (SELECT count(DISTINCT name)::int FROM migrations) AS "distinctMigrations",
            (SELECT count(*)::int FROM signing_keys WHERE algorithm = 'ES256') AS "ES256",
            (SELECT count(*)::int FROM signing_keys WHERE algorithm = 'RS256') AS "RS256",
            (SELECT count(*)::int FROM signing_keys) AS "signingKeys",
            (SELECT count(*)::int FROM organizations) AS organizations,
            (SELECT count(*)::int FROM apis) AS apis,
            (SELECT count(*)::int FROM clients) AS clients,
            (SELECT count(*)::int FROM client_secrets) AS secrets,
            (SELECT version::int FROM registry_state) AS version,
            (SELECT count(*)::int FROM audit_events) AS events`,
  );
  if (row === undefined) throw new Error('a query without FROM has one row');
  const { migrations = 0, distinctMigrations = 0, ...rest } = row;
  expect(migrations).toBe(distinctMigrations);
  return rest;
}

const madeOnce = {
  ES256: 1,
  RS256: 1,
  signingKeys: 2,
  organizations: 1,
  apis: 1,
  clients: 1,
  secrets: 1,
  // The audit key, the foundation, two signing keys, the operator: one event each.
  version: 5,
  events: 5,
};

describe('three instances that start at once on an empty database', () => {
  // F-50
  test('all come up, with everything made once, and work as one', async () => {
    const options = await newInstallation();
    const servers = await Promise.all([1, 2, 3].map(() => spawnServer(options)));
    try {
      await Promise.all(servers.map((server) => server.untilReady()));
      expect(await countWhatExistsOnce(options.databaseUrl)).toEqual(madeOnce);
      const sets = await Promise.all(
        servers.map(async ({ port }) =>
          (await fetch(`http://localhost:${port}/.well-known/jwks.json`)).json(),
        ),
      );
      expect(sets[1]).toEqual(sets[0]);
      expect(sets[2]).toEqual(sets[0]);
      for (const { port, operator } of servers) {
        const address = { issuer: `http://localhost:${port}`, operator };
        const { status } = await requestToken(address, operator, { resource: `${issuer}/api` });
        expect(status).toBe(200);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
    }
  });

  test('with different key-encryption keys: whoever is late is refused, and nobody is locked out', async () => {
    const options = await newInstallation();
    const keys = [1, 2, 3].map(newKeyEncryptionKey);
    const servers = await Promise.all(
      keys.map((keyEncryptionKey) => spawnServer({ ...options, keyEncryptionKey })),
    );
    const outcomes = await Promise.allSettled(servers.map((server) => server.untilReady()));
    await Promise.all(servers.map((server) => server.kill()));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    for (const [index, { status }] of outcomes.entries()) {
      if (status === 'rejected')
        expect(servers[index]?.output()).toMatch(/encrypted under key-encryption key /);
    }
    expect(await countWhatExistsOnce(options.databaseUrl)).toEqual(madeOnce);
  });
});

describe('a start', () => {
  // F-62
  test('with another key-encryption key is refused, and names both keys', async () => {
    const options = await newInstallation();
    const server = await startServer(options);
    expect(await server.stop()).toBe(0);
    const other = await spawnServer({ ...options, keyEncryptionKey: newKeyEncryptionKey() });
    expect(await other.untilEnded()).toBe(1);
    expect(other.output()).toMatch(
      /the signing keys in the database are encrypted under key-encryption key [\w-]{12}, but LATCHKEY_KEY_ENCRYPTION_KEY is [\w-]{12}/,
    );
    expect(await countWhatExistsOnce(options.databaseUrl)).toEqual(madeOnce);
  });

  test('with another key-encryption key adds no key, though one is missing', async () => {
    const options = await newInstallation();
    const server = await startServer(options);
    expect(await server.stop()).toBe(0);
    // As after a first start that was killed between its two keys.
    await query(options.databaseUrl, "DELETE FROM signing_keys WHERE algorithm = 'ES256'");
    const other = await spawnServer({ ...options, keyEncryptionKey: newKeyEncryptionKey() });
    expect(await other.untilEnded()).toBe(1);
    expect(other.output()).toMatch(/encrypted under key-encryption key /);
    expect(await query(options.databaseUrl, 'SELECT algorithm FROM signing_keys')).toEqual([
      { algorithm: 'RS256' },
    ]);
  });

  // F-51
  test('after a first start that was killed anywhere on its way makes what is missing', async () => {
    const options = await newInstallation();
    for (const untilThere of ['migrations', 'organizations', 'signing_keys', 'clients']) {
      const first = await spawnServer(options);
      await untilTableHasRows(options.databaseUrl, untilThere);
      await first.kill();
    }
    const second = await startServer(options);
    try {
      expect(await countWhatExistsOnce(options.databaseUrl)).toEqual(madeOnce);
      const admin = new AdminApi({ ...second, issuer: `http://localhost:${second.port}` });
      expect(admin.server.operator).toEqual(options.operator);
    } finally {
      await second.stop();
    }
  });
});

async function untilTableHasRows(databaseUrl: string, table: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    const rows = await query(databaseUrl, `SELECT 1 FROM ${table} LIMIT 1`).catch(() => []);
    if (rows.length > 0) return;
    await sleep(1);
  }
  throw new Error(`${table} stayed empty`);
}
