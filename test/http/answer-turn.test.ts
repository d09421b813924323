/** The two stages of a turn, and overload (L-02): whoever is reached late in a long one is told to come again. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { AnswerTurn } from '../../src/http/answer-turn.ts';

function beBusy(millis: number): void {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

/** What happens to `count` requests that come in one turn, each of which takes `millis`. */
async function answer(turn: AnswerTurn, count: number, millis = 0): Promise<string[]> {
  const log: string[] = [];
  for (let request = 0; request < count; request += 1) {
    turn.add({
      make: () => {
        beBusy(millis);
        log.push(`make ${request}`);
        return () => log.push(`send ${request}`);
      },
      shed: () => log.push(`shed ${request}`),
    });
  }
  expect(log).toEqual([]);
  await nextTurn();
  return log;
}

test('all are made before any leaves, in the order in which they came', async () => {
  expect(await answer(new AnswerTurn(), 3)).toEqual([
    'make 0',
    'make 1',
    'make 2',
    'send 0',
    'send 1',
    'send 2',
  ]);
});

test('of very many, the first leave before the last are made', async () => {
  const log = await answer(new AnswerTurn(), 40);
  expect(log.indexOf('send 31')).toBeLessThan(log.indexOf('make 32'));
  expect(log.indexOf('make 39')).toBeLessThan(log.indexOf('send 32'));
});

test('what is answered later, or comes meanwhile, keeps nobody waiting', async () => {
  const turn = new AnswerTurn();
  const log: string[] = [];
  const late = { make: () => () => log.push('the next turn'), shed: () => undefined };
  const isFollowed = () => {
    turn.add(late);
    return undefined;
  };
  turn.add({ make: isFollowed, shed: () => undefined });
  turn.add({ make: () => () => log.push('this turn'), shed: () => undefined });
  await nextTurn();
  expect(log).toEqual(['this turn']);
  await nextTurn();
  expect(log).toEqual(['this turn', 'the next turn']);
});

test('after many requests and a long time in one turn, the next are too many; not in the next turn', async () => {
  const turn = new AnswerTurn();
  const log = await answer(turn, 60, 3);
  expect(log.filter((line) => line.startsWith('make')).length).toBe(50);
  expect(log.filter((line) => line.startsWith('send')).length).toBe(50);
  expect(log.filter((line) => line.startsWith('shed')).length).toBe(10);
  expect(await answer(turn, 1)).toEqual(['make 0', 'send 0']);
});

test('a turn that is long for another reason refuses nobody', async () => {
  const log = await answer(new AnswerTurn(), 5, 30);
  expect(log.filter((line) => line.startsWith('send')).length).toBe(5);
});
