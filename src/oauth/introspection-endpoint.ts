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
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { TokenApi, TokenClient } from '../model/token-client.ts';
import type { AuthenticatedClient, ClientAuthentication } from './client-authentication.ts';
import type { GuessBrake } from './guess-brake.ts';
import { OAuthEndpoint, type OAuthAnswer, type ReceivedRequest } from './oauth-endpoint.ts';
import { readPresentedToken } from './presented-token.ts';

export const introspectionPath = '/oauth2/introspect';

/** RFC 7662 §2.2: nothing says why, neither the answer nor when it leaves. */
const inactive: OAuthAnswer = {
  json: JSON.stringify({ active: false }),
  outcome: 'inactive',
  leavesLikeRefusal: true,
};

/** A verification that a change overtakes is made again. */
const attemptsMax = 5;

interface Dependencies {
  issuer: string;
  brake: GuessBrake;
  authentication: ClientAuthentication;
  verification: AccessTokenVerification;
  apis: { readApi(identifier: string): Promise<TokenApi | undefined> };
  use: ClientUseObserver;
}

export class IntrospectionEndpoint extends OAuthEndpoint {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    super(dependencies, 'introspect');
    this.#dependencies = dependencies;
  }

  protected async answer(request: ReceivedRequest): Promise<OAuthAnswer> {
    const { authentication, verification } = this.#dependencies;
    const presented = await readPresentedToken(request, authentication);
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const verified = await verification.findIssued(presented.token);
      if (!verified?.isActive) return inactive;
      if (!(await this.#maySee(presented.caller, verified))) return inactive;
      // Last of all: nothing is called active that was revoked by now.
      if (!verification.isCurrent(verified)) continue;
      return { json: JSON.stringify(describe(verified.claims)), outcome: 'active' };
    }
    throw new StoreUnavailable(
      new Error('the registry changes faster than a token can be verified'),
    );
  }

  /** A token belongs to the client's record: also when its client_id has been regenerated since. */
  async #maySee(
    { client, nowSeconds }: AuthenticatedClient,
    { claims, client: owner }: VerifiedAccessToken,
  ): Promise<boolean> {
    if (client.id === owner.id || (await this.#isListed(client, claims.aud))) return true;
    this.#dependencies.use.noteUnlistedIntrospection(client, claims.aud, nowSeconds);
    return false;
  }

  async #isListed(client: TokenClient, apiIdentifier: string): Promise<boolean> {
    const api = await this.#dependencies.apis.readApi(apiIdentifier);
    return api?.introspectionClientIds.has(client.id) ?? false;
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
    ...(claims.cnf === undefined ? {} : { cnf: claims.cnf }),
  };
}
