/** POST /oauth2/revoke: a client gives back an access token of its own (RFC 7009). */
import type {
  AccessTokenVerification,
  VerifiedAccessToken,
} from '../access-token/access-token-verification.ts';
import { readUserAgent, type Exchange } from '../http/exchange.ts';
import type { ClientUseObserver } from '../model/client-use.ts';
import { OAuthError } from '../model/oauth-error.ts';
import type { Actor } from '../model/principal.ts';
import { TooManyRevokedTokens } from '../registry/single-token-revocation.ts';
import type { TokenRevocation } from '../registry/token-revocation.ts';
import { toRevocableToken } from '../access-token/revocable-token.ts';
import type { AuthenticatedClient, ClientAuthentication } from './client-authentication.ts';
import {
  OAuthEndpoint,
  type OAuthAnswer,
  type OAuthEndpointDependencies,
  type ReceivedRequest,
} from './oauth-endpoint.ts';
import { readPresentedToken } from './presented-token.ts';

export const revocationPath = '/oauth2/revoke';

interface Dependencies extends OAuthEndpointDependencies {
  authentication: ClientAuthentication;
  verification: AccessTokenVerification;
  revocation: TokenRevocation;
  use: ClientUseObserver;
}

export class RevocationEndpoint extends OAuthEndpoint {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    super(dependencies, 'revoke');
    this.#dependencies = dependencies;
  }

  protected async answer(request: ReceivedRequest): Promise<OAuthAnswer> {
    const { authentication, verification } = this.#dependencies;
    const { exchange } = request;
    const { caller, token } = await readPresentedToken(request, authentication);
    const verified = await verification.findIssued(token);
    // RFC 7009 §2.2: an invalid token is as good as revoked.
    if (verified === undefined) return { json: undefined, outcome: 'nothing_to_revoke' };
    if (verified.client.id !== caller.client.id) throw this.#refuseForeign(caller, exchange);
    await this.#revoke(caller, verified, request);
    return { json: undefined, outcome: 'revoked' };
  }

  async #revoke(
    caller: AuthenticatedClient,
    verified: VerifiedAccessToken,
    request: ReceivedRequest,
  ): Promise<void> {
    try {
      const actor = actAs(caller, request);
      await this.#dependencies.revocation.revokeToken(actor, toRevocableToken(verified));
    } catch (error) {
      if (!(error instanceof TooManyRevokedTokens)) throw error;
      throw new OAuthError('temporarily_unavailable', error.message, {
        status: 429,
        retryAfterSeconds: error.retryAfterSeconds,
        cause: error,
      });
    }
  }

  /** RFC 7009 §2.1: the token of another client is refused, and stays as it is. */
  #refuseForeign(caller: AuthenticatedClient, exchange: Exchange): OAuthError {
    this.#dependencies.use.noteRefusal({
      client: caller.client,
      reason: 'token_not_yours',
      presentedDigest: caller.presentedDigest,
      address: exchange.address,
      requestId: exchange.requestId,
      nowSeconds: caller.nowSeconds,
    });
    return new OAuthError(
      'unauthorized_client',
      'the token was issued to another client, which alone may revoke it here',
    );
  }
}

/** The client itself, which needs no permission for what is its own. */
function actAs(
  { client, secretId }: AuthenticatedClient,
  { req, exchange }: ReceivedRequest,
): Actor {
  const { id, clientId: name, organizationId, locationId } = client;
  const { requestId, address } = exchange;
  return {
    principal: { type: 'client', id, name, organizationId, locationId, permissions: new Set() },
    origin: {
      requestId,
      address,
      userAgent: readUserAgent(req),
      credential: { type: 'client_secret', id: secretId, token: null },
    },
  };
}
