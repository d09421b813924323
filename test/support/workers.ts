/** A server of several processes: who they are, connections to one of them, and whether any is left. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { HttpConnections } from './http-connections.ts';
import { startServer, type ServerOptions, type ServerProcess } from './server-process.ts';
import { until } from './until.ts';

export type LogLine = Record<string, unknown>;

export interface WorkerFacts {
  worker: number;
  pid: number;
}

/** As an operator runs it, with the given number of workers. */
export async function startWorkers(
  count: number,
  options: ServerOptions & { databaseUrl: string },
): Promise<ServerProcess> {
  const server = await startServer({
    ...options,
    entry: 'main',
    env: { LATCHKEY_WORKERS: String(count), ...options.env },
  });
  await untilWorkers(server, count);
  return server;
}

/** The finished lines of its log; the welcome text among them is for people. Throws when one is torn. */
export function readLog(server: ServerProcess): LogLine[] {
  return server
    .output()
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

/** Every worker that ever served, by their numbers. */
export function readWorkers(server: ServerProcess): WorkerFacts[] {
  return readLog(server)
    .filter(({ msg, worker }) => msg === 'serving' && worker !== undefined)
    .map(({ worker, pid }) => ({ worker: Number(worker), pid: Number(pid) }))
    .toSorted((one, other) => one.worker - other.worker);
}

/** What it said last. */
export function tailOf(server: ServerProcess): string {
  return server.output().slice(-3_000);
}

export async function untilWorkers(server: ServerProcess, count: number): Promise<WorkerFacts[]> {
  await until(
    () => readWorkers(server).length >= count,
    `${count} workers served`,
    () => tailOf(server),
  );
  return readWorkers(server);
}

/** One connection to each, one after the other: they go to the workers in turn. */
export async function connectToEach(
  server: ServerProcess,
  workers: readonly number[],
): Promise<HttpConnections[]> {
  const connections: HttpConnections[] = [];
  for (const worker of workers) connections.push(await connectTo(server, worker));
  return connections;
}

/** One connection that the given worker answers. */
export async function connectTo(server: ServerProcess, worker: number): Promise<HttpConnections> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const connection = new HttpConnections(server.port, 1);
    const answer = await connection.send({ path: `/health/live?${randomUUID()}` });
    if ((await findWorker(server, String(answer.headers['x-request-id']))) === worker) {
      return connection;
    }
    connection.close();
  }
  throw new Error(`no connection went to worker ${worker}`);
}

/** Who answered a request, from its line in the log. */
export async function findWorker(server: ServerProcess, requestId: string): Promise<number> {
  const find = () => readLog(server).find((line) => line['request_id'] === requestId);
  await until(
    () => find() !== undefined,
    `a line about ${requestId}`,
    () => tailOf(server),
  );
  return Number(find()?.['worker']);
}

/** The processes it has started, whether or not they have said anything yet. */
export async function listChildren(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child = 0, parent]) => (parent === pid ? [child] : []));
}

const frozen = new Set<number>();

/** SIGSTOP. */
export function freeze(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  frozen.add(pid);
}

/** For `afterEach`: whoever is frozen does not notice that its server is gone. */
export function thawFrozen(): void {
  for (const pid of frozen) if (isRunning(pid)) process.kill(pid, 'SIGCONT');
  frozen.clear();
}

/** A dead process that nobody has buried does not count as running. */
export function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  if (existsSync('/proc/self/stat')) {
    return existsSync(file) && !/^\d+ \(.*\) [ZX]/.test(readFileSync(file, 'utf8'));
  }
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the one thing that can be wrong with signal 0.
    return false;
  }
}
