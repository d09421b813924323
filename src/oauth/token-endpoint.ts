/** POST /oauth2/token: the client credentials grant (RFC 6749 §4.4), guard → fast lane → engine. */
import type { Exchange } from '../http/exchange.ts';
import type { ClientUseObserver } from '../model/client-use.ts';
import type { TokenClientReading } from '../model/token-client.ts';
import type { Engine, TokenAnswer } from './engine.ts';
import type { FastLane } from './fast-lane.ts';
import {
  OAuthEndpoint,
  type OAuthAnswer,
  type OAuthEndpointDependencies,
  type ReceivedRequest,
} from './oauth-endpoint.ts';
import { readTokenRequest } from './token-request.ts';

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
    const { fastLane, engine } = this.#dependencies;
    const { req, res, body, exchange } = received;
    const request = readTokenRequest(req, body);
    exchange.presentedClientId = request.clientId;
    const toAnswer = (token: TokenAnswer): OAuthAnswer => ({
      json: token.json,
      outcome: 'issued',
      release: () => this.#release(token, exchange),
    });
    const token = fastLane.answer(request, exchange) ?? engine.answer(req, res, request, exchange);
    return token instanceof Promise ? token.then(toAnswer) : toAnswer(token);
  }

  /** Last of all: no token leaves that the registry would not issue at this moment (S1). */
  #release({ reading, client, resolved }: TokenAnswer, exchange: Exchange): boolean {
    const { clients, use } = this.#dependencies;
    if (!clients.isCurrent(reading)) return false;
    use.noteToken(client, resolved.grant, resolved.scopes, reading.nowSeconds);
    exchange.clientId = client.clientId;
    return true;
  }
}
