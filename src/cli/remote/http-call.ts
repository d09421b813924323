/** One HTTP call to a server: an answer of JSON, or an error that says which address was tried. */
import { CliError, exitCodes, type CliErrorOptions } from '../terminal/cli-error.ts';

const answerMillisMax = 15_000;

export interface HttpAnswer {
  status: number;
  /** undefined: there was no body, or it was not JSON. */
  body: unknown;
  requestId: string | undefined;
  etag: string | undefined;
  /** Name and value of the cookie that it sets. */
  cookie?: string | undefined;
}

/**
 * The request may have been obeyed: its connection broke before the answer was there, or nothing came in time.
 */
export class AnswerLost extends CliError {
  constructor(lines: readonly string[], options: CliErrorOptions) {
    super(exitCodes.unreachable, lines, options);
    this.name = 'AnswerLost';
  }
}

export async function callServer(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(answerMillisMax);
  const { response, text } = await reach(url, async () => {
    const answer = await fetch(url, { ...init, redirect: 'manual', signal });
    return { response: answer, text: await answer.text() };
  });
  requireNoRedirection(url, response);
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const etag = response.headers.get('etag') ?? undefined;
  const [cookie] = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
  return { status: response.status, body: parseJson(text), requestId, etag, cookie };
}

export interface OpenedAnswer {
  status: number;
  /** As it comes, however long it is. Throws a CliError when it breaks off. */
  chunks: AsyncIterable<string>;
}

/** The same for an answer that may be longer than memory: only its beginning has to come in time. */
export async function openAnswer(url: string, init: RequestInit = {}): Promise<OpenedAnswer> {
  const begun = new AbortController();
  const timer = setTimeout(
    () => begun.abort(new DOMException('too late', 'TimeoutError')),
    answerMillisMax,
  );
  const response = await reach(url, () =>
    fetch(url, { ...init, redirect: 'manual', signal: begun.signal }),
  ).finally(() => clearTimeout(timer));
  requireNoRedirection(url, response);
  return { status: response.status, chunks: readChunks(url, response) };
}

async function* readChunks(url: string, response: Response): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reach(url, async () => reader?.read());
    if (part === undefined || part.done) return;
    yield decoder.decode(part.value, { stream: true });
  }
}

function requireNoRedirection(url: string, { status, headers }: Response): void {
  if (status < 300 || status >= 400 || status === 304) return;
  throw new CliError(exitCodes.refused, [
    `${url} answers with a redirection to ${headers.get('location') ?? 'nowhere'}`,
    'A credential is sent to the address that was named and to no other: name the issuer itself with --issuer.',
  ]);
}

async function reach<Result>(url: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    const lines = [
      `no server answers at ${new URL(url).origin}: ${describeCause(cause)}`,
      'Start one with "npx latchkey serve", or name another with --issuer or LATCHKEY_ISSUER.',
    ];
    if (mayHaveArrived(cause)) throw new AnswerLost(lines, { cause });
    throw new CliError(exitCodes.unreachable, lines, { cause });
  }
}

/** Codes of a connection that was there, and is not any more. */
const breaks: readonly string[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

function mayHaveArrived(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError' || breaks.includes(codeOf(error))) return true;
  return mayHaveArrived(error.cause);
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'it took too long',
  UND_ERR_CONNECT_TIMEOUT: 'it took too long',
};

/** `fetch` says "fetch failed"; the reason is in the cause. */
function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `nothing came within ${answerMillisMax / 1000} seconds`;
  if (error.cause !== undefined) return describeCause(error.cause);
  const code = codeOf(error);
  return reasons[code] ?? (error.message || code);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The caller sees an answer without a body it knows.
    return undefined;
  }
}
