/** Starts servers as processes of their own, each with its own folder, port and database. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileCacheOf, quickCompilerOnly } from './compile-cache.ts';
import { findFreePort } from './free-port.ts';
import { copyPreparedDatabase } from './prepared-databases.ts';
import { beginDespiteSlowDatabase } from './slow-database.ts';

const entries = {
  /** As an operator runs it. */
  main: [fileURLToPath(new URL('../../src/main.ts', import.meta.url)), 'serve'],
  /** The same with a clock that `moveClock` moves. */
  movable: [fileURLToPath(new URL('./movable-server.ts', import.meta.url))],
};

/** A client_id and its secret. */
export interface Credential {
  clientId: string;
  clientSecret: string;
}

/** What another process needs to talk to a server. */
export interface ServerAddress {
  issuer: string;
  operator: Credential;
}

export interface ServerProcess extends ServerAddress {
  port: number;
  dataDir: string;
  child: ChildProcess;
  /** Everything it wrote to standard output and standard error so far. */
  output(): string;
  /** Resolves when it serves; throws with its output when it ends before that. */
  untilReady(): Promise<void>;
  /** Moves its clock to so many milliseconds from the real one (entry `movable` only). */
  moveClock(offsetMillis: number): Promise<void>;
  /** Writes a heap snapshot, made after a full collection, to a file (entry `movable` only). */
  writeHeapSnapshot(file: string): Promise<void>;
  /** Resolves with the exit code when it has ended by itself; null after a signal. */
  untilEnded(): Promise<number | null>;
  /** SIGTERM, then resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  /** Unset: the embedded database, a prepared one unless `dataDir` is set. */
  databaseUrl?: string;
  entry?: keyof typeof entries;
  port?: number;
  /** Reuse the folder of an earlier server; it is then not removed by `stop`. */
  dataDir?: string;
  operator?: Credential;
  keyEncryptionKey?: string;
  nodeFlags?: string[];
  env?: Record<string, string>;
}

export function newCredential(): Credential {
  return {
    clientId: `operator_${randomBytes(6).toString('hex')}`,
    clientSecret: randomBytes(24).toString('hex'),
  };
}

const readyMillisMax = 90_000;
const running = new Set<ServerProcess>();

/** For `afterAll`: a server that a failed test left behind would keep the test runner from ending. */
export async function killServersLeft(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
}

/** What runs now is not of one suite: with one worker, the suites run in the process that made the shared servers. */
export function keepRunningServers(): void {
  running.clear();
}

/**
 * Resolves when the server is ready; throws with its output when it ends before that. Starts it again if need
 * be, as whoever runs servers does.
 */
export async function startServer(given: ServerOptions = {}): Promise<ServerProcess> {
  const options =
    given.databaseUrl === undefined
      ? given
      : {
          // The same again: the database remembers them.
          port: await findFreePort(),
          operator: newCredential(),
          keyEncryptionKey: randomBytes(32).toString('base64'),
          ...given,
        };
  return beginDespiteSlowDatabase(async () => {
    const server = await spawnServer(options);
    try {
      await server.untilReady();
      return server;
    } catch (error) {
      await server.kill();
      throw error;
    }
  });
}

/** Starts the process, and does not wait for anything. */
export async function spawnServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const port = options.port ?? (await findFreePort());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'latchkey-test-')));
  if (options.dataDir === undefined && options.databaseUrl === undefined) {
    copyPreparedDatabase(dataDir);
  }
  const operator = options.operator ?? newCredential();
  const issuer = options.env?.['LATCHKEY_ISSUER'] ?? `http://localhost:${port}`;
  const chunks: string[] = [];
  const child = spawn(
    process.execPath,
    [...flagsOf(options), ...entries[options.entry ?? 'movable']],
    {
      env: environmentOf(options, { port, dataDir, operator }),
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  const output = () => chunks.join('');

  const untilEnded = async () => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    return child.exitCode;
  };
  const ask = async (question: object) => {
    const answered = new AbortController();
    const { signal } = answered;
    child.send(question);
    await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`the server ended:\n${output()}`);
      }),
    ]).finally(() => answered.abort());
  };
  const server: ServerProcess = {
    issuer,
    operator,
    port,
    dataDir,
    child,
    output,
    untilReady: () => waitUntilReady(port, child, output),
    moveClock: (offsetMillis) => ask({ offsetMillis }),
    writeHeapSnapshot: (heapSnapshotFile) => ask({ heapSnapshotFile }),
    untilEnded,
    async stop() {
      child.kill('SIGTERM');
      return untilEnded();
    },
    async kill() {
      child.kill('SIGKILL');
      await untilEnded();
    },
  };
  running.add(server);
  child.once('exit', () => running.delete(server));
  return server;
}

function flagsOf({ databaseUrl, nodeFlags = [] }: ServerOptions): string[] {
  return [...nodeFlags, ...(databaseUrl === undefined ? [quickCompilerOnly] : [])];
}

function environmentOf(
  options: ServerOptions,
  own: { port: number; dataDir: string; operator: Credential },
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    ...compileCacheOf(
      `${options.entry ?? 'movable'}${options.databaseUrl === undefined ? '-embedded' : ''}`,
    ),
    PORT: String(own.port),
    LATCHKEY_METRICS_PORT: '-1',
    LATCHKEY_DATA_DIR: own.dataDir,
    LATCHKEY_DRAIN_SECONDS: '0',
    LATCHKEY_BOOTSTRAP_CLIENT_ID: own.operator.clientId,
    LATCHKEY_BOOTSTRAP_CLIENT_SECRET: own.operator.clientSecret,
    ...(options.databaseUrl === undefined
      ? {}
      : {
          DATABASE_URL: options.databaseUrl,
          LATCHKEY_KEY_ENCRYPTION_KEY:
            options.keyEncryptionKey ?? randomBytes(32).toString('base64'),
        }),
    ...options.env,
  };
}

async function waitUntilReady(
  port: number,
  child: ChildProcess,
  output: () => string,
): Promise<void> {
  const deadline = Date.now() + readyMillisMax;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the server ended:\n${output()}`);
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`the server was not ready after ${readyMillisMax} ms:\n${output()}`);
}
