/** What a benchmark found: medians over its rounds, and the ratios of rounds, never of medians. */
import type { ContestantKey } from './contestants.ts';

export interface Round {
  tokensPerSecond: number;
  p50Millis: number;
  p99Millis: number;
  /** User and system time of the server process per token. */
  cpuMicrosPerToken: number;
  /** The same of all PostgreSQL processes; null without a database, or where it cannot be measured. */
  databaseCpuMicrosPerToken: number | null;
  /** Share of one core that the server and the load generator used: what is near 1 is what limited. */
  serverCoreShare: number;
  loadGeneratorCoreShare: number;
  /** Share of one core that went elsewhere: what else ran on this machine, and disturbed. */
  otherCoreShare: number;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface ContestantResult {
  key: ContestantKey;
  name: string;
  clients: number;
  tokenCharacters: number;
  /** Medians over the rounds. */
  median: Round;
  /** Its tokens per second by those of the bare server in the same round. */
  ratioToBare: Spread;
  rounds: Round[];
}

export interface Conditions {
  startedAt: string;
  node: string;
  postgresql: string;
  processor: string;
  cores: number;
  /** Whether server and load generator each had a core of their own. */
  pinned: boolean;
  rounds: number;
  secondsPerRound: number;
  connections: number;
}

export interface BenchmarkResult {
  conditions: Conditions;
  contestants: ContestantResult[];
  /** Many clients by one (P3), one client by oidc-provider as it comes (P4): medians of rounds. */
  ratios: { manyClientsToOne: Spread; toOidcProvider: Spread };
}

export interface Measured {
  key: ContestantKey;
  name: string;
  clients: number;
  tokenCharacters: number;
  rounds: Round[];
}

export function summarize(conditions: Conditions, measured: readonly Measured[]): BenchmarkResult {
  const roundsOf = (key: ContestantKey) => {
    const found = measured.find((contestant) => contestant.key === key);
    if (found === undefined) throw new Error(`${key} was not measured`);
    return found.rounds;
  };
  return {
    conditions,
    contestants: measured.map((contestant) => ({
      ...contestant,
      median: medianRound(contestant.rounds),
      ratioToBare: ratioOfRounds(contestant.rounds, roundsOf('bare')),
    })),
    ratios: {
      manyClientsToOne: ratioOfRounds(roundsOf('latchkey-many'), roundsOf('latchkey-1')),
      toOidcProvider: ratioOfRounds(roundsOf('latchkey-1'), roundsOf('oidc-provider')),
    },
  };
}

/** Whatever disturbs the machine disturbs both sides of one round more alike than two medians. */
function ratioOfRounds(rounds: readonly Round[], yardstick: readonly Round[]): Spread {
  const ratios = rounds.map(
    ({ tokensPerSecond }, index) => tokensPerSecond / (yardstick[index]?.tokensPerSecond ?? NaN),
  );
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

function medianRound(rounds: readonly Round[]): Round {
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const database = rounds.map((round) => round.databaseCpuMicrosPerToken);
  return {
    tokensPerSecond: of((round) => round.tokensPerSecond),
    p50Millis: of((round) => round.p50Millis),
    p99Millis: of((round) => round.p99Millis),
    cpuMicrosPerToken: of((round) => round.cpuMicrosPerToken),
    databaseCpuMicrosPerToken: database.every((micros) => micros !== null)
      ? median(database)
      : null,
    serverCoreShare: of((round) => round.serverCoreShare),
    loadGeneratorCoreShare: of((round) => round.loadGeneratorCoreShare),
    otherCoreShare: of((round) => round.otherCoreShare),
  };
}

/** Of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
