/** Verifies access tokens that this server issued: signature, claims and cut-offs (RFC 9068 §4). */
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { parseTokenId } from '../model/token-id.ts';
import type { TokenClientReading } from '../model/token-client.ts';
import { signingAlgorithms } from '../model/signing-algorithm.ts';
import type { SigningKeyRing } from '../signing-key/signing-key-ring.ts';
import type { Store } from '../store/store.ts';
import type { TokenClientReader } from '../store/token-client-reader.ts';

const claimsSchema = z.object({
  sub: z.string(),
  client_id: z.string(),
  jti: z.string(),
  scope: z.string(),
});

export interface VerifiedAccessToken {
  clientId: string;
  scopes: readonly string[];
  /** What the registry says of the client now; its own state is checked. */
  reading: TokenClientReading & { client: NonNullable<TokenClientReading['client']> };
}

type SigningKeys = Pick<SigningKeyRing, 'catchUpWith' | 'findVerifyingKey'>;
type Registry = Pick<Store, 'readState'> & { tokenClients: Pick<TokenClientReader, 'read'> };

export class AccessTokenVerification {
  readonly #issuer: string;
  readonly #signingKeys: SigningKeys;
  readonly #store: Registry;

  constructor(dependencies: { issuer: string; signingKeys: SigningKeys; store: Registry }) {
    this.#issuer = dependencies.issuer;
    this.#signingKeys = dependencies.signingKeys;
    this.#store = dependencies.store;
  }

  /**
   * The token's client and scopes, or undefined for whatever is not a live token for `audience`: forged,
   * expired, of a client that is inactive or deleted, or older than a cut-off. Throws StoreUnavailable.
   */
  async findActive(token: string, audience: string): Promise<VerifiedAccessToken | undefined> {
    const { signingKeysVersion, now } = await this.#store.readState();
    await this.#signingKeys.catchUpWith(signingKeysVersion);
    const claims = await this.#verifyClaims(token, audience, now);
    const tokenId = claims ? parseTokenId(claims.jti) : undefined;
    if (!claims || !tokenId) return undefined;

    const reading = await this.#store.tokenClients.read({
      clientId: claims.client_id,
      presentedDigest: undefined,
    });
    const { client } = reading;
    if (!client?.usable) return undefined;
    if (tokenId.registryVersion < client.cutoffVersion) return undefined;
    const credentialCutoff = client.credentialCutoffs.get(tokenId.credentialSerial) ?? 0n;
    if (tokenId.registryVersion < credentialCutoff) return undefined;
    return {
      clientId: claims.client_id,
      scopes: claims.scope.split(' '),
      reading: { ...reading, client },
    };
  }

  async #verifyClaims(token: string, audience: string, now: Date) {
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid, alg }) => {
          const key = this.#signingKeys.findVerifyingKey(kid ?? '');
          if (key?.algorithm !== alg) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        {
          issuer: this.#issuer,
          audience,
          algorithms: [...signingAlgorithms],
          typ: 'at+jwt',
          currentDate: now,
          requiredClaims: ['exp', 'iat', 'jti', 'sub', 'client_id'],
        },
      );
      return claimsSchema.parse(payload);
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined;
      throw error;
    }
  }
}
