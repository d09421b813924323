/** One HTTP call to a server: an answer of JSON, or an error that says which address was tried. */
import { CliError, exitCodes } from './cli-error.ts';

const answerMillisMax = 15_000;

export interface HttpAnswer {
  status: number;
  /** undefined: there was no body, or it was not JSON. */
  body: unknown;
  requestId: string | undefined;
  etag: string | undefined;
}

export async function callServer(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const { response, text } = await send(url, init);
  if (response.status >= 300 && response.status < 400 && response.status !== 304) {
    throw new CliError(exitCodes.refused, [
      `${url} answers with a redirection to ${response.headers.get('location') ?? 'nowhere'}`,
      'A credential is sent to the address that was named and to no other: name the issuer itself with --issuer.',
    ]);
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const etag = response.headers.get('etag') ?? undefined;
  return { status: response.status, body: parseJson(text), requestId, etag };
}

async function send(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(answerMillisMax),
    });
    return { response, text: await response.text() };
  } catch (cause) {
    throw new CliError(
      exitCodes.unreachable,
      [
        `no server answers at ${new URL(url).origin}: ${describeCause(cause)}`,
        'Start one with "npx latchkey serve", or name another with --issuer or LATCHKEY_ISSUER.',
      ],
      { cause },
    );
  }
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke',
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
  const code = 'code' in error ? String(error.code) : '';
  return reasons[code] ?? (error.message || code);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The caller sees an answer without a body it knows.
    return undefined;
  }
}
