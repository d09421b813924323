/**
 * Embedded, the database's clock is the machine's own, and that is what validators compare with: what is issued
 * follows it when it is set, from the very next request on. F-40
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { RegistryFollower } from '../../src/registry-memory/registry-follower.ts';
import { RegistryFeed } from '../../src/store/following/registry-feed.ts';
import { moveWallClock, pass, stopTime } from '../support/stopped-time.ts';
import { CountingInstance } from '../usage/counting-instance.ts';

const hourMillis = 3_600_000;

let instance: CountingInstance;
let follower: RegistryFollower;
const errors: unknown[] = [];

beforeAll(async () => {
  instance = await CountingInstance.open(null);
  stopTime();
  follower = new RegistryFollower({
    feed: new RegistryFeed(instance.database),
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
afterAll(async () => {
  await follower.stop();
  jest.useRealTimers();
  await instance.close();
  expect(errors).toEqual([]);
});

test.each([
  ['forward, as after a machine was suspended', hourMillis],
  ['back', -hourMillis],
])('nothing is issued by the clock as it was before it was set %s', async (_way, jump) => {
  expect(follower.isLeased).toBe(true);
  moveWallClock(jump);
  expect(follower.isLeased).toBe(false);
  await follower.requireLease();
  expect(follower.isLeased).toBe(true);
  expect(Math.abs(follower.nowSeconds - Date.now() / 1000)).toBeLessThan(1);
});

test('neither time that passes nor a clock that is slewed costs a poll', () => {
  pass(900);
  expect(follower.isLeased).toBe(true);
  moveWallClock(100);
  expect(follower.isLeased).toBe(true);
});
