/** Structured logs (pino): one line per request, and none of them with a header, a query or a body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pino, type Logger } from 'pino';
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
  return pino({
    level,
    base: { service: 'latchkey' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: redactedKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]),
      censor: '[redacted]',
    },
    serializers: { err: describeError },
    ...(process.stdout.isTTY
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'service,pid,hostname', translateTime: 'HH:MM:ss' },
          },
        }
      : {}),
  });
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

/** A refused request is INFO, a failure of ours is ERROR: it wakes someone. */
export function logExchange(
  log: Log,
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
): void {
  const line = {
    request_id: exchange.requestId,
    method: req.method,
    route: exchange.route,
    status: res.statusCode,
    duration_ms: Math.round((performance.now() - exchange.startedAt) * 100) / 100,
    address: exchange.address,
    ...(exchange.clientId === undefined ? {} : { client_id: exchange.clientId }),
    ...(exchange.outcome === undefined ? {} : { outcome: exchange.outcome }),
    ...(res.writableFinished ? {} : { aborted: true }),
  };
  if (res.statusCode === 503) log.warn({ ...line, err: exchange.failure }, 'request answered 503');
  else if (res.statusCode >= 500) log.error({ ...line, err: exchange.failure }, 'request failed');
  else log.info(line, 'request');
}
