/**
 * Preloaded into every server of a benchmark (`node --import`), and so into its workers: tells the benchmark,
 * when it asks, what this process has used; and ends with it.
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import type { Client } from 'pg';
import { boundOwnShare, coreShareVariable } from './core-share.ts';

export interface ProcessReport {
  /** User and system time of all threads since the start, in microseconds. */
  cpuMicros: number;
  residentBytes: number;
  /** Objects on V8's heap, and what Buffers hold beside it. */
  heapBytes: number;
  bufferBytes: number;
  /** Clients that were looked up in the database for a token. */
  clientsRead: number;
}

/** `collected`: after a full collection of garbage. */
export type ReportQuestion = 'now' | 'collected';

export const reportPortVariable = 'BENCHMARK_REPORT_PORT';
/** Of src/store/records/token-client-reader.ts; the first parameter has one entry per client, and may have empty ones. */
const clientStatement = 'read-token-clients';

let clientsRead = 0;

function report(): ProcessReport {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    cpuMicros: user + system,
    residentBytes: rss,
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    clientsRead,
  };
}

async function collectGarbage(): Promise<void> {
  // What the first one finds may hold what the second one frees: Buffers are freed a turn later.
  for (let times = 0; times < 2; times += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function countClientsRead(): Promise<void> {
  const { default: pg } = await import('pg');
  // Called with the client it belongs to, below.
  // oxlint-disable-next-line typescript/unbound-method
  const query = pg.Client.prototype.query;
  const counting = function (this: Client, ...parameters: unknown[]): unknown {
    const [config] = parameters;
    if (isClientStatement(config))
      clientsRead += config.values[0]?.filter((id) => id !== null).length ?? 0;
    return Reflect.apply(query, this, parameters);
  };
  // It takes and returns whatever the one it stands for does.
  pg.Client.prototype.query = counting as typeof query;
}

function isClientStatement(config: unknown): config is { values: unknown[][] } {
  return (
    typeof config === 'object' &&
    config !== null &&
    'name' in config &&
    config.name === clientStatement
  );
}

const share = process.env[coreShareVariable];
if (share !== undefined) boundOwnShare(Number(share));

const port = process.env[reportPortVariable];
if (port !== undefined) {
  if (process.env['DATABASE_URL'] !== undefined) await countClientsRead();
  const socket = connect(Number(port), '127.0.0.1');
  // A server that has closed ends, whoever may still ask.
  socket.unref();
  socket.on('error', () => undefined);
  socket.once('close', () => process.kill(process.pid, 'SIGTERM'));
  createInterface({ input: socket }).on('line', (question) => {
    const answer = () => socket.write(`${JSON.stringify(report())}\n`);
    if (question === 'collected') void collectGarbage().then(answer);
    else answer();
  });
}
