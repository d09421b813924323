/** What has ended and nobody asks for any more is removed, whosever it is; what has not stays. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRecordId } from '../../src/registry/credential.ts';
import type { Database } from '../../src/store/database/database.ts';
import { Store } from '../../src/store/store.ts';
import { openOwnDatabase } from '../support/own-database.ts';

const minute = 60_000;
const day = 86_400_000;
const organization = createRecordId('org');
const members = [createRecordId('member'), createRecordId('member')];
let database: Database;
let offsetMillis = 0;
let store: Store;

const digestOf = (text: string) => createHash('sha256').update(text).digest();
const names = async (sql: string) => {
  const { rows } = await database.pool.query<{ name: string }>(sql);
  return rows.map(({ name }) => name).toSorted();
};

beforeAll(async () => {
  database = await openOwnDatabase();
  store = new Store(database, () => offsetMillis);
  await database.pool.query(`INSERT INTO organizations (id, name) VALUES ($1, 'Ours')`, [
    organization,
  ]);
  for (const [place, member] of members.entries()) {
    await database.pool.query(
      `INSERT INTO members (id, organization_id, email, name, role) VALUES ($1, $2, $3, 'Ada', 'auditor')`,
      [member, organization, `m${place}@example.com`],
    );
  }
});
afterAll(() => database.close());

test('sessions of every member, once nobody can use them any more', async () => {
  for (const [name, member, seenMillisAgo, expiresInMillis] of [
    ['in use', members[0], 59 * minute, 60 * minute],
    ['idle', members[0], 61 * minute, 600 * minute],
    ['idle too', members[1], 61 * minute, 600 * minute],
    ['seen until it expired', members[1], 62 * minute, -61 * minute],
  ] as const) {
    await database.pool.query(
      `INSERT INTO member_sessions (id, member_id, token_digest, created_at, last_seen_at, expires_at, address, user_agent)
       VALUES ($1, $2, $3, now() - interval '12 hours', now() - $4 * interval '1 millisecond',
               now() + $5 * interval '1 millisecond', '192.0.2.1', $6)`,
      [createRecordId('session'), member, digestOf(name), seenMillisAgo, expiresInMillis, name],
    );
  }
  await store.purgeExpired();
  const left = () => names('SELECT user_agent AS name FROM member_sessions');
  expect(await left()).toEqual(['in use']);
  offsetMillis = 2 * minute;
  await store.purgeExpired();
  expect(await left()).toEqual([]);
  offsetMillis = 0;
});

test('invitations 90 days after they have expired, and refused attempts after 30 days', async () => {
  for (const [name, expiresInMillis] of [
    ['open@example.com', day],
    ['expired@example.com', -89 * day],
    ['long-expired@example.com', -91 * day],
  ] as const) {
    await database.pool.query(
      `INSERT INTO invitations (id, organization_id, email, role, token_digest, created_at, created_by, expires_at)
       VALUES ($1, $2, $3, 'auditor', $4, now() - interval '1 year', 'system', now() + $5 * interval '1 millisecond')`,
      [createRecordId('invitation'), organization, name, digestOf(name), expiresInMillis],
    );
  }
  for (const [operation, millisAgo] of [
    ['recent', 29 * day],
    ['old', 31 * day],
  ] as const) {
    await database.pool.query(
      `INSERT INTO refused_attempts (kind, operation, network, day, count, first_occurred_at, last_occurred_at,
                                     address, request_id)
       SELECT 'forbidden', $1, 'n', at::date, 1, at, at, 'a', 'r'
         FROM (SELECT now() - $2 * interval '1 millisecond' AS at) moment`,
      [operation, millisAgo],
    );
  }
  await store.purgeExpired();
  expect(await names('SELECT email AS name FROM invitations')).toEqual([
    'expired@example.com',
    'open@example.com',
  ]);
  expect(await names('SELECT operation AS name FROM refused_attempts')).toEqual(['recent']);
});
