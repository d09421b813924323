/** POST /oauth2/token: the client credentials grant (RFC 6749 §4.4), guard → fast lane → engine. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../http/exchange.ts';
import type { ClientUseObserver } from '../model/client-use.ts';
import { OAuthError } from '../model/oauth-error.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { TokenClientReading } from '../model/token-client.ts';
import type { Engine, TokenAnswer } from './engine.ts';
import type { FastLane } from './fast-lane.ts';
import type { GuessBrake } from './guess-brake.ts';
import { OAuthEndpoint, type OAuthAnswer } from './oauth-endpoint.ts';
import { readTokenRequest, type TokenRequest } from './token-request.ts';

/** A token that a change overtakes is made again, and again if need be. */
const attemptsMax = 5;

interface Dependencies {
  issuer: string;
  brake: GuessBrake;
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

  protected async answer(
    req: IncomingMessage,
    res: ServerResponse,
    exchange: Exchange,
  ): Promise<OAuthAnswer> {
    const { clients, use } = this.#dependencies;
    const request = await readTokenRequest(req, res, this.issuer);
    exchange.presentedClientId = request.clientId;
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const { body, reading, client, resolved } = await this.#issue(req, res, request, exchange);
      // Last of all: no token leaves that the registry would not issue at this moment (S1).
      if (!clients.isCurrent(reading)) continue;
      use.noteToken(client, resolved.grant, resolved.scopes, reading.nowSeconds);
      exchange.clientId = client.clientId;
      return { body, outcome: 'issued' };
    }
    throw new StoreUnavailable(new Error('the registry changes faster than a token can be issued'));
  }

  async #issue(
    req: IncomingMessage,
    res: ServerResponse,
    request: TokenRequest,
    exchange: Exchange,
  ): Promise<TokenAnswer> {
    const { fastLane, engine } = this.#dependencies;
    const answer = await fastLane.answer(request, exchange);
    if (answer instanceof OAuthError) throw answer;
    return answer ?? engine.answer(req, res, request, exchange);
  }
}
