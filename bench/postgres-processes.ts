/** The processes of the PostgreSQL under Latchkey, as Linux shows them in /proc: their core and their CPU. */
import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';

export interface PostgresProcesses {
  version: string;
  dataDirectory: string;
  /** Process ids: the postmaster, and what it has started; the postmaster alone off Linux. */
  pids(): readonly number[];
  /** CPU time of each of its processes since it started, in microseconds by process id; empty off Linux. */
  cpuMicros(): ReadonlyMap<number, number>;
}

export async function findPostgresProcesses(databaseUrl: string): Promise<PostgresProcesses> {
  const connection = new pg.Client({ connectionString: databaseUrl });
  await connection.connect();
  const { rows } = await connection.query<{ backend: number; version: string; directory: string }>(
    `SELECT pg_backend_pid() AS backend, current_setting('server_version') AS version,
            current_setting('data_directory') AS directory`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not say who it is');
  const postmaster = parentOf(row.backend) ?? row.backend;
  await connection.end();
  return {
    version: row.version,
    dataDirectory: row.directory,
    pids: () => [postmaster, ...listChildren(postmaster)],
    cpuMicros: () => new Map(listChildren(postmaster).map((pid) => [pid, cpuMicrosOf(pid)])),
  };
}

function listChildren(parent: number): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && parentOf(pid) === parent);
}

/** What was used between two looks. A connection that was closed in between was idle before. */
export function cpuMicrosBetween(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number {
  return [...after].reduce((sum, [pid, micros]) => sum + micros - (before.get(pid) ?? 0), 0);
}

/** undefined when there is no such process, or no /proc. */
function parentOf(pid: number): number | undefined {
  // pid (name) state parent …: the name may hold anything but ends at the last parenthesis.
  const status = readProcess(pid, 'stat');
  return status === undefined ? undefined : Number(status.split(') ').at(-1)?.split(' ')[1]);
}

/** Time on a core in nanoseconds is the first field of `schedstat`: finer than the ticks of `stat`. */
function cpuMicrosOf(pid: number): number {
  return Number(readProcess(pid, 'schedstat')?.split(' ')[0] ?? 0) / 1000;
}

function readProcess(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended between the list and this look at it.
    return undefined;
  }
}
