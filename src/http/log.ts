/** Structured logs (pino): one line per request, and none of them with a header, a query or a body. */
import { pino, type Logger, type LoggerOptions } from 'pino';
import type { Exchange } from './exchange.ts';
import { LogOutput, SharedLogOutput } from './log-output.ts';

export interface Log extends Logger {
  /** Takes finished lines of the access log; undefined where people read the log and not programs. */
  lines?: {
    /** What every line has, as JSON without its braces. */
    readonly base: string;
    write(line: string): void;
    /** How many could not be written. */
    countLost(): number;
  };
}

/** Keys that would carry a secret if anybody ever logged them; their values never get out. */
const redactedKeys = [
  'authorization',
  'cookie',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'access_token',
  'token',
  'password',
  'secret',
  'privateJwk',
  'privateJwe',
  'dpop',
];

/** `shared`: other processes write to the same output, and every line has the number of its worker. */
export function createLog(level: string, shared?: { worker?: number }): Log {
  const base = { service: 'latchkey', ...shared };
  const options: LoggerOptions = {
    level,
    base,
    timestamp: isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: redactedKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
      censor: '[redacted]',
    },
    serializers: { err: describeError },
  };
  if (process.stdout.isTTY) {
    const layout = { ignore: 'service,pid,hostname', translateTime: 'HH:MM:ss' };
    return pino({ ...options, transport: { target: 'pino-pretty', options: layout } });
  }
  const baseFields = JSON.stringify(base).slice(1, -1);
  const output = new (shared ? SharedLogOutput : LogOutput)(process.stdout, (lost) =>
    formatLossLine(baseFields, lost),
  );
  const lines = {
    base: baseFields,
    write: (line: string) => output.write(line),
    countLost: () => output.lost,
  };
  return Object.assign(pino(options, output), { lines });
}

/** The same log, whose every line says which of several listeners it is about. */
export function nameListener(log: Log, listener: string): Log {
  const named: Log = log.child({ listener });
  if (log.lines) named.lines = { ...log.lines, base: `${log.lines.base},"listener":"${listener}"` };
  return named;
}

let isoTimeAt = 0;
let isoTimeText = '';

/** As pino's own, but made once per millisecond. */
function isoTime(): string {
  const now = Date.now();
  if (now !== isoTimeAt) {
    isoTimeAt = now;
    isoTimeText = `,"time":"${new Date(now).toISOString()}"`;
  }
  return isoTimeText;
}

/** Name, message and stack of an error and its causes; never its other fields: drivers put values there. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...('code' in error ? { code: error.code } : {}),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}

/** What the log and the metrics say of an answer. */
export interface Answer {
  method: string | undefined;
  /** undefined: the connection ended before there was one. */
  status: number | undefined;
  /** The connection ended before all of it was sent. */
  aborted: boolean;
  /** From the head of the request to the end of the answer. */
  millis: number;
}

/** A refused request is INFO, a failure of ours is ERROR: it wakes someone. */
export function logExchange(log: Log, exchange: Exchange, answer: Answer): void {
  const { method, status, aborted } = answer;
  if (log.lines && status !== undefined && status < 500) {
    if (log.isLevelEnabled('info')) {
      log.lines.write(formatAccessLine(log.lines.base, exchange, answer));
    }
    return;
  }
  const line = {
    request_id: exchange.requestId,
    method,
    route: exchange.route,
    status,
    duration_ms: toHundredths(answer.millis),
    address: exchange.address,
    ...(exchange.clientId === undefined ? {} : { client_id: exchange.clientId }),
    ...(exchange.outcome === undefined ? {} : { outcome: exchange.outcome }),
    ...(aborted ? { aborted } : {}),
  };
  if (status === 503) log.warn({ ...line, err: exchange.failure }, 'request answered 503');
  else if (status !== undefined && status >= 500) {
    log.error({ ...line, err: exchange.failure }, 'request failed');
  } else log.info(line, 'request');
}

/**
 * The same line as pino would write, at a tenth of its cost: there is one per token. Every text in it is
 * ours or checked, and so free of what JSON escapes: names, ids in base62, HTTP methods, IP addresses.
 */
function formatAccessLine(
  base: string,
  exchange: Exchange,
  { method, status, aborted, millis }: Answer,
): string {
  const { requestId, route, address, clientId, outcome } = exchange;
  return (
    `{"level":"info"${isoTime()},${base},"request_id":"${requestId}"` +
    (method === undefined ? '' : `,"method":"${method}"`) +
    `,"route":"${route}","status":${status},"duration_ms":${toHundredths(millis)}` +
    `,"address":"${address}"` +
    (clientId === undefined ? '' : `,"client_id":"${clientId}"`) +
    (outcome === undefined ? '' : `,"outcome":"${outcome}"`) +
    (aborted ? ',"aborted":true' : '') +
    ',"msg":"request"}\n'
  );
}

/** Also at a level that leaves warnings out: what is missing may have been an error. */
function formatLossLine(base: string, lost: number): string {
  return `{"level":"warn"${isoTime()},${base},"lost":${lost},"msg":"log lines could not be written"}\n`;
}

function toHundredths(millis: number): number {
  return Math.round(millis * 100) / 100;
}
