/**
 * A bound on how much of a core a process may take (Linux, control groups of version 1): so that servers that could
 * fill every core of a small machine leave one to whoever loads them.
 */
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const coreShareVariable = 'BENCHMARK_CORE_SHARE';

const controller = '/sys/fs/cgroup/cpu';
const namePrefix = 'latchkey-benchmark-';
/** A fifth of the usual, so that nobody waits long for the next. */
const periodMicros = 20_000;

/** Whether processes can be bounded here, which takes root. */
export function canShareCores(): boolean {
  try {
    makeGroup(`probe-${process.pid}`, 0.5);
    removeShares();
    return true;
  } catch {
    // No such controller, or not for us.
    return false;
  }
}

/** From now on this process, all threads of it, gets no more than such a part of a core. */
export function boundOwnShare(share: number): void {
  const group = makeGroup(String(process.pid), share);
  writeFileSync(join(group, 'cgroup.procs'), String(process.pid));
}

/** Of processes that have ended. */
export function removeShares(): void {
  for (const name of readdirSync(controller)) {
    if (!name.startsWith(namePrefix)) continue;
    try {
      rmdirSync(join(controller, name));
    } catch {
      // Somebody is still in it.
    }
  }
}

function makeGroup(name: string, share: number): string {
  const group = join(controller, `${namePrefix}${name}`);
  mkdirSync(group);
  writeFileSync(join(group, 'cpu.cfs_period_us'), String(periodMicros));
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(Math.round(periodMicros * share)));
  return group;
}
