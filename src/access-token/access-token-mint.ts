/** The one place that makes access tokens (RFC 9068): both roads and the one-off tokens come here. */
import { randomBytes } from 'node:crypto';
import { formatTokenId } from '../model/token-id.ts';
import type { TokenClient, TokenGrant } from '../model/token-client.ts';
import type { SigningKeyRing } from '../signing-key/signing-key-ring.ts';
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

  constructor(dependencies: { issuer: string; signingKeys: SigningKeys }) {
    this.#issuer = dependencies.issuer;
    this.#signingKeys = dependencies.signingKeys;
  }

  /** The ring must have caught up with the registry the client was read from. */
  mintAccessToken(request: MintRequest): MintedToken {
    const { client, grant } = request;
    const key = this.#signingKeys.getSigningKey(grant.signingAlgorithm);
    const issuedAt = Math.floor(request.nowSeconds);
    const expiresInSeconds = accessTokenLifetimeSeconds(client, grant);
    const tokenId = formatTokenId(
      { registryVersion: request.registryVersion, credentialSerial: request.credentialSerial },
      BigInt(`0x${randomBytes(12).toString('hex')}`),
    );
    const header = { alg: key.algorithm, typ: grant.tokenType, kid: key.kid };
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
    const signingInput = `${encode(header)}.${encode(claims)}`;
    return {
      value: `${signingInput}.${signJws(key.algorithm, key.privateKey, signingInput)}`,
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

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
