/** What `npm run bench` can be asked, and what it refuses. */
import { expect, test } from '@jest/globals';
import { help, parseCommand } from '../../bench/command-line.ts';
import { groupNames } from '../../bench/groups.ts';

const defaults = {
  help: false,
  groups: ['main'],
  groupsGiven: false,
  sizes: { clients: 100_000, million: 1_000_000, workers: 2 },
  rounds: 5,
  seconds: 5,
  connections: 32,
  json: false,
  from: [],
  chart: undefined,
  update: undefined,
};

test('measures the main group unless told otherwise', () => {
  expect(parseCommand([])).toEqual(defaults);
});

test('takes groups in their usual order, each once', () => {
  expect(parseCommand(['--groups', 'feed,main,feed'])).toEqual({
    ...defaults,
    groups: ['main', 'feed'],
    groupsGiven: true,
  });
  expect(parseCommand(['--all'])).toEqual({
    ...defaults,
    groups: ['main', 'algorithms', 'workers', 'million', 'feed', 'obedience'],
    groupsGiven: true,
  });
});

test('takes sizes, earlier results and where everything goes', () => {
  const command = parseCommand(
    (
      '--rounds 9 --seconds 10 --connections 64 --json --clients 5000 --million 200000 --workers 4 ' +
      '--from a.json --from b.json --chart c.svg --update d.md'
    ).split(' '),
  );
  expect(command).toEqual({
    ...defaults,
    sizes: { clients: 5_000, million: 200_000, workers: 4 },
    rounds: 9,
    seconds: 10,
    connections: 64,
    json: true,
    from: ['a.json', 'b.json'],
    chart: 'c.svg',
    update: 'd.md',
  });
});

test.each([
  [['--rounds', '0'], '--rounds must be a whole number from 1 to 1000, not "0"'],
  [['--clients', 'many'], '--clients must be a whole number from 2 to 1000000, not "many"'],
  [['--workers', '1'], '--workers must be a whole number from 2 to 32, not "1"'],
  [
    ['--groups', 'main,fast'],
    '--groups must be some of main, algorithms, workers, million, feed, obedience, smoke, not "fast"',
  ],
  [['--all', '--groups', 'main'], 'say --all or --groups, not both'],
  [['--fast'], "Unknown option '--fast'"],
])('refuses %j', (options, message) => {
  expect(() => parseCommand(options)).toThrow(message);
});

test('the help names every group and every option', () => {
  for (const name of groupNames) expect(help).toContain(`\n  ${name} `);
  const options = Object.keys(defaults).filter((name) => !['groupsGiven', 'sizes'].includes(name));
  for (const name of [...options, 'all', 'clients', 'million', 'workers']) {
    expect(help).toContain(`\n  --${name} `);
  }
});
