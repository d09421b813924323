/** Which core runs what, so that neither the load generator nor the database takes time from the server. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

export interface CorePinning {
  /** The one server under load. */
  server: number;
  loadGenerator: number;
  /** Shares the generator's core when there is no third. */
  database: number;
}

/** undefined where processes cannot be pinned: no `taskset` (util-linux), or only one core. */
export function findCorePinning(): CorePinning | undefined {
  if (availableParallelism() < 2) return undefined;
  const pinning = {
    server: 0,
    loadGenerator: 1,
    database: availableParallelism() > 2 ? 2 : 1,
  };
  const { status } = spawnSync('taskset', ['-c', Object.values(pinning).join(','), 'true']);
  return status === 0 ? pinning : undefined;
}

/** The command that runs `node` with `args` on one core, or anywhere. */
export function nodeCommand(core: number | undefined, args: readonly string[]): [string, string[]] {
  return core === undefined
    ? [process.execPath, [...args]]
    : ['taskset', ['-c', String(core), process.execPath, ...args]];
}

/** Moves a running process to a core, and with it the processes it starts from now on. */
export function pinProcess(pid: number, core: number): void {
  const { status, stderr } = spawnSync('taskset', ['-c', '-a', '-p', String(core), String(pid)]);
  if (status !== 0) throw new Error(`process ${pid} could not be pinned: ${String(stderr)}`);
}
