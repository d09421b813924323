/** What `npm run bench` is asked to do. */
import { parseArgs } from 'node:util';
import { groupNames, type GroupName, type Sizes } from './groups.ts';

export interface BenchmarkCommand {
  help: boolean;
  groups: readonly GroupName[];
  /** Whether somebody named them. */
  groupsGiven: boolean;
  sizes: Sizes;
  rounds: number;
  seconds: number;
  connections: number;
  json: boolean;
  /** Files of earlier results; none: measure. */
  from: readonly string[];
  /** File for the picture. */
  chart: string | undefined;
  /** Page whose numbers are replaced. */
  update: string | undefined;
}

export const help = `npm run bench -- [options]

Measures the token endpoint: tokens per second, p50 and p99, CPU per token and memory of Latchkey,
beside a bare node:http server that parses, compares a SHA-256 and signs the same JWT, in the same
rounds. Starts its own PostgreSQL. Needs two idle cores: one is for the server under load.

Groups, each measured by itself, with the minutes it takes with the defaults:
  main         bare, oidc-provider as it comes (in memory, up to 10,000 clients), Latchkey with
               1 client and with --clients                                              5 minutes
  algorithms   bare and Latchkey with ES256, EdDSA and RS256                             5 minutes
  workers      bare, Latchkey with 1 worker and with --workers, on as many cores where the
               machine has one more, else all on all cores                               3 minutes
  million      bare, Latchkey with 1 client and with --million clients; 2 GB of disk    20 minutes
  feed         bare, Latchkey with --clients, undisturbed and with 100 registry changes a second
               made by a second instance                                                 6 minutes
  obedience    three instances that share 300 tokens a second, then 30, and take 20 changes
               a second: how long until all of them obey                                 3 minutes
  smoke        one server of each kind, to see that all of it runs

What is measured
  --groups A,B     these groups (default: main)
  --all            all but smoke
  --rounds N       rounds (default 5)
  --seconds N      seconds per server and round, after a warm-up (default 5)
  --clients N      registered clients where there are many (default 100000)
  --million N      registered clients where there are very many (default 1000000)
  --workers N      workers where there are several (default 2)
  --connections N  keep-alive connections (default 32)

What becomes of it
  --json           JSON alone on standard output, with every round; progress is on standard error
  --from FILE      measure nothing: read what --json printed; repeat it to put groups together
                   (of one measured twice the later file counts); --groups picks from them
  --chart FILE     write a picture (SVG)
  --update FILE    replace what the page says between <!-- benchmark --> and <!-- /benchmark -->
  --help           this text
`;

/** Throws an error with one sentence for what cannot be meant. */
export function parseCommand(args: readonly string[]): BenchmarkCommand {
  const { values } = parseArgs({
    args: [...args],
    options: {
      groups: { type: 'string' },
      all: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      clients: { type: 'string', default: '100000' },
      million: { type: 'string', default: '1000000' },
      workers: { type: 'string', default: '2' },
      connections: { type: 'string', default: '32' },
      json: { type: 'boolean', default: false },
      from: { type: 'string', multiple: true, default: [] },
      chart: { type: 'string' },
      update: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { groups, all, from, chart, update, json, help } = values;
  if (all && groups !== undefined) throw new Error('say --all or --groups, not both');
  return {
    help,
    groups: all ? groupNames.filter((name) => name !== 'smoke') : parseGroups(groups ?? 'main'),
    groupsGiven: all || groups !== undefined,
    sizes: {
      clients: parseCount('--clients', values.clients, { min: 2, max: 1_000_000 }),
      million: parseCount('--million', values.million, { min: 2, max: 5_000_000 }),
      workers: parseCount('--workers', values.workers, { min: 2, max: 32 }),
    },
    rounds: parseCount('--rounds', values.rounds, { min: 1, max: 1_000 }),
    seconds: parseCount('--seconds', values.seconds, { min: 1, max: 3_600 }),
    connections: parseCount('--connections', values.connections, { min: 1, max: 1_000 }),
    json,
    from,
    chart,
    update,
  };
}

/** In their usual order, each once. */
function parseGroups(text: string): GroupName[] {
  const asked = text.split(',');
  for (const name of asked) {
    if (groupNames.some((known) => known === name)) continue;
    throw new Error(`--groups must be some of ${groupNames.join(', ')}, not "${name}"`);
  }
  return groupNames.filter((name) => asked.includes(name));
}

function parseCount(
  option: string,
  text: string,
  { min, max }: { min: number; max: number },
): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`${option} must be a whole number from ${min} to ${max}, not "${text}"`);
  }
  return value;
}
