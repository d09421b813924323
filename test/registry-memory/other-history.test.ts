/** A database that is not what it was, as after a restored backup, is noticed, and nothing older is believed: F-06, F-61. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { RegistryFollower } from '../../src/registry-memory/registry-follower.ts';
import type { AuditSigner } from '../../src/model/audit-key.ts';
import type { Database } from '../../src/store/database/database.ts';
import { changeRegistry } from '../../src/store/change/registry-change.ts';
import { RegistryFeed } from '../../src/store/following/registry-feed.ts';
import { beginAuditLog } from '../support/own-audit-log.ts';
import { openOwnDatabase } from '../support/own-database.ts';
import { until } from '../support/until.ts';

let database: Database;
let signer: AuditSigner;
let follower: RegistryFollower;
let startedAnew: bigint[];
let keysRead: bigint[];
let errors: unknown[];

beforeAll(async () => {
  database = await openOwnDatabase();
  signer = (await beginAuditLog(database)).ring;
});
afterAll(() => database.close());
beforeEach(async () => {
  startedAnew = [];
  keysRead = [];
  errors = [];
  follower = new RegistryFollower({
    feed: new RegistryFeed(database),
    reader: {
      catchUpWithKeys: async (version) => void keysRead.push(version),
      startAnew: (version) => void startedAnew.push(version),
      forget: () => undefined,
    },
    clockOffsetMillis: () => 0,
    onError: (error) => void errors.push(error),
    onDatabase: () => undefined,
  });
  await follower.start();
  for (let made = 0; made < 3; made += 1) await change();
  await follower.catchUpWith(await readVersion());
});
afterEach(() => follower.stop());

/** Each changes the signing keys as well. */
async function change(): Promise<void> {
  await changeRegistry(
    database.dataSource,
    operatorAtTheMachine,
    { clockOffsetMillis: () => 0, signer },
    async (registry) => {
      registry.touchSigningKeys();
      registry.audit({
        action: 'signing_key.rotated',
        targetType: 'signing_key',
        targetId: 'key',
        organizationId: null,
        details: {},
      });
    },
  );
}

async function readVersion(): Promise<bigint> {
  const { rows } = await database.pool.query<{ version: string }>(
    'SELECT version::text FROM registry_state',
  );
  return BigInt(rows[0]?.version ?? -1);
}

/** In one step, as a replica that lacked the last changes takes over; then the registry goes on from there. */
async function goBack(versions: number, thenOn: number): Promise<void> {
  const connection = await database.pool.connect();
  try {
    await connection.query('BEGIN');
    await connection.query(
      'UPDATE registry_state SET version = version - $1, signing_keys_version = signing_keys_version - $1',
      [versions],
    );
    await connection.query(
      'DELETE FROM audit_events WHERE sequence > (SELECT version FROM registry_state)',
    );
    for (let made = 0; made < thenOn; made += 1) {
      await connection.query(
        `UPDATE registry_state SET version = version + 1, signing_keys_version = version + 1`,
      );
      await connection.query(
        `INSERT INTO audit_events SELECT (jsonb_populate_record(event, jsonb_build_object('id', 'event_' || gen_random_uuid(),
           'sequence', (SELECT version FROM registry_state)))).* FROM audit_events event ORDER BY sequence DESC LIMIT 1`,
      );
    }
    await connection.query('COMMIT');
  } finally {
    connection.release();
  }
}

test.each([
  ['has fewer changes', 2, 0],
  ['has others, and as many', 2, 2],
  ['has others, and more', 1, 3],
])('a registry that %s is read anew, with its keys', async (_how, back, on) => {
  const known = follower.version;
  keysRead = [];
  await goBack(back, on);
  const version = await readVersion();
  expect(version).toBe(known - BigInt(back) + BigInt(on));
  await until(() => startedAnew.length > 0, 'it started anew');
  expect(startedAnew).toEqual([version]);
  await until(() => follower.isLeased, 'it has a lease');
  expect(follower.version).toBe(version);
  expect(follower.signingKeysVersion).toBe(version);
  expect(keysRead).toEqual([version]);
  expect(errors).toEqual([
    expect.objectContaining({ message: expect.stringMatching(/not what it was/) }),
  ]);
});

test('whoever waits for a change that is no more waits in vain, but not for ever', async () => {
  const waiting = follower.catchUpWith(follower.version + 1n);
  await goBack(2, 0);
  await waiting;
  expect(startedAnew).toHaveLength(1);
});

test('what goes on as it was is not read anew', async () => {
  for (let made = 0; made < 5; made += 1) await change();
  await follower.catchUpWith(await readVersion());
  await sleep(600);
  expect(startedAnew).toEqual([]);
  expect(errors).toEqual([]);
});
