/** The one place that makes access tokens (RFC 9068): both roads and the one-off tokens come here. */
import { TokenIds } from './token-ids.ts';
import type { TokenClient, TokenGrant } from '../model/token-client.ts';
import type { TokenType } from '../model/records.ts';
import type { LoadedSigningKey, SigningKeyRing } from '../signing-key/signing-key-ring.ts';
import { signJws } from './json-web-signature.ts';

export interface MintRequest {
  client: TokenClient;
  grant: TokenGrant;
  /** Granted scopes, in the API's order. */
  scopes: readonly string[];
  registryVersion: bigint;
  /** Serial of the secret the client authenticated with; 0n when none was used. */
  credentialSerial: bigint;
  nowSeconds: number;
  /** Confirmation of a sender-constrained token (RFC 7800 §3.1). */
  confirmation?: { jkt: string } | { 'x5t#S256': string };
}

export interface MintedToken {
  value: string;
  /** `jti`, `iat`, `exp`: seconds since the epoch. */
  tokenId: string;
  issuedAt: number;
  expiresAt: number;
  expiresInSeconds: number;
}

type SigningKeys = Pick<SigningKeyRing, 'getSigningKey'>;

export class AccessTokenMint {
  readonly #issuer: string;
  readonly #signingKeys: SigningKeys;
  readonly #tokenIds = new TokenIds();
  readonly #encodedHeaders = new EncodedHeaders();

  constructor(dependencies: { issuer: string; signingKeys: SigningKeys }) {
    this.#issuer = dependencies.issuer;
    this.#signingKeys = dependencies.signingKeys;
  }

  /**
   * The ring must have caught up with the registry the client was read from. RSA signatures are made on the
   * thread pool, so others go on meanwhile.
   */
  async mintAccessToken(request: MintRequest): Promise<MintedToken> {
    const { client, grant } = request;
    const key = this.#signingKeys.getSigningKey(grant.signingAlgorithm);
    const issuedAt = Math.floor(request.nowSeconds);
    const expiresInSeconds = accessTokenLifetimeSeconds(client, grant);
    const tokenId = this.#tokenIds.next(request.registryVersion, request.credentialSerial);
    const claims = {
      iss: this.#issuer,
      sub: client.clientId,
      client_id: client.clientId,
      aud: grant.apiIdentifier,
      iat: issuedAt,
      exp: issuedAt + expiresInSeconds,
      jti: tokenId,
      scope: request.scopes.join(' '),
      organization_id: client.organizationId,
      ...(request.confirmation ? { cnf: request.confirmation } : {}),
    };
    const signingInput = `${this.#encodedHeaders.of(key, grant.tokenType)}.${encode(claims)}`;
    const signature = signJws(key.algorithm, key.privateKey, signingInput);
    return {
      value: `${signingInput}.${typeof signature === 'string' ? signature : await signature}`,
      tokenId,
      issuedAt,
      expiresAt: claims.exp,
      expiresInSeconds,
    };
  }
}

/** The smaller of the API's lifetime and the client's, if it has one. */
export function accessTokenLifetimeSeconds(client: TokenClient, grant: TokenGrant): number {
  return Math.min(
    grant.accessTokenLifetimeSeconds,
    client.accessTokenLifetimeSeconds ?? grant.accessTokenLifetimeSeconds,
  );
}

/** The same for every token of a key and type. */
class EncodedHeaders {
  readonly #byKey = new WeakMap<LoadedSigningKey, Partial<Record<TokenType, string>>>();

  of(key: LoadedSigningKey, type: TokenType): string {
    const { algorithm: alg, kid } = key;
    const byType = this.#byKey.get(key) ?? {};
    this.#byKey.set(key, byType);
    return (byType[type] ??= encode({ alg, typ: type, kid }));
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
