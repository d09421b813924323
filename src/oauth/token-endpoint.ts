/** POST /oauth2/token: the client credentials grant (RFC 6749 §4.4), guard → fast lane → engine. */
import type { Exchange } from '../http/exchange.ts';
import type { ClientUseObserver } from '../model/client-use.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { TokenClientReading } from '../model/token-client.ts';
import type { Engine, TokenAnswer } from './engine.ts';
import type { FastLane } from './fast-lane.ts';
import {
  OAuthEndpoint,
  type OAuthAnswer,
  type OAuthEndpointDependencies,
  type ReceivedRequest,
} from './oauth-endpoint.ts';
import { readTokenRequest, type TokenRequest } from './token-request.ts';

/** A token that a change overtakes is made again, and again if need be. */
const attemptsMax = 5;

interface Dependencies extends OAuthEndpointDependencies {
  fastLane: FastLane;
  engine: Engine;
  /** Whether a reading may still be acted upon. */
  clients: { isCurrent(reading: TokenClientReading): boolean };
  use: ClientUseObserver;
}

export class TokenEndpoint extends OAuthEndpoint {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    super(dependencies, 'token');
    this.#dependencies = dependencies;
  }

  protected answer(received: ReceivedRequest): OAuthAnswer | Promise<OAuthAnswer> {
    const request = readTokenRequest(received.req, received.body);
    received.exchange.presentedClientId = request.clientId;
    return this.#issue(received, request, 1);
  }

  #issue(
    received: ReceivedRequest,
    request: TokenRequest,
    attempt: number,
  ): OAuthAnswer | Promise<OAuthAnswer> {
    const { fastLane, engine } = this.#dependencies;
    const { req, res, exchange } = received;
    const release = (answer: TokenAnswer) =>
      this.#release(answer, exchange) ?? this.#issueAgain(received, request, attempt);
    const answer = fastLane.answer(request, exchange) ?? engine.answer(req, res, request, exchange);
    return answer instanceof Promise ? answer.then(release) : release(answer);
  }

  /** Last of all: no token leaves that the registry would not issue at this moment (S1). undefined: it would not. */
  #release(
    { json, reading, client, resolved }: TokenAnswer,
    exchange: Exchange,
  ): OAuthAnswer | undefined {
    const { clients, use } = this.#dependencies;
    if (!clients.isCurrent(reading)) return undefined;
    use.noteToken(client, resolved.grant, resolved.scopes, reading.nowSeconds);
    exchange.clientId = client.clientId;
    return { json, outcome: 'issued' };
  }

  #issueAgain(
    received: ReceivedRequest,
    request: TokenRequest,
    attempt: number,
  ): OAuthAnswer | Promise<OAuthAnswer> {
    if (attempt < attemptsMax) return this.#issue(received, request, attempt + 1);
    throw new StoreUnavailable(new Error('the registry changes faster than a token can be issued'));
  }
}
