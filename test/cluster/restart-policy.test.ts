/** A process that ends is started again: at once after a long life, later and later after short ones. */
import { expect, test } from '@jest/globals';
import { RestartPolicy, steadyMillis } from '../../src/cluster/restart-policy.ts';

test('after a steady life the next start is at once, however many came before', () => {
  const policy = new RestartPolicy();
  for (let end = 0; end < 100; end += 1) expect(policy.noteEnd(steadyMillis, false)).toBe(0);
});

test('the wait doubles with every start that failed, and the fifth in a row is the last', () => {
  const policy = new RestartPolicy();
  const waits = [0, 1, 2, 3, 4].map(() => policy.noteEnd(steadyMillis - 1, false));
  expect(waits).toEqual([100, 200, 400, 800, undefined]);
});

test('while another process is steady nobody gives up, and the wait grows to ten seconds', () => {
  const policy = new RestartPolicy();
  const waits = Array.from({ length: 10 }, () => policy.noteEnd(0, true));
  expect(waits.slice(4)).toEqual([1_600, 3_200, 6_400, 10_000, 10_000, 10_000]);
});

test('a steady life forgives the failures before it', () => {
  const policy = new RestartPolicy();
  for (let end = 0; end < 4; end += 1) policy.noteEnd(0, false);
  expect(policy.noteEnd(steadyMillis, false)).toBe(0);
  expect(policy.noteEnd(0, false)).toBe(100);
});
