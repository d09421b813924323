/** How a benchmark's rounds become its numbers. */
import { expect, test } from '@jest/globals';
import {
  median,
  summarize,
  type Conditions,
  type Measured,
  type Round,
} from '../../bench/benchmark-result.ts';

const conditions: Conditions = {
  startedAt: '2026-01-01T00:00:00.000Z',
  node: 'v24',
  postgresql: '18',
  processor: 'a processor',
  cores: 2,
  pinned: true,
  rounds: 3,
  secondsPerRound: 1,
  connections: 32,
};

function measured(key: Measured['key'], tokensPerSecond: readonly number[]): Measured {
  const rounds = tokensPerSecond.map((rate): Round => ({
    tokensPerSecond: rate,
    p50Millis: 1,
    p99Millis: 2,
    cpuMicrosPerToken: 50,
    databaseCpuMicrosPerToken: null,
    serverCoreShare: 1,
    loadGeneratorCoreShare: 0.5,
    otherCoreShare: 0,
  }));
  return { key, name: key, clients: 1, tokenCharacters: 500, rounds };
}

test.each([
  [[3], 3],
  [[9, 1, 5], 5],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('a ratio is the median of the ratios of rounds, not the ratio of the medians', () => {
  const result = summarize(conditions, [
    measured('bare', [100, 200, 300]),
    measured('oidc-provider', [20, 40, 60]),
    // By medians this would be 100 / 200.
    measured('latchkey-1', [90, 100, 270]),
    measured('latchkey-many', [90, 50, 135]),
  ]);
  expect(result.contestants.map(({ ratioToBare }) => ratioToBare)).toEqual([
    { median: 1, min: 1, max: 1 },
    { median: 0.2, min: 0.2, max: 0.2 },
    { median: 0.9, min: 0.5, max: 0.9 },
    { median: 0.45, min: 0.25, max: 0.9 },
  ]);
  expect(result.ratios).toEqual({
    manyClientsToOne: { median: 0.5, min: 0.5, max: 1 },
    toOidcProvider: { median: 4.5, min: 2.5, max: 4.5 },
  });
});
