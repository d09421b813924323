/** Sends bytes as they are to a server and reads the answers, for requests that no HTTP client would send. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';

export interface RawAnswer {
  status: number;
  /** Names in lower case, in the order they came. */
  headers: [name: string, value: string][];
  body: string;
}

export interface RawExchange {
  answers: RawAnswer[];
  /** Milliseconds from the first byte sent to the last byte of the last answer. */
  millis: number;
  /** Milliseconds until the server closed the connection; undefined while it was open. */
  closedAfterMillis: number | undefined;
}

export interface RawOptions {
  /** Resolve after so many answers, 1xx included (default 1); Infinity: when the server closes. */
  answers?: number;
  /** The answers have no body, whatever they announce. */
  isHead?: boolean;
  /** End our half of the connection after the last piece. */
  endAfter?: boolean;
  /** Between two pieces; default 0. */
  pauseMillis?: number;
  /** Default 5,000. */
  timeoutMillis?: number;
}

/** Where a server listens; the issuer's port is its own. */
export interface RawTarget {
  issuer: string;
}

type Piece = string | Uint8Array;

/**
 * A connection that is closed by then was closed for what came over it: the first of the server's own times for a
 * request ends after 10 seconds.
 */
export const closedAtOnceMillisMax = 8_000;

/**
 * Writes `pieces` one after another, and resolves when the answers are there or the server has closed the
 * connection. Rejects after `timeoutMillis`.
 */
export async function sendRaw(
  server: RawTarget,
  pieces: Piece | Iterable<Piece>,
  options: RawOptions = {},
): Promise<RawExchange> {
  const { answers: wanted = 1, isHead = false, endAfter = false } = options;
  const { pauseMillis = 0, timeoutMillis = 30_000 } = options;
  const socket = connect(Number(new URL(server.issuer).port), '127.0.0.1');
  const startedAt = performance.now();
  let received = Buffer.alloc(0);
  let timer: NodeJS.Timeout | undefined;
  const exchanged = new Promise<RawExchange>((resolve, reject) => {
    let lastByteAt = startedAt;
    const finish = (isClosed: boolean) => {
      const answers = parseAnswers(received, isHead, isClosed);
      if (answers.length < wanted && !isClosed) return;
      resolve({
        answers,
        millis: lastByteAt - startedAt,
        closedAfterMillis: isClosed ? performance.now() - startedAt : undefined,
      });
    };
    timer = setTimeout(() => {
      reject(new Error(`not done after ${timeoutMillis} ms; received: ${received.toString()}`));
    }, timeoutMillis);
    socket.on('data', (chunk) => {
      lastByteAt = performance.now();
      received = Buffer.concat([received, chunk]);
      finish(false);
    });
    // A reset while we still write is how a server stops a sender; 'close' follows.
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
  });
  const list = typeof pieces === 'string' || pieces instanceof Uint8Array ? [pieces] : pieces;
  const [result] = await Promise.all([
    exchanged.finally(() => {
      clearTimeout(timer);
      socket.destroy();
    }),
    (async () => {
      for (const piece of list) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pauseMillis > 0) await sleep(pauseMillis);
      }
      if (endAfter) socket.end();
    })(),
  ]);
  return result;
}

/** The one answer to one request. */
export async function answerRaw(
  server: RawTarget,
  pieces: Piece | Iterable<Piece>,
  options: RawOptions = {},
): Promise<RawAnswer> {
  const { answers } = await sendRaw(server, pieces, options);
  const [answer] = answers;
  if (answer === undefined) throw new Error('the server closed the connection without an answer');
  return answer;
}

/** All values of one header, joined as HTTP joins them; undefined when it is not there. */
export function headerOf(answer: RawAnswer, name: string): string | undefined {
  const values = answer.headers.filter(([header]) => header === name).map(([, value]) => value);
  return values.length === 0 ? undefined : values.join(', ');
}

/** Complete answers only; one without a length ends with the connection. */
function parseAnswers(received: Buffer, isHead: boolean, isClosed: boolean): RawAnswer[] {
  const answers: RawAnswer[] = [];
  let rest = received;
  while (rest.length > 0) {
    const headEnd = rest.indexOf('\r\n\r\n');
    if (headEnd < 0) break;
    const [statusLine = '', ...lines] = rest.subarray(0, headEnd).toString('latin1').split('\r\n');
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    const answer = { status: Number(statusLine.split(' ')[1]), headers, body: '' };
    const body = takeBody(rest.subarray(headEnd + 4), answer, isHead, isClosed);
    if (body === undefined) break;
    answers.push({ ...answer, body: body.text });
    rest = body.rest;
  }
  return answers;
}

function takeBody(
  rest: Buffer,
  answer: RawAnswer,
  isHead: boolean,
  isClosed: boolean,
): { text: string; rest: Buffer } | undefined {
  const { status } = answer;
  if (isHead || status < 200 || status === 204 || status === 304) return { text: '', rest };
  if (headerOf(answer, 'transfer-encoding') === 'chunked') return takeChunks(rest);
  const length = headerOf(answer, 'content-length');
  if (length === undefined) {
    return isClosed ? { text: rest.toString(), rest: Buffer.alloc(0) } : undefined;
  }
  if (rest.length < Number(length)) return undefined;
  return { text: rest.toString('utf8', 0, Number(length)), rest: rest.subarray(Number(length)) };
}

function takeChunks(body: Buffer): { text: string; rest: Buffer } | undefined {
  const chunks: Buffer[] = [];
  let rest = body;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString('latin1', 0, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (size === 0) return { text: Buffer.concat(chunks).toString(), rest: rest.subarray(next) };
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    rest = rest.subarray(next);
  }
}

const oauthErrors = [
  'invalid_request',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
];

/**
 * What holds for every answer of the public listener (INV1, 2, 3, 4, 5, 6 and 9); `isTokenEndpoint` when
 * the request was for it. INV8 is `expectPrompt`.
 */
export function expectInvariants(answer: RawAnswer, isTokenEndpoint = true): void {
  const { status, body } = answer;
  if (status < 200) return;
  expect(status).toBeLessThan(500);
  expect(headerOf(answer, 'x-content-type-options')).toBe('nosniff');
  for (const name of ['server', 'x-powered-by', 'set-cookie']) {
    expect([name, headerOf(answer, name)]).toEqual([name, undefined]);
  }
  // P-055
  if (status === 401)
    expect(headerOf(answer, 'www-authenticate')).toMatch(/^(Basic|Bearer) realm="/);
  if (isTokenEndpoint) expect(headerOf(answer, 'cache-control')).toBe('no-store');
  if (isTokenEndpoint) expect(headerOf(answer, 'access-control-allow-origin')).toBeUndefined();
  if (status < 400) return;
  expect(body).not.toMatch(/ at .*:\d+:\d+|node_modules|SELECT |lks_[0-9A-Za-z]{43}/);
  if (body === '') return;
  expect(headerOf(answer, 'content-type')).toMatch(
    /^application\/(problem\+)?json(; charset=utf-8)?$/,
  );
  const fields = JSON.parse(body) as { error?: string; error_description?: string; code?: string };
  if (fields.error === undefined) {
    // RFC 9457, for what is not an answer of the token endpoint.
    expect(fields).toMatchObject({ status, code: expect.any(String) });
    return;
  }
  expect(headerOf(answer, 'content-type')).toBe('application/json');
  expect(oauthErrors).toContain(fields.error);
  expect(fields.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/);
}

/** INV8: answered within two seconds. */
export function expectPrompt({ millis }: RawExchange): void {
  expect(millis).toBeLessThan(2000);
}

/** What every path answers that is none of ours: a problem (RFC 9457). */
export function expectNothingHere(answer: RawAnswer): void {
  expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toEqual({
    status: 404,
    body: {
      type: 'urn:latchkey:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: 'there is nothing here',
      code: 'not_found',
      request_id: headerOf(answer, 'x-request-id'),
    },
  });
  expect(headerOf(answer, 'content-type')).toBe('application/problem+json');
}
