/**
 * POST /oauth2/introspect: whether an access token is active, and what it says (RFC 7662). For the API's
 * introspection clients and for the client it was issued to; everybody else is told what they would be told
 * of a token that never was.
 */
import type {
  AccessTokenClaims,
  AccessTokenVerification,
  VerifiedAccessToken,
} from '../access-token/access-token-verification.ts';
import type { ClientUseObserver } from '../model/client-use.ts';
import type { TokenApi, TokenClientReading } from '../model/token-client.ts';
import type { AuthenticatedClient, ClientAuthentication } from './client-authentication.ts';
import {
  OAuthEndpoint,
  type OAuthAnswer,
  type OAuthEndpointDependencies,
  type ReceivedRequest,
} from './oauth-endpoint.ts';
import { readPresentedToken } from './presented-token.ts';

export const introspectionPath = '/oauth2/introspect';

/** RFC 7662 §2.2: nothing says why, neither the answer nor when it leaves. */
const inactive: OAuthAnswer = {
  json: JSON.stringify({ active: false }),
  outcome: 'inactive',
  leavesLikeRefusal: true,
};

interface Dependencies extends OAuthEndpointDependencies {
  authentication: ClientAuthentication;
  verification: AccessTokenVerification;
  /** Whether a reading may still be acted upon. */
  clients: { isCurrent(reading: TokenClientReading): boolean };
  apis: {
    readApi(identifier: string): Promise<TokenApi | undefined>;
    isApiCurrent(api: TokenApi): boolean;
  };
  use: ClientUseObserver;
}

export class IntrospectionEndpoint extends OAuthEndpoint {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    super(dependencies, 'introspect');
    this.#dependencies = dependencies;
  }

  protected async answer(request: ReceivedRequest): Promise<OAuthAnswer> {
    const { authentication, verification, clients, apis } = this.#dependencies;
    const { caller, token } = await readPresentedToken(request, authentication);
    const verified = await verification.findIssued(token);
    if (!verified?.isActive) return inactive;
    const api = await this.#findReason(caller, verified);
    if (api === undefined) return inactive;
    return {
      json: JSON.stringify(describe(verified.claims)),
      outcome: 'active',
      // Nothing is called active that was revoked by now, nor to somebody who may not know.
      release: () =>
        clients.isCurrent(caller.reading) &&
        clients.isCurrent(verified.reading) &&
        (api === 'own token' || apis.isApiCurrent(api)),
    };
  }

  /**
   * Why the caller may know of the token: the API that lists it, or that it is its own. A token belongs to
   * the client's record: also when its client_id has been regenerated since. undefined: it may not.
   */
  async #findReason(
    { client, nowSeconds }: AuthenticatedClient,
    { claims, client: owner }: VerifiedAccessToken,
  ): Promise<TokenApi | 'own token' | undefined> {
    if (client.id === owner.id) return 'own token';
    const api = await this.#dependencies.apis.readApi(claims.aud);
    if (api?.introspectionClientIds.has(client.id)) return api;
    this.#dependencies.use.noteUnlistedIntrospection(client, claims.aud, nowSeconds);
    return undefined;
  }
}

function describe(claims: AccessTokenClaims): object {
  return {
    active: true,
    scope: claims.scope,
    client_id: claims.client_id,
    sub: claims.sub,
    aud: claims.aud,
    iss: claims.iss,
    exp: claims.exp,
    iat: claims.iat,
    jti: claims.jti,
    token_type: 'Bearer',
    organization_id: claims.organization_id,
    ...(claims.location_id === undefined ? {} : { location_id: claims.location_id }),
    ...(claims.cnf === undefined ? {} : { cnf: claims.cnf }),
  };
}
