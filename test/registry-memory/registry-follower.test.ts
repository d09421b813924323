/** The lease of an instance in time: it lasts a second, and no clock that is set makes it last longer. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { RegistryFollower } from '../../src/registry-memory/registry-follower.ts';
import type { Database } from '../../src/store/database/database.ts';
import { RegistryFeed } from '../../src/store/following/registry-feed.ts';
import { openOwnDatabase } from '../support/own-database.ts';
import { moveWallClock, pass, stopTime } from '../support/stopped-time.ts';

const hourMillis = 3_600_000;
const leaseMillis = 1_000;
const pollMillis = 250;
/** Time stands still here while the database's clock goes on. */
const clockSecondsMax = 60;

let database: Database;
let follower: RegistryFollower;
let errors: unknown[];

beforeAll(async () => {
  database = await openOwnDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  stopTime();
  errors = [];
  follower = new RegistryFollower({
    feed: new RegistryFeed(database, false),
    reader: {
      catchUpWithKeys: async () => undefined,
      startAnew: () => undefined,
      forget: () => undefined,
    },
    clockOffsetMillis: () => 0,
    onError: (error) => void errors.push(error),
    onDatabase: () => undefined,
  });
  await follower.start();
});
afterEach(async () => {
  await follower.stop();
  jest.useRealTimers();
  expect(errors).toEqual([]);
});

async function readClock(): Promise<number> {
  const { rows } = await database.pool.query<{ seconds: number }>(
    'SELECT extract(epoch FROM clock_timestamp())::double precision AS seconds',
  );
  return rows[0]?.seconds ?? Number.NaN;
}

// S1
test('a lease lasts a second, counted from when its poll was sent', async () => {
  pass(pollMillis);
  // The poll is under way, and its answer comes 750 ms later.
  pass(leaseMillis - pollMillis);
  expect(follower.isLeased).toBe(false);
  await follower.requireLease();
  pass(pollMillis - 1);
  expect(follower.isLeased).toBe(true);
  pass(1);
  expect(follower.isLeased).toBe(false);
});

// F-40
test.each([
  ['forward', hourMillis],
  ['back', -hourMillis],
])('a wall clock that is set %s costs a poll, and lengthens no lease', async (_way, jump) => {
  moveWallClock(jump);
  // It may also be that the machine was suspended: who knows how long ago the poll was.
  expect(follower.isLeased).toBe(false);
  await follower.requireLease();
  expect(follower.isLeased).toBe(true);
  pass(leaseMillis - 1);
  moveWallClock(1 - leaseMillis);
  expect(follower.isLeased).toBe(true);
  pass(1);
  moveWallClock(-1);
  expect(follower.isLeased).toBe(false);
});

// F-40
test('a machine that was suspended for a second remembers nothing, though its other clock stood still', async () => {
  moveWallClock(leaseMillis - 1);
  expect(follower.isLeased).toBe(true);
  moveWallClock(1);
  expect(follower.isLeased).toBe(false);
});

// F-40
test.each([hourMillis, -hourMillis])(
  'what is issued carries the time of the database, also when the wall clock is %d ms off',
  async (jump) => {
    const before = follower.nowSeconds;
    moveWallClock(jump);
    expect(follower.nowSeconds).toBe(before);
    await follower.requireLease();
    const difference = (await readClock()) - follower.nowSeconds;
    expect(difference).toBeGreaterThanOrEqual(0);
    expect(difference).toBeLessThan(clockSecondsMax);
  },
);
