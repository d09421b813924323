/** What is compared with what, and on which cores. */
import { expect, test } from '@jest/globals';
import {
  describePlacement,
  parseCoreList,
  placeOnCores,
  type Cores,
} from '../../bench/core-placement.ts';
import { groupNames, planGroup } from '../../bench/groups.ts';
import { sizes } from './sample-result.ts';

test.each(groupNames)(
  'in %s every server has a name of its own and a yardstick beside it',
  (name) => {
    const { contestants, comparisons, memory } = planGroup(name, sizes);
    const keys = contestants.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(contestants.map((plan) => plan.name)).size).toBe(keys.length);
    for (const { yardstick, algorithm } of contestants) {
      expect(contestants).toContainEqual(
        expect.objectContaining({ key: yardstick, kind: 'bare', algorithm, clients: 1 }),
      );
    }
    const compared = comparisons.flatMap(({ key, against }) => [key, against]);
    expect(keys).toEqual(expect.arrayContaining([...compared, ...Object.values(memory ?? {})]));
  },
);

test('oidc-provider has 10,000 clients at most, and Latchkey as many as are asked for', () => {
  const clientsOf = (clients: number) =>
    planGroup('main', { ...sizes, clients }).contestants.map((plan) => plan.clients);
  expect([clientsOf(100_000), clientsOf(500)]).toEqual([
    [1, 10_000, 1, 100_000],
    [1, 500, 1, 500],
  ]);
});

test.each<[Cores, number, ReturnType<typeof placeOnCores>, string]>([
  [
    [0, 1],
    1,
    { server: [0], loadGenerator: [1], database: [1], neighbours: [1] },
    'The server under load had one core, whatever it did there; the load generator and PostgreSQL shared another.',
  ],
  [
    [4, 5, 6, 7],
    1,
    { server: [4], loadGenerator: [5], database: [6], neighbours: [7] },
    'The server under load had one core, whatever it did there; the load generator and PostgreSQL had one each of their own.',
  ],
  [
    [0, 1, 2],
    2,
    { server: [0, 1], loadGenerator: [2], database: [2], neighbours: [2] },
    'The server under load had 2 cores, whatever it did there; the load generator and PostgreSQL shared another.',
  ],
  [
    [0, 1],
    2,
    { server: [0, 1], loadGenerator: [0, 1], database: [0, 1], neighbours: [0, 1] },
    'Every server was free to use 2 cores, and so were the load generator and PostgreSQL beside it: there were no more.',
  ],
  [
    [0],
    1,
    { server: [0], loadGenerator: [0], database: [0], neighbours: [0] },
    'Every server was free to use one core, and so were the load generator and PostgreSQL beside it: there were no more.',
  ],
])('of cores %j a server that wants %d gets them and others the rest', (...row) => {
  const [cores, serverCores, placement, sentence] = row;
  expect(placeOnCores(cores, serverCores)).toEqual(placement);
  expect(describePlacement(placeOnCores(cores, serverCores))).toBe(sentence);
});

test('of two cores two workers get half a one each where the kernel can bound them', () => {
  const placement = placeOnCores([0, 1], 2, true);
  expect(placement.share).toBe(0.5);
  expect(describePlacement(placement)).toBe(
    'Each process of a server was held to 50 % of a core, by a quota of the kernel, so that one of the 2 cores was left to the load generator and PostgreSQL.',
  );
  expect(placeOnCores([0, 1, 2], 2, true)).not.toHaveProperty('share');
  expect(placeOnCores([0], 1, true)).not.toHaveProperty('share');
});

test('says so where nothing can be bound to a core', () => {
  expect(describePlacement(undefined)).toBe(
    'No process was bound to a core: servers, load generator and PostgreSQL may have shared them.',
  );
});

test.each([
  ['0', [0]],
  ['0-2,5', [0, 1, 2, 5]],
  ['8,10-11', [8, 10, 11]],
])('reads the list of cores %s', (list, cores) => {
  expect(parseCoreList(list)).toEqual(cores);
});
