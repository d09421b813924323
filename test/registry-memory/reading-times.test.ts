/** How long readings have taken lately, on a clock that stands still until it is moved. */
import { beforeEach, expect, test } from '@jest/globals';
import { ReadingTimes } from '../../src/registry-memory/reading-times.ts';

let now: number;
let times: ReadingTimes;
beforeEach(() => {
  now = 1_000;
  times = new ReadingTimes(() => now);
});

async function takes(millis: number): Promise<void> {
  await times.measure(async () => {
    now += millis;
  });
}

test('are those of the longest, whatever came after it', async () => {
  expect(times.longestMillis).toBe(0);
  await takes(5);
  await takes(40);
  await takes(3);
  expect(times.longestMillis).toBe(40);
});

test('count when they failed, and are passed on as they are', async () => {
  const fault = new Error('gone');
  const failing = times.measure(() => {
    now += 70;
    return Promise.reject(fault);
  });
  await expect(failing).rejects.toBe(fault);
  expect(times.longestMillis).toBe(70);
  expect(await times.measure(() => Promise.resolve('read'))).toBe('read');
});

test('count while they are under way, for as long as they have been', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const reading = times.measure(() => promise);
  now += 30;
  const other = takes(2);
  await other;
  expect(times.longestMillis).toBe(32);
  now += 100;
  expect(times.longestMillis).toBe(132);
  resolve();
  await reading;
  expect(times.longestMillis).toBe(132);
});

test('are forgotten 10 to 20 s later', async () => {
  await takes(90);
  now += 9_000;
  await takes(4);
  expect(times.longestMillis).toBe(90);
  now += 5_000;
  await takes(6);
  expect(times.longestMillis).toBe(90);
  now += 10_000;
  expect(times.longestMillis).toBe(6);
  now += 60_000;
  expect(times.longestMillis).toBe(0);
});
