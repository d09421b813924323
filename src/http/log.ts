/** Structured logs (pino): one line per request, and none of them with a header, a query or a body. */
import { pino, type Logger, type LoggerOptions } from 'pino';
import type { Exchange } from './exchange.ts';

export type Log = Logger;

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

export function createLog(level: string): Log {
  const options: LoggerOptions = {
    level,
    base: { service: 'latchkey' },
    timestamp: pino.stdTimeFunctions.isoTime,
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
  // Not pino's own writer: at exit it would try for ever to reach a reader that is gone.
  return pino(options, process.stdout);
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
}

/** A refused request is INFO, a failure of ours is ERROR: it wakes someone. */
export function logExchange(log: Log, exchange: Exchange, answer: Answer): void {
  const { method, status, aborted } = answer;
  const line = {
    request_id: exchange.requestId,
    method,
    route: exchange.route,
    status,
    duration_ms: Math.round((performance.now() - exchange.startedAt) * 100) / 100,
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
