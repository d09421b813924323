/** Refused attempts in memory and in the database: counted, and bounded whoever tries how often. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { everything } from '../../src/model/principal.ts';
import type { Refusal } from '../../src/model/refused-attempt.ts';
import type { Database } from '../../src/store/database/database.ts';
import { Store } from '../../src/store/store.ts';
import { RefusalTally } from '../../src/usage/refusal-tally.ts';
import { openOwnDatabase } from '../support/own-database.ts';

const actor = {
  type: 'client',
  id: 'client_1',
  name: 'lkc_1',
  organizationId: 'org_1',
  locationId: null,
};
const refusal: Refusal = {
  kind: 'forbidden',
  actor,
  operation: 'deleteClient',
  address: '192.0.2.7',
  network: '192.0.2.0/24',
  requestId: 'request-1',
};
const noon = new Date('2026-11-25T12:00:00Z');
const later = new Date('2026-11-25T13:00:00Z');
const nextDay = new Date('2026-11-26T00:00:01Z');

let database: Database;
let store: Store;
beforeAll(async () => {
  database = await openOwnDatabase();
  store = new Store(database);
});
afterAll(() => database.close());

test('the same again is counted, and another day begins anew', () => {
  const tally = new RefusalTally();
  tally.note(refusal, noon);
  tally.note({ ...refusal, address: '192.0.2.8', requestId: 'request-2' }, later);
  tally.note(refusal, nextDay);
  tally.note({ ...refusal, actor: undefined }, noon);
  expect(tally.take()).toEqual([
    {
      ...refusal,
      address: '192.0.2.8',
      requestId: 'request-2',
      count: 2,
      firstAt: noon,
      lastAt: later,
    },
    { ...refusal, count: 1, firstAt: nextDay, lastAt: nextDay },
    { ...refusal, actor: null, count: 1, firstAt: noon, lastAt: noon },
  ]);
  expect(tally.take()).toEqual([]);
});

test('a flood from everywhere is remembered in part, and how much was not is said', () => {
  const tally = new RefusalTally();
  for (let network = 0; network < 1_500; network += 1) {
    tally.note({ ...refusal, actor: undefined, network: `network-${network}` }, noon);
  }
  // What is known is counted all the same.
  tally.note({ ...refusal, actor: undefined, network: 'network-0' }, noon);
  expect(tally.takeDropped()).toBe(500);
  const taken = tally.take();
  expect([taken.length, taken[0]?.count]).toEqual([1_000, 2]);
});

test('in the database the newest 100 of an actor and 1,000 of nobody are kept, and counts add up', async () => {
  const write = async (receipt: number, refusals: readonly Refusal[], at: Date) => {
    const tally = new RefusalTally();
    for (const each of refusals) tally.note(each, at);
    await store.count(`00000000-0000-4000-8000-${String(receipt).padStart(12, '0')}`, (records) =>
      records.refusedAttempts.count(tally.take()),
    );
  };
  const many = (count: number, from: number, of: Refusal['actor']) =>
    Array.from({ length: count }, (_, place) => ({
      ...refusal,
      actor: of,
      network: `network-${from + place}`,
    }));
  await write(1, many(100, 0, actor), noon);
  await write(2, many(30, 0, actor), later);
  await write(3, many(20, 1_000, actor), later);
  await write(4, many(1_000, 0, undefined), noon);
  await write(5, many(50, 2_000, undefined), later);
  const { rows } = await database.pool.query(
    `SELECT actor_id, count(*)::int AS rows, sum(count)::int AS attempts,
            count(*) FILTER (WHERE last_occurred_at = $1)::int AS newest
       FROM refused_attempts GROUP BY actor_id ORDER BY actor_id`,
    [later],
  );
  expect(rows).toEqual([
    { actor_id: 'client_1', rows: 100, attempts: 130, newest: 50 },
    { actor_id: null, rows: 1_000, attempts: 1_000, newest: 50 },
  ]);
  const page = { limit: 1, cursor: null, sort: '-last_occurred_at' };
  const listed = await store.read(({ refusedAttempts }) =>
    refusedAttempts.list({ sight: everything, actor: 'client_1' }, page),
  );
  expect(listed.data).toMatchObject([{ actor, lastAt: later }]);
});
