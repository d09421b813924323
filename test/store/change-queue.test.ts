/** The queue of changes: few at once, in order, and nobody waits for a database that is gone. */
import { expect, jest, test } from '@jest/globals';
import { StoreUnavailable } from '../../src/model/store-unavailable.ts';
import { ChangeQueue } from '../../src/store/change/change-queue.ts';

/** Changes that end when they are told to. */
function startChanges(queue: ChangeQueue, count: number) {
  const begun: number[] = [];
  const ends = Array.from({ length: count }, () => Promise.withResolvers<void>());
  const changes = ends.map(({ promise }, index) =>
    queue.run(async () => {
      begun.push(index);
      await promise;
      return index;
    }),
  );
  return { begun, ends, changes };
}

test('four run at once, and the others in the order they came', async () => {
  const { begun, ends, changes } = startChanges(new ChangeQueue(4), 7);
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.resolve();
  await changes[2];
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const { resolve } of ends) resolve();
  expect(await Promise.all(changes)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('of one at a time the next begins when the last has ended', async () => {
  const { begun, ends, changes } = startChanges(new ChangeQueue(1), 3);
  expect(begun).toEqual([0]);
  ends[0]?.resolve();
  await changes[0];
  expect(begun).toEqual([0, 1]);
  for (const { resolve } of ends) resolve();
  expect(await Promise.all(changes)).toEqual([0, 1, 2]);
});

test('a change that is refused gives its turn to the next', async () => {
  const { begun, ends, changes } = startChanges(new ChangeQueue(4), 5);
  ends[0]?.reject(new Error('not as asked'));
  await expect(changes[0]).rejects.toThrow('not as asked');
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (const { resolve } of ends) resolve();
  await Promise.all(changes.slice(1));
});

test('when one finds the database gone, nobody waits for the same answer', async () => {
  const queue = new ChangeQueue(4);
  const { begun, ends, changes } = startChanges(queue, 6);
  const outcomes = Promise.allSettled(changes);
  ends[0]?.reject(new StoreUnavailable(new Error('gone')));
  for (const { resolve } of ends.slice(1, 4)) resolve();
  expect((await outcomes).map(({ status }) => status)).toEqual([
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ]);
  expect(begun).toEqual([0, 1, 2, 3]);
  expect(await queue.run(async () => 'again')).toBe('again');
});

test('whoever has waited for two seconds is sent away, and the queue goes on', async () => {
  jest.useFakeTimers();
  try {
    const queue = new ChangeQueue(4);
    const { begun, ends, changes } = startChanges(queue, 5);
    const late = expect(changes[4]).rejects.toThrow(StoreUnavailable);
    jest.advanceTimersByTime(2_000);
    await late;
    for (const { resolve } of ends) resolve();
    await Promise.all(changes.slice(0, 4));
    expect(begun).toEqual([0, 1, 2, 3]);
    expect(await queue.run(async () => 'next')).toBe('next');
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
