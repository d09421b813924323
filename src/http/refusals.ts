/** What the listener refuses on every route alike, before any is chosen: as problem details (RFC 9457). */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerHeaders, type Exchange } from './exchange.ts';
import { formatProblem, retryAfterSeconds } from './problem.ts';

export interface Refusal {
  status: number;
  code: string;
  title: string;
  detail: string;
  /** The route that log and metrics name; undefined: the one there is. */
  route?: string;
  /** Names and values in turn. */
  headers?: readonly string[];
  keepsConnection?: boolean;
}

const headersMax = 100;

const tooManyHeaders: Refusal = {
  status: 431,
  code: 'too_many_headers',
  title: 'Too many header fields',
  detail: `send at most ${headersMax} header fields`,
};

const unknownFraming: Refusal = {
  status: 400,
  code: 'unreadable_request',
  title: 'The request is not readable',
  detail: 'the only transfer coding is chunked, once, in HTTP/1.1',
  route: 'unreadable',
};

const nothingHere: Refusal = {
  status: 404,
  code: 'not_found',
  title: 'Not found',
  detail: 'there is nothing here',
};

/** No proxy, and nothing here is of a host that the caller names, be it ours (RFC 9110 §15.5.20). */
const namesHost: Refusal = {
  status: 421,
  code: 'misdirected_request',
  title: 'The request is for another server',
  detail: 'the target of the request names a host: send the path alone',
};

const absoluteForm = /^[a-z][a-z\d+.-]*:/i;

export const unknownExpectation: Refusal = {
  status: 417,
  code: 'expectation_failed',
  title: 'The expectation cannot be met',
  detail: 'the only expectation that can be met is 100-continue',
};

/** No proxy: no target has a method that would open a tunnel (RFC 9110 §9.3.6, §10.2.1). */
export const noTunnel: Refusal = {
  status: 405,
  code: 'method_not_allowed',
  title: 'The method is not allowed here',
  detail: 'this server is no proxy',
  headers: ['Allow', ''],
};

const overloaded: Refusal = {
  status: 503,
  code: 'unavailable',
  title: 'Temporarily unavailable',
  detail: 'the server is overloaded: try again in a moment',
  headers: ['Retry-After', String(retryAfterSeconds)],
  keepsConnection: true,
};

/** Why no route is to see this request; undefined for nearly all. */
export function findHeadRefusal(req: IncomingMessage): Refusal | undefined {
  // Node would drop headers above its own limit in silence; ours is an answer.
  if (req.rawHeaders.length / 2 > headersMax) return tooManyHeaders;
  const coding = req.headers['transfer-encoding'];
  if (coding !== undefined && !isChunkedAlone(req, coding)) return unknownFraming;
  // Origin form (RFC 9112 §3.2.1).
  if (req.url?.startsWith('/')) return undefined;
  return absoluteForm.test(req.url ?? '') ? namesHost : nothingHere;
}

/** RFC 9112 §6.1: Node takes other codings before the last one, undecoded. */
function isChunkedAlone(req: IncomingMessage, coding: string): boolean {
  return req.httpVersion === '1.1' && coding.toLowerCase() === 'chunked';
}

/** Costs next to nothing: whoever is served meanwhile pays for it. */
export function refuseOverloaded(res: ServerResponse, exchange: Exchange): void {
  refuse(res, exchange, overloaded);
}

export function refuse(res: ServerResponse, exchange: Exchange, refusal: Refusal): void {
  exchange.route = refusal.route ?? exchange.route;
  const { headers, body } = formatAnswer(refusal, exchange);
  res.writeHead(refusal.status, headers);
  res.end(body);
}

/** The same where there is no response object; nothing can be written after it. Returns its status. */
export function refuseRaw(socket: Duplex, exchange: Exchange, refusal: Refusal): number {
  exchange.route = refusal.route ?? exchange.route;
  const { status } = refusal;
  const { headers, body } = formatAnswer(refusal, exchange);
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`];
  lines.push(`Date: ${new Date().toUTCString()}`);
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
  return status;
}

function formatAnswer(
  { status, code, title, detail, headers = [], keepsConnection = false }: Refusal,
  exchange: Exchange,
): { headers: string[]; body: string } {
  const body = formatProblem(code, status, title, detail, exchange.requestId);
  return {
    body,
    headers: [
      ...answerHeaders(exchange),
      ...headers,
      'Content-Type',
      'application/problem+json',
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-store',
      'Connection',
      keepsConnection ? 'keep-alive' : 'close',
    ],
  };
}
