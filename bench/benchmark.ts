/** One benchmark: a PostgreSQL of its own, and on it one group after the other. */
import { rmSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { startPostgres } from '../test/support/postgres-server.ts';
import type { BenchmarkResult, GroupResult, Machine } from './benchmark-result.ts';
import { findCores } from './core-placement.ts';
import { runGroup, type GroupOptions } from './group-run.ts';
import { planGroup, type GroupName, type Sizes } from './groups.ts';
import { findPostgresProcesses } from './postgres-processes.ts';

export interface BenchmarkOptions extends GroupOptions {
  groups: readonly GroupName[];
  sizes: Sizes;
}

export interface BenchmarkRun {
  result: BenchmarkResult;
  /** Of groups that could not be measured, in words. */
  faults: readonly string[];
}

/**
 * A group ends when any server gives any answer but a token: what is measured must be what was asked for. The others
 * go on, and what they took minutes to measure is not lost.
 */
export async function runBenchmark(options: BenchmarkOptions): Promise<BenchmarkRun> {
  options.progress('starting PostgreSQL');
  const postgresServer = await startPostgres();
  try {
    const adminUrl = await postgresServer.createDatabase('benchmark');
    const postgres = await findPostgresProcesses(adminUrl);
    // A signal ends this process as soon as PostgreSQL has stopped, and skips what would follow.
    process.once('exit', () => rmSync(postgres.dataDirectory, { recursive: true, force: true }));
    const arena = { postgresServer, postgres, adminUrl, cores: findCores() };
    const groups: GroupResult[] = [];
    const faults: string[] = [];
    for (const name of options.groups) {
      try {
        groups.push(await runGroup(planGroup(name, options.sizes), arena, options));
      } catch (error) {
        const fault = `${name}: ${error instanceof Error ? error.message : String(error)}`;
        options.progress(fault);
        faults.push(fault);
      }
    }
    return { result: { machine: describeMachine(postgres.version), groups }, faults };
  } finally {
    await postgresServer.stop();
  }
}

function describeMachine(postgresql: string): Machine {
  return {
    node: process.version,
    postgresql,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
  };
}
