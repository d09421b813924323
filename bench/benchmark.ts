/** One benchmark: starts all servers, loads them in turn, round after round, and ends them. */
import { rmSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../test/support/postgres-server.ts';
import { startProcess, type BenchmarkProcess } from './benchmark-process.ts';
import { summarize, type BenchmarkResult, type Measured, type Round } from './benchmark-result.ts';
import {
  startBareServer,
  startLatchkey,
  startStockOidcProvider,
  type Contestant,
} from './contestants.ts';
import { findCorePinning, pinProcess } from './core-pinning.ts';
import type { CpuReport } from './cpu-report.ts';
import type { Load, LoadResult } from './load-generator.ts';
import {
  cpuMicrosBetween,
  findPostgresProcesses,
  type PostgresProcesses,
} from './postgres-processes.ts';
import { checkToken } from './token-check.ts';

export interface BenchmarkOptions {
  rounds: number;
  /** Of measuring per server and round; a warm-up comes before it. */
  seconds: number;
  /** Registered clients in the large case. */
  clients: number;
  connections: number;
  /** Told what happens, line by line. */
  progress: (line: string) => void;
}

const warmUpSecondsMax = 2;

interface Field {
  contestants: Contestant[];
  postgres: PostgresProcesses;
  loadGenerator: BenchmarkProcess;
}

/** Rejects when any server gives any answer but a token: what is measured must be what was asked for. */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkResult> {
  const startedAt = new Date().toISOString();
  const pinning = findCorePinning();
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const field = await startField(options, pinning, closers);
    const measured = await Promise.all(
      field.contestants.map(async (contestant) => toMeasured(contestant)),
    );
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const [index, contestant] of field.contestants.entries()) {
        const result = await measureRound(contestant, field, options);
        measured[index]?.rounds.push(result);
        options.progress(
          `round ${round}/${options.rounds}: ${contestant.name}, clients: ${contestant.clientCount}: ` +
            `${Math.round(result.tokensPerSecond)} tokens/s`,
        );
      }
    }
    return summarize(
      {
        startedAt,
        node: process.version,
        postgresql: field.postgres.version,
        processor: cpus()[0]?.model.trim() ?? 'unknown',
        cores: availableParallelism(),
        pinned: pinning !== undefined,
        rounds: options.rounds,
        secondsPerRound: options.seconds,
        connections: options.connections,
      },
      measured,
    );
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function startField(
  { clients, progress }: BenchmarkOptions,
  pinning: ReturnType<typeof findCorePinning>,
  closers: (() => Promise<unknown>)[],
): Promise<Field> {
  progress('starting PostgreSQL');
  const postgresServer = await startPostgres();
  closers.push(() => postgresServer.stop());
  const oneUrl = await postgresServer.createDatabase('one');
  const manyUrl = await postgresServer.createDatabase('many');
  const postgres = await findPostgresProcesses(oneUrl);
  // A signal ends this process as soon as PostgreSQL has stopped, and skips the closers.
  process.once('exit', () => rmSync(postgres.dataDirectory, { recursive: true, force: true }));
  if (pinning) pinProcess(postgres.postmaster, pinning.database);

  const loadGenerator = startProcess({
    name: 'the load generator',
    core: pinning?.loadGenerator,
    args: [fileURLToPath(new URL('./load-generator.ts', import.meta.url))],
  });
  closers.push(() => loadGenerator.stop());

  const contestants: Contestant[] = [];
  const enter = async (contestant: Promise<Contestant>) => {
    const started = await contestant;
    closers.push(() => started.process.stop());
    contestants.push(started);
  };
  const core = pinning?.server;
  progress(`starting the servers, and registering ${clients} clients`);
  await enter(startBareServer(core));
  await enter(startStockOidcProvider(core, clients));
  await enter(startLatchkey('latchkey-1', core, oneUrl, 1));
  await enter(startLatchkey('latchkey-many', core, manyUrl, clients));
  return { contestants, postgres, loadGenerator };
}

async function toMeasured(contestant: Contestant): Promise<Measured> {
  const { key, name, clientCount } = contestant;
  return {
    key,
    name,
    clients: clientCount,
    tokenCharacters: await checkToken(contestant),
    rounds: [],
  };
}

async function measureRound(
  contestant: Contestant,
  { postgres, loadGenerator }: Field,
  { seconds, connections }: BenchmarkOptions,
): Promise<Round> {
  const { issuer, clientCount } = contestant;
  const run = async (load: Load) => {
    const result = await loadGenerator.ask<LoadResult>(load);
    if (Object.keys(result.refusals).length > 0 || result.errors > 0 || result.tokens === 0) {
      throw new Error(
        `${contestant.name} gave ${result.tokens} tokens, other answers by status ` +
          `${JSON.stringify(result.refusals)} and ${result.errors} broken connections: ` +
          'there is nothing to compare',
      );
    }
    return result;
  };
  const cpu = () => contestant.process.ask<CpuReport>({});

  await checkToken(contestant);
  const load = { issuer, connections, clientCount };
  await run({ ...load, seconds: Math.min(seconds, warmUpSecondsMax) });
  const before = {
    at: performance.now(),
    machine: machineCpuMicros(),
    database: postgres.cpuMicros(),
    ...(await cpu()),
  };
  const result = await run({ ...load, seconds });
  const serverCpu = (await cpu()).cpuMicros - before.cpuMicros;
  const databaseCpu = cpuMicrosBetween(before.database, postgres.cpuMicros());
  const machineCpu = machineCpuMicros() - before.machine;
  const elapsedMicros = (performance.now() - before.at) * 1000;
  const hasDatabase = before.database.size > 0 && contestant.key.startsWith('latchkey');
  return {
    tokensPerSecond: result.tokensPerSecond,
    p50Millis: result.p50Millis,
    p99Millis: result.p99Millis,
    cpuMicrosPerToken: serverCpu / result.tokens,
    databaseCpuMicrosPerToken: hasDatabase ? databaseCpu / result.tokens : null,
    serverCoreShare: serverCpu / result.elapsedMicros,
    loadGeneratorCoreShare: result.cpuMicros / result.elapsedMicros,
    otherCoreShare:
      Math.max(0, machineCpu - serverCpu - databaseCpu - result.totalCpuMicros) / elapsedMicros,
  };
}

/** CPU time of everything that runs on this machine, in microseconds. */
function machineCpuMicros(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0) * 1000;
}
