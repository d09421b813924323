/** What a benchmark found: medians over its rounds, and the ratios of rounds, never of medians. */
import type { ComparisonPlan, ContestantPlan, GroupName, GroupPlan } from './groups.ts';

export interface Round {
  tokensPerSecond: number;
  p50Millis: number;
  p99Millis: number;
  /** User and system time of the server's processes per token. */
  cpuMicrosPerToken: number;
  /** The same of all PostgreSQL processes; null without a database, or where it cannot be measured. */
  databaseCpuMicrosPerToken: number | null;
  /** Clients that were looked up in the database, per token; null without one. */
  clientsReadPerToken: number | null;
  /** Resident memory of the server's processes after the load. */
  residentBytes: number;
  /** Of one core, what the server and the load generator used: what is near 1 is what limited. */
  serverCoreShare: number;
  loadGeneratorCoreShare: number;
  /** Of one core, what went elsewhere: what else ran on this machine, and disturbed. */
  otherCoreShare: number;
  /** Changes of the registry that were acknowledged meanwhile, and how long that took; null when none were made. */
  changesPerSecond: number | null;
  changeP50Millis: number | null;
  changeP99Millis: number | null;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** After the last round and a full collection, with every use stored that had been counted. */
export interface Memory {
  heapBytes: number;
  /** What Buffers hold beside the heap. */
  bufferBytes: number;
}

export interface Measured {
  plan: ContestantPlan;
  tokenCharacters: number;
  /** null for what is not Latchkey. */
  memory: Memory | null;
  rounds: Round[];
}

export interface ContestantResult extends Measured {
  /** Medians over the rounds. */
  median: Round;
  /** By those of its bare server in the same round. */
  ratioToBare: Spread;
  p99RatioToBare: Spread;
}

export interface Comparison {
  title: string;
  /** Of tokens per second; null: nothing was promised. */
  promisedMin: number | null;
  tokensPerSecond: Spread;
  cpuMicrosPerToken: Spread;
  p99Millis: Spread;
}

export interface GroupResult {
  name: GroupName;
  title: string;
  note: string;
  /** Which cores ran what. */
  placement: string;
  /** The most of a core that a process of a server could take; null, or none in older files: a whole one. */
  coreShare?: number | null;
  startedAt: string;
  rounds: number;
  secondsPerRound: number;
  connections: number;
  contestants: ContestantResult[];
  comparisons: Comparison[];
  /** What one remembered client takes: heap and Buffers of the many less those of the one. */
  bytesPerClient: { heap: number; buffers: number } | null;
}

export interface Machine {
  node: string;
  postgresql: string;
  processor: string;
  cores: number;
  memoryBytes: number;
}

export interface BenchmarkResult {
  machine: Machine;
  groups: GroupResult[];
}

export type GroupConditions = Pick<
  GroupResult,
  'placement' | 'coreShare' | 'startedAt' | 'rounds' | 'secondsPerRound' | 'connections'
>;

export function summarizeGroup(
  group: GroupPlan,
  conditions: GroupConditions,
  measured: readonly Measured[],
): GroupResult {
  const find = (key: string) => {
    const found = measured.find(({ plan }) => plan.key === key);
    if (found === undefined) throw new Error(`${key} was not measured`);
    return found;
  };
  const { name, title, note, comparisons, memory } = group;
  return {
    name,
    title,
    note,
    ...conditions,
    contestants: measured.map((contestant) => {
      const { rounds } = find(contestant.plan.yardstick);
      return {
        ...contestant,
        median: medianRound(contestant.rounds),
        ratioToBare: ratioOfRounds(contestant.rounds, rounds, 'tokensPerSecond'),
        p99RatioToBare: ratioOfRounds(contestant.rounds, rounds, 'p99Millis'),
      };
    }),
    comparisons: comparisons.map((plan) => compare(plan, find(plan.key), find(plan.against))),
    bytesPerClient: memory ? bytesPerClient(find(memory.many), find(memory.one)) : null,
  };
}

function compare(
  { title, promisedMin }: ComparisonPlan,
  { rounds }: Measured,
  { rounds: against }: Measured,
): Comparison {
  return {
    title,
    promisedMin: promisedMin ?? null,
    tokensPerSecond: ratioOfRounds(rounds, against, 'tokensPerSecond'),
    cpuMicrosPerToken: ratioOfRounds(rounds, against, 'cpuMicrosPerToken'),
    p99Millis: ratioOfRounds(rounds, against, 'p99Millis'),
  };
}

/** Whatever disturbs the machine disturbs both sides of one round more alike than two medians. */
function ratioOfRounds(
  rounds: readonly Round[],
  yardstick: readonly Round[],
  what: 'tokensPerSecond' | 'cpuMicrosPerToken' | 'p99Millis',
): Spread {
  const ratios = rounds.map((round, index) => round[what] / (yardstick[index]?.[what] ?? NaN));
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

function bytesPerClient(many: Measured, one: Measured): GroupResult['bytesPerClient'] {
  const clients = many.plan.clients - one.plan.clients;
  if (many.memory === null || one.memory === null || clients === 0) return null;
  return {
    heap: (many.memory.heapBytes - one.memory.heapBytes) / clients,
    buffers: (many.memory.bufferBytes - one.memory.bufferBytes) / clients,
  };
}

function medianRound(rounds: readonly Round[]): Round {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const ofSome = (pick: (round: Round) => number | null) => {
    const values = rounds.map(pick).filter((value) => value !== null);
    return values.length === rounds.length ? median(values) : null;
  };
  return {
    tokensPerSecond: of((round) => round.tokensPerSecond),
    p50Millis: of((round) => round.p50Millis),
    p99Millis: of((round) => round.p99Millis),
    cpuMicrosPerToken: of((round) => round.cpuMicrosPerToken),
    databaseCpuMicrosPerToken: ofSome((round) => round.databaseCpuMicrosPerToken),
    clientsReadPerToken: ofSome((round) => round.clientsReadPerToken),
    residentBytes: of((round) => round.residentBytes),
    serverCoreShare: of((round) => round.serverCoreShare),
    loadGeneratorCoreShare: of((round) => round.loadGeneratorCoreShare),
    otherCoreShare: of((round) => round.otherCoreShare),
    changesPerSecond: ofSome((round) => round.changesPerSecond),
    changeP50Millis: ofSome((round) => round.changeP50Millis),
    changeP99Millis: ofSome((round) => round.changeP99Millis),
  };
}

/** Of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
