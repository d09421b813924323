/**
 * Answers to what Node cannot read as an HTTP request (RFC 9112), or not in time. Left alone it sends a bare
 * status line: no body, no request id, no log.
 */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';
import { formatProblem } from './problem.ts';

interface Refusal {
  status: number;
  code: string;
  title: string;
  detail: string;
}

const refusals: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'header_too_large',
    title: 'The head of the request is too large',
    detail: 'the request line and all header fields together must be at most 16 KiB',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'payload_too_large',
    title: 'The body is too large',
    detail: 'the chunk extensions are too long: leave them out',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request_timeout',
    title: 'The request took too long',
    detail: 'send the head within 10 seconds and the whole request within 12',
  },
};

const unreadable: Refusal = {
  status: 400,
  code: 'unreadable_request',
  title: 'The request is not readable',
  detail: 'this is not a well-formed HTTP/1.1 request',
};

/** Writes the answer and closes the connection; returns its status. */
export function refuseUnreadable(
  socket: Duplex,
  failure: NodeJS.ErrnoException,
  exchange: Exchange,
): number {
  const { status, code, title, detail } = refusals[failure.code ?? ''] ?? unreadable;
  const body = formatProblem(code, status, title, detail, exchange.requestId);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Date: ${new Date().toUTCString()}`,
    `X-Request-Id: ${exchange.requestId}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ].join('\r\n');
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy());
  return status;
}
