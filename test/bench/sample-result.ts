/** Results of a benchmark that never ran. */
import {
  summarizeGroup,
  type BenchmarkResult,
  type GroupConditions,
  type Machine,
  type Measured,
  type Round,
} from '../../bench/benchmark-result.ts';
import { planGroup, type GroupName, type GroupPlan } from '../../bench/groups.ts';

export const sizes = { clients: 100_000, million: 1_000_000, workers: 2 };

export const machine: Machine = {
  node: 'v24',
  postgresql: '18',
  processor: 'a processor',
  cores: 2,
  memoryBytes: 8 * 2 ** 30,
};

export const conditions: GroupConditions = {
  placement: 'The server under load had one core.',
  startedAt: '2026-01-01T00:00:00.000Z',
  rounds: 3,
  secondsPerRound: 5,
  connections: 32,
};

export function sampleRound(overrides: Partial<Round> = {}): Round {
  return {
    tokensPerSecond: 1_000,
    p50Millis: 1,
    p99Millis: 2,
    cpuMicrosPerToken: 50,
    databaseCpuMicrosPerToken: null,
    clientsReadPerToken: null,
    residentBytes: 100e6,
    serverCoreShare: 1,
    loadGeneratorCoreShare: 0.5,
    otherCoreShare: 0,
    changesPerSecond: null,
    changeP50Millis: null,
    changeP99Millis: null,
    ...overrides,
  };
}

/** Every server of a group, each with what `rounds` says of it, else three rounds that are all alike. */
export function measureNothing(
  group: GroupPlan,
  rounds: Record<string, readonly Partial<Round>[]> = {},
): Measured[] {
  return group.contestants.map((plan) => ({
    plan,
    tokenCharacters: 598,
    memory:
      plan.kind === 'latchkey'
        ? { heapBytes: 40e6 + 600 * plan.clients, bufferBytes: 3e6 + 50 * plan.clients }
        : null,
    rounds: (rounds[plan.key] ?? [{}, {}, {}]).map((overrides) =>
      sampleRound({
        ...(plan.kind === 'latchkey'
          ? { databaseCpuMicrosPerToken: 1, clientsReadPerToken: 0 }
          : {}),
        ...(plan.changesPerSecond > 0
          ? { changesPerSecond: 99.9, changeP50Millis: 8, changeP99Millis: 21 }
          : {}),
        ...overrides,
      }),
    ),
  }));
}

export function sampleResult(...names: readonly GroupName[]): BenchmarkResult {
  const groups = names.map((name) => {
    const group = planGroup(name, sizes);
    return summarizeGroup(group, conditions, measureNothing(group));
  });
  return { machine, groups };
}
