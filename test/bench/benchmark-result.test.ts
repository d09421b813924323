/** How a benchmark's rounds become its numbers. */
import { expect, test } from '@jest/globals';
import { median, summarizeGroup } from '../../bench/benchmark-result.ts';
import { percentile } from '../../bench/percentile.ts';
import { planGroup } from '../../bench/groups.ts';
import { conditions, measureNothing, sampleRound, sizes } from './sample-result.ts';

const main = planGroup('main', sizes);
const rates = (...tokensPerSecond: readonly number[]) =>
  tokensPerSecond.map((rate) => ({ tokensPerSecond: rate }));
const same = { median: 1, min: 1, max: 1 };

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('a percentile is the value that so many lie below', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([], 0.5)]).toEqual([
    51,
    100,
    NaN,
  ]);
});

test('a ratio is the median of the ratios of rounds, not the ratio of the medians', () => {
  const result = summarizeGroup(
    main,
    conditions,
    measureNothing(main, {
      bare: rates(100, 200, 300),
      'oidc-provider': rates(20, 40, 60),
      // By medians this would be 100 / 200.
      'latchkey-1': rates(90, 100, 270),
      'latchkey-many': rates(90, 50, 135),
    }),
  );
  expect(result.contestants.map(({ ratioToBare }) => ratioToBare)).toEqual([
    same,
    { median: 0.2, min: 0.2, max: 0.2 },
    { median: 0.9, min: 0.5, max: 0.9 },
    { median: 0.45, min: 0.25, max: 0.9 },
  ]);
  const ofCostAndTime = { cpuMicrosPerToken: same, p99Millis: same };
  expect(result.comparisons).toEqual([
    {
      title: 'Latchkey with one client against the bare server',
      promisedMin: 0.9,
      tokensPerSecond: { median: 0.9, min: 0.5, max: 0.9 },
      ...ofCostAndTime,
    },
    {
      title: 'Latchkey with 100,000 clients against one',
      promisedMin: 0.95,
      tokensPerSecond: { median: 0.5, min: 0.5, max: 1 },
      ...ofCostAndTime,
    },
    {
      title: 'Latchkey with 100,000 clients against oidc-provider as it comes',
      promisedMin: 3.5,
      tokensPerSecond: { median: 2.25, min: 1.25, max: 4.5 },
      ...ofCostAndTime,
    },
  ]);
});

test('each server is compared with the bare one of its algorithm, its p99 as well', () => {
  const algorithms = planGroup('algorithms', sizes);
  const result = summarizeGroup(
    algorithms,
    conditions,
    measureNothing(algorithms, {
      'bare-RS256': [{ tokensPerSecond: 100, p99Millis: 10 }],
      'latchkey-RS256': [{ tokensPerSecond: 80, p99Millis: 30 }],
    }),
  );
  expect(
    result.contestants.map(({ plan, ratioToBare, p99RatioToBare }) => [
      plan.key,
      ratioToBare.median,
      p99RatioToBare.median,
    ]),
  ).toEqual([
    ['bare', 1, 1],
    ['latchkey-ES256', 1, 1],
    ['bare-EdDSA', 1, 1],
    ['latchkey-EdDSA', 1, 1],
    ['bare-RS256', 1, 1],
    ['latchkey-RS256', 0.8, 3],
  ]);
});

test('a client takes what many take more than one, by how many more they are', () => {
  const result = summarizeGroup(main, conditions, measureNothing(main));
  expect(result.bytesPerClient).toEqual({ heap: 600, buffers: 50 });
  const workers = planGroup('workers', sizes);
  expect(summarizeGroup(workers, conditions, measureNothing(workers)).bytesPerClient).toBeNull();
});

test('the median of rounds is taken of each number by itself, and of none that a round lacks', () => {
  const measured = measureNothing(main, {
    bare: [
      { tokensPerSecond: 1, p50Millis: 30, changesPerSecond: 5 },
      { tokensPerSecond: 2, p50Millis: 10, changesPerSecond: null },
      { tokensPerSecond: 9, p50Millis: 20, changesPerSecond: 7 },
    ],
  });
  const [bare] = summarizeGroup(main, conditions, measured).contestants;
  expect(bare?.median).toEqual(
    sampleRound({ tokensPerSecond: 2, p50Millis: 20, changesPerSecond: null }),
  );
});

test('a group that misses a server it compares is no result', () => {
  const measured = measureNothing(main).filter(({ plan }) => plan.key !== 'oidc-provider');
  expect(() => summarizeGroup(main, conditions, measured)).toThrow(
    'oidc-provider was not measured',
  );
});
