/** Overload (L-02): whoever is reached late in a long turn of the event loop is told to come again. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { ServerLoad } from '../../src/http/server-load.ts';

function beBusy(millis: number): void {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

test('after many requests and a long time in one turn, the next is too many; not in the next turn', async () => {
  const load = new ServerLoad();
  for (let request = 0; request < 60; request += 1) {
    expect(load.look().overloaded).toBe(false);
  }
  beBusy(120);
  expect(load.look().overloaded).toBe(true);
  await nextTurn();
  expect(load.look().overloaded).toBe(false);
});

test('a turn that is long for another reason refuses nobody', () => {
  const load = new ServerLoad();
  load.look();
  beBusy(120);
  expect(load.look().overloaded).toBe(false);
});
