/** What every OAuth endpoint answers alike: one method, errors (RFC 6749 §5.2), and when a 401 leaves. */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnswerTurn } from '../http/answer-turn.ts';
import { BodyError, closeIfUnread, receiveBody } from '../http/bodies.ts';
import { answerHeaders, type Exchange } from '../http/exchange.ts';
import { retryAfterSeconds } from '../http/problem.ts';
import { OAuthError } from '../model/oauth-error.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import { guardHead } from './client-request.ts';
import type { GuessBrake } from './guess-brake.ts';
import { untilRefusalsLeave, type ReadingMillis } from './refusal-departure.ts';

const bodyBytesMax = 16_384;
/** An answer that a change overtakes is made again, and again if need be. */
const attemptsMax = 5;

/** Made once: it must cost next to nothing. */
const overloaded = new OAuthError(
  'temporarily_unavailable',
  'the server is overloaded: try again in a moment',
  { status: 503 },
);

/** The answer to a request that is not refused. */
export interface OAuthAnswer {
  /** All of it ASCII; undefined: an empty body. */
  json: string | undefined;
  /** What the access log and the metrics call it. */
  outcome: string;
  /** It leaves when a 401 would, so that its time does not tell how it came about. */
  leavesLikeRefusal?: boolean;
  /**
   * Asked last of all, when nothing is waited for any more: whether it may leave. False: a change has
   * overtaken it, and the request is answered anew.
   */
  release?: () => boolean;
}

/** A request whose head passed the guard, and whose body has come. */
export interface ReceivedRequest {
  req: IncomingMessage;
  res: ServerResponse;
  body: string;
  exchange: Exchange;
}

interface Waiting {
  request: ReceivedRequest;
  receivedAt: number;
  refuse: (error: unknown) => void;
}

export interface OAuthEndpointDependencies {
  issuer: string;
  /** The same for every way to authenticate. */
  brake: GuessBrake;
  /** What else is answered in this process; default: nothing. */
  turn?: AnswerTurn;
  /** Default: nothing takes any time. */
  readingMillis?: ReadingMillis;
}

export abstract class OAuthEndpoint {
  protected readonly issuer: string;
  readonly #route: string;
  readonly #brake: GuessBrake;
  readonly #readingMillis: ReadingMillis;
  readonly #turn: AnswerTurn;

  /** `route` is its name in the log and the metrics. */
  constructor(dependencies: OAuthEndpointDependencies, route: string) {
    const { issuer, brake, turn, readingMillis = () => 0 } = dependencies;
    this.issuer = issuer;
    this.#brake = brake;
    this.#turn = turn ?? new AnswerTurn();
    this.#readingMillis = readingMillis;
    this.#route = route;
  }

  /**
   * Throws an OAuthError for what it refuses; anything else it throws is a failure of ours. A promise only
   * where something is waited for: most tokens are answered without one.
   */
  protected abstract answer(request: ReceivedRequest): OAuthAnswer | Promise<OAuthAnswer>;

  /** Never throws. */
  handle(req: IncomingMessage, res: ServerResponse, exchange: Exchange): void {
    exchange.route = this.#route;
    // Until there is another: the caller may go away first.
    exchange.outcome = 'aborted';
    // The head may come long before the rest; what is timed is the answer to the whole request.
    let receivedAt = exchange.startedAt;
    const refuse = (error: unknown) => void this.#refuse(res, exchange, error, receivedAt);
    const onBody = (body: string) => {
      receivedAt = performance.now();
      const waiting = { request: { req, res, body, exchange }, receivedAt, refuse };
      this.#turn.add({
        make: () => this.#make(waiting, 1),
        shed: () => refuse(overloaded),
      });
    };
    try {
      if (req.method !== 'POST') {
        res.setHeader('Allow', 'POST');
        throw new OAuthError('invalid_request', 'use POST', { status: 405 });
      }
      guardHead(req, this.issuer);
      receiveBody(req, res, { bytesMax: bodyBytesMax, onBody, onError: refuse });
    } catch (error) {
      // Not before the rest of the packet has been looked at: it may be no HTTP at all.
      process.nextTick(refuse, error);
    }
  }

  /** What sends the answer; undefined when that is a matter of its own. */
  #make(waiting: Waiting, attempt: number): (() => void) | undefined {
    const { request, refuse } = waiting;
    try {
      const answer = this.answer(request);
      if (!(answer instanceof Promise)) return () => this.#send(waiting, answer, attempt);
      answer.then((later) => this.#sendInTime(waiting, later, attempt)).catch(refuse);
    } catch (error) {
      refuse(error);
    }
    return undefined;
  }

  async #sendInTime(waiting: Waiting, answer: OAuthAnswer, attempt: number): Promise<void> {
    if (answer.leavesLikeRefusal) {
      await untilRefusalsLeave(waiting.receivedAt, this.#readingMillis);
    }
    this.#send(waiting, answer, attempt);
  }

  #send(waiting: Waiting, answer: OAuthAnswer, attempt: number): void {
    const { request, refuse } = waiting;
    try {
      if (answer.release === undefined || answer.release()) {
        succeed(request.res, request.exchange, answer);
      } else if (attempt < attemptsMax) {
        this.#make(waiting, attempt + 1)?.();
      } else {
        refuse(
          new StoreUnavailable(new Error('the registry changes faster than it can be obeyed')),
        );
      }
    } catch (error) {
      refuse(error);
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
      res.setHeader('WWW-Authenticate', `Basic realm="${this.issuer}"`);
      const { presentedClientId, address } = exchange;
      await this.#brake.hold(this.#brake.countRefusal(presentedClientId, address), sleep);
      await untilRefusalsLeave(receivedAt, this.#readingMillis);
    }
    const retryAfter =
      refusal.retryAfterSeconds ?? (refusal.status === 503 ? retryAfterSeconds : undefined);
    if (retryAfter !== undefined) res.setHeader('Retry-After', String(retryAfter));
    closeIfUnread(res);
    const answer = { error: refusal.code, error_description: refusal.description };
    send(res, exchange, refusal.status, JSON.stringify(answer));
  }
}

function succeed(res: ServerResponse, exchange: Exchange, { json, outcome }: OAuthAnswer): void {
  exchange.outcome = outcome;
  send(res, exchange, 200, json);
}

function toRefusal(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof BodyError) {
    return new OAuthError('invalid_request', error.message, { status: error.status });
  }
  if (error instanceof StoreUnavailable) {
    return new OAuthError(
      'temporarily_unavailable',
      'the server cannot answer now: try again in a moment',
      { status: 503, cause: error },
    );
  }
  return new OAuthError(
    'server_error',
    'the server failed: quote the X-Request-Id to its operator',
    { status: 500, cause: error },
  );
}

const jsonType = ['Content-Type', 'application/json'];

/** RFC 6749 §5.1: no answer of these endpoints may be stored. Head and body, both ASCII, leave in one write. */
function send(
  res: ServerResponse,
  exchange: Exchange,
  status: number,
  json: string | undefined,
): void {
  // A flat list is written as it is, in half the time of an object. The phrase is named, or the engine's
  // own would stay.
  res.writeHead(status, STATUS_CODES[status], [
    ...answerHeaders(exchange),
    ...(json === undefined ? [] : jsonType),
    'Content-Length',
    String(json?.length ?? 0),
    'Cache-Control',
    'no-store',
    'Pragma',
    'no-cache',
  ]);
  // Copied as it is: nothing needs to be encoded.
  res.end(json, 'latin1');
}
