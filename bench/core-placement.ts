/** Which cores run what, so that neither the load generator nor the database takes time from the server. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Cores by their numbers. */
export type Cores = readonly number[];

export interface CorePlacement {
  /** The one server under load. */
  server: Cores;
  loadGenerator: Cores;
  database: Cores;
  /** Who changes the registry meanwhile, and the instance they talk to. */
  neighbours: Cores;
  /** The most of a core that a process of the server may take; undefined: all of them. */
  share?: number;
}

/** The cores this process may use; undefined where processes cannot be told theirs: no `taskset` (util-linux). */
export function findCores(): Cores | undefined {
  const cores = listAllowedCores();
  const { status } = spawnSync('taskset', ['-c', cores.join(','), 'true']);
  return status === 0 ? cores : undefined;
}

/**
 * The first `serverCores` for the server and others for the rest, each as far from it as there are cores;
 * all for everybody when there are not enough. `canShare`: then one is left over all the same, because each
 * process of the server takes only its share of the others.
 */
export function placeOnCores(
  cores: Cores,
  serverCores: number,
  canShare: boolean = false,
): CorePlacement {
  const [loadGenerator, database, neighbours] = cores.slice(serverCores);
  if (loadGenerator === undefined) {
    const everywhere = { server: cores, loadGenerator: cores, database: cores, neighbours: cores };
    const share = (cores.length - 1) / serverCores;
    return canShare && share > 0 ? { ...everywhere, share } : everywhere;
  }
  return {
    server: cores.slice(0, serverCores),
    loadGenerator: [loadGenerator],
    database: [database ?? loadGenerator],
    neighbours: [neighbours ?? database ?? loadGenerator],
  };
}

/** One sentence that says it to whoever reads the numbers. */
export function describePlacement(placement: CorePlacement | undefined): string {
  if (placement === undefined) {
    return 'No process was bound to a core: servers, load generator and PostgreSQL may have shared them.';
  }
  const { server, loadGenerator, database, share } = placement;
  if (share !== undefined) {
    return `Each process of a server was held to ${Math.round(share * 100)} % of a core, by a quota of the kernel, so that one of the ${server.length} cores was left to the load generator and PostgreSQL.`;
  }
  const count = server.length === 1 ? 'one core' : `${server.length} cores`;
  if (loadGenerator === server) {
    return `Every server was free to use ${count}, and so were the load generator and PostgreSQL beside it: there were no more.`;
  }
  const rest =
    database[0] === loadGenerator[0]
      ? 'the load generator and PostgreSQL shared another'
      : 'the load generator and PostgreSQL had one each of their own';
  return `The server under load had ${count}, whatever it did there; ${rest}.`;
}

/** The command that runs `node` with `args` on some cores, or anywhere. */
export function nodeCommand(cores: Cores | undefined, args: readonly string[]): [string, string[]] {
  return cores === undefined
    ? [process.execPath, [...args]]
    : ['taskset', ['-c', cores.join(','), process.execPath, ...args]];
}

/** Moves a running process to some cores, and with it the processes it starts from now on. */
export function bindProcess(pid: number, cores: Cores): void {
  const { status, stderr } = spawnSync('taskset', ['-c', '-a', '-p', cores.join(','), String(pid)]);
  // It may have ended meanwhile.
  if (status !== 0 && existsSync(`/proc/${pid}`)) {
    throw new Error(`process ${pid} could not be bound: ${String(stderr)}`);
  }
}

/** In a container they need not begin at 0. */
function listAllowedCores(): number[] {
  try {
    const status = readFileSync('/proc/self/status', 'utf8');
    const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(status)?.[1];
    if (list !== undefined) return parseCoreList(list);
  } catch {
    // No /proc: not Linux, and no taskset either.
  }
  return Array.from({ length: availableParallelism() }, (_, core) => core);
}

/** As Linux writes it: `0-2,5`. */
export function parseCoreList(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}
