/** How long a change waits for its acknowledgement: for every lease, and for no clock but one that only goes forward. */
import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import {
  Acknowledgement,
  leaseMillis,
  obedienceMillisMax,
} from '../../src/store/following/acknowledgement.ts';
import type { Database } from '../../src/store/database/database.ts';
import { openOwnDatabase } from '../support/own-database.ts';
import { moveWallClock, pass, stopTime } from '../support/stopped-time.ts';

const hourMillis = 3_600_000;
const version = 5n;
const earlierVersion = 4n;

let database: Database;
let acknowledgement: Acknowledgement;
/** Of an instance that has not seen the change, and of one that has. */
let lagging: string;
let leading: string;

async function addLease(seenVersion: bigint): Promise<string> {
  const id = newRecordId('instance', randomBytes(16));
  await database.pool.query(
    'INSERT INTO instance_leases (instance_id, seen_version) VALUES ($1, $2)',
    [id, String(seenVersion)],
  );
  return id;
}

/** A poll of the instance: it writes down what it has seen. */
async function renew(id: string, seenVersion: bigint): Promise<void> {
  await database.pool.query(
    'UPDATE instance_leases SET seen_version = $2, renewals = renewals + 1 WHERE instance_id = $1',
    [id, String(seenVersion)],
  );
}

async function listLeases(): Promise<string[]> {
  const { rows } = await database.pool.query<{ id: string }>(
    'SELECT instance_id AS id FROM instance_leases',
  );
  return rows.map(({ id }) => id);
}

/** Resolves when the leases were looked at, and those that had run out by then are removed. */
async function untilLookedAt(): Promise<void> {
  // Who has seen everything is answered by the first look that begins after the question.
  for (let look = 0; look < 2; look += 1) await acknowledgement.untilSeen(0n, hourMillis);
}

/** A change that waits; what it returns says whether it still does. */
function startChange(millisMax = hourMillis): () => boolean {
  let acknowledged = false;
  void acknowledgement.untilSeen(version, millisMax).then(() => {
    acknowledged = true;
  });
  return () => acknowledged;
}

beforeAll(async () => {
  database = await openOwnDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  stopTime();
  acknowledgement = new Acknowledgement(database.pool);
  lagging = await addLease(earlierVersion);
  leading = await addLease(version);
});
afterEach(async () => {
  // Nobody goes on waiting, also after a failure.
  pass(hourMillis);
  await database.pool.query('DELETE FROM instance_leases');
  jest.useRealTimers();
});

// S1
test('a change waits until the last instance has seen it, and one that it has seen does not', async () => {
  const isAcknowledged = startChange();
  await acknowledgement.untilSeen(earlierVersion, hourMillis);
  await renew(lagging, earlierVersion);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(false);
  await renew(lagging, version);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(true);
});

test('a lease that is renewed no more is waited for as long as it lasts, and then removed', async () => {
  const isAcknowledged = startChange();
  await untilLookedAt();
  await renew(leading, version);
  for (const millis of [leaseMillis, obedienceMillisMax - leaseMillis]) {
    pass(millis);
    await renew(leading, version);
    await untilLookedAt();
    expect(isAcknowledged()).toBe(false);
    expect(await listLeases()).toEqual(expect.arrayContaining([lagging, leading]));
  }
  pass(1);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(true);
  expect(await listLeases()).toEqual([leading]);
});

test('every renewal counts from anew, also of an instance that does not get on', async () => {
  const isAcknowledged = startChange();
  for (let poll = 0; poll < 4; poll += 1) {
    await untilLookedAt();
    pass(leaseMillis);
    await renew(lagging, earlierVersion);
    await renew(leading, version);
  }
  await untilLookedAt();
  expect(isAcknowledged()).toBe(false);
  expect((await listLeases()).length).toBe(2);
  await renew(lagging, version);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(true);
});

// F-40
test.each([
  ['forward', hourMillis],
  ['back', -hourMillis],
])('a wall clock that is set %s neither shortens the wait nor lengthens it', async (_way, jump) => {
  const isAcknowledged = startChange();
  await untilLookedAt();
  moveWallClock(jump);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(false);
  expect(await listLeases()).toContain(lagging);
  pass(obedienceMillisMax + 1);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(true);
  expect(await listLeases()).not.toContain(lagging);
});

// With a pause of 50 ms before each of them it would take twice as long as it may.
test('one change after the other is looked after at once', async () => {
  const changes = 100;
  const tooLate = sleep(changes * 25, 'too late', { ref: false });
  const acknowledged = (async () => {
    for (let change = 0; change < changes; change += 1) {
      await acknowledgement.untilSeen(earlierVersion, hourMillis);
      // Whoever is acknowledged makes the next change a little later.
      await sleep(5);
    }
    return 'in time';
  })();
  expect(await Promise.race([acknowledged, tooLate])).toBe('in time');
});

test('nobody waits longer than asked, whatever the instances do', async () => {
  const isAcknowledged = startChange(obedienceMillisMax);
  await untilLookedAt();
  pass(obedienceMillisMax - 1);
  await renew(lagging, earlierVersion);
  await untilLookedAt();
  expect(isAcknowledged()).toBe(false);
  pass(1);
  await nextTurn();
  expect(isAcknowledged()).toBe(true);
  expect(await listLeases()).toContain(lagging);
});

test('nor when the leases cannot be read', async () => {
  const gone = await openOwnDatabase();
  await gone.close();
  acknowledgement = new Acknowledgement(gone.pool);
  const isAcknowledged = startChange(obedienceMillisMax);
  pass(obedienceMillisMax - 1);
  await nextTurn();
  expect(isAcknowledged()).toBe(false);
  pass(1);
  await nextTurn();
  expect(isAcknowledged()).toBe(true);
});
