/** POST /oauth2/token: the client credentials grant (RFC 6749 §4.4), guard → engine → one way to answer. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Exchange } from '../http/exchange.ts';
import { retryAfterSeconds } from '../http/problem.ts';
import { OAuthError } from '../model/oauth-error.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { Engine } from './engine.ts';
import { readTokenRequest } from './token-request.ts';

/**
 * No 401 sooner than this after its request, and then only at multiples of it: neither memory nor database
 * nor road shows (S6), also when a busy database takes longer.
 */
const refusalMillisStep = 10;

export class TokenEndpoint {
  readonly #issuer: string;
  readonly #engine: Engine;

  constructor(dependencies: { issuer: string; engine: Engine }) {
    this.#issuer = dependencies.issuer;
    this.#engine = dependencies.engine;
  }

  async handle(req: IncomingMessage, res: ServerResponse, exchange: Exchange): Promise<void> {
    exchange.route = 'token';
    // Until there is another: the caller may go away first.
    exchange.outcome = 'aborted';
    // The head may come long before the rest; what is timed is the answer to the whole request.
    let receivedAt = exchange.startedAt;
    req.once('end', () => {
      receivedAt = performance.now();
    });
    try {
      if (req.method !== 'POST') {
        res.setHeader('Allow', 'POST');
        throw new OAuthError('invalid_request', 'use POST', { status: 405 });
      }
      const request = await readTokenRequest(req, res, this.#issuer);
      const { body, client } = await this.#engine.answer(req, res, request);
      exchange.clientId = client.clientId;
      exchange.outcome = 'issued';
      send(res, 200, body);
    } catch (error) {
      await this.#refuse(res, exchange, error, receivedAt);
    }
  }

  async #refuse(
    res: ServerResponse,
    exchange: Exchange,
    error: unknown,
    receivedAt: number,
  ): Promise<void> {
    const refusal = toRefusal(error);
    exchange.outcome = refusal.code;
    exchange.failure = error;
    if (res.headersSent) {
      // Nothing can be said any more; throwing here would end the process.
      res.destroy();
      return;
    }
    if (refusal.status === 401) {
      res.setHeader('WWW-Authenticate', `Basic realm="${this.#issuer}"`);
      const elapsed = performance.now() - receivedAt;
      // A timer may fire a little early, so one more millisecond.
      await sleep(refusalMillisStep - (elapsed % refusalMillisStep) + 1);
    }
    if (refusal.status === 503) res.setHeader('Retry-After', String(retryAfterSeconds));
    send(res, refusal.status, { error: refusal.code, error_description: refusal.description });
  }
}

function toRefusal(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof StoreUnavailable) {
    return new OAuthError(
      'temporarily_unavailable',
      'the server cannot answer now: try again in a moment',
      {
        status: 503,
        cause: error,
      },
    );
  }
  return new OAuthError(
    'server_error',
    'the server failed: quote the X-Request-Id to its operator',
    {
      status: 500,
      cause: error,
    },
  );
}

/** RFC 6749 §5.1: no answer of this endpoint may be stored. */
function send(res: ServerResponse, status: number, body: object): void {
  const json = Buffer.from(JSON.stringify(body));
  // Named, or the engine's own phrase would stay.
  res.writeHead(status, STATUS_CODES[status], {
    'Content-Type': 'application/json',
    'Content-Length': json.length,
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
  });
  res.end(json);
}
