/**
 * Verifies access tokens that this server issued (RFC 9068 §4): one set of checks for our own admin API,
 * for introspection and for revocation.
 */
import { decodeJwt, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { isPossibleClientId } from '../model/client-id.ts';
import type { TokenType } from '../model/records.ts';
import type {
  TokenClient,
  TokenClientQuestion,
  TokenClientReading,
} from '../model/token-client.ts';
import { isTokenActive } from '../model/token-activity.ts';
import { parseTokenId } from '../model/token-id.ts';
import { signingAlgorithms } from '../model/signing-algorithm.ts';
import type { SigningKeyRing } from '../signing-key/signing-key-ring.ts';

/** An API may ask for either. */
const tokenTypes: readonly TokenType[] = ['at+jwt', 'JWT'];

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  client_id: z.string(),
  aud: z.string(),
  iat: z.int(),
  exp: z.int(),
  jti: z.string().refine((jti) => parseTokenId(jti) !== undefined),
  scope: z.string(),
  organization_id: z.string(),
  location_id: z.string().optional(),
  cnf: z.record(z.string(), z.unknown()).optional(),
});
export type AccessTokenClaims = z.infer<typeof claimsSchema>;

/** A token of ours that has not expired. */
export interface VerifiedAccessToken {
  claims: AccessTokenClaims;
  /** `kid` of the signing key that signed it. */
  signingKeyId: string;
  /** The client it was issued to as it is now, be it inactive or deleted. */
  client: TokenClient;
  /** False: revoked in one way or another, or of a client that is inactive or deleted. Never true again. */
  isActive: boolean;
  /** What was known of the registry then. */
  reading: TokenClientReading;
}

interface Dependencies {
  issuer: string;
  signingKeys: Pick<SigningKeyRing, 'catchUpWith' | 'findVerifyingKey'>;
  clients: { read(question: TokenClientQuestion): Promise<TokenClientReading> };
}

export class AccessTokenVerification {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** The token if it is live, and for `audience`. Throws StoreUnavailable. */
  async findActive(token: string, audience: string): Promise<VerifiedAccessToken | undefined> {
    const verified = await this.findIssued(token);
    return verified?.isActive && verified.claims.aud === audience ? verified : undefined;
  }

  /** undefined for whatever is not a token of ours, or has expired. Throws StoreUnavailable. */
  async findIssued(token: string): Promise<VerifiedAccessToken | undefined> {
    const clientId = readUnverifiedClientId(token);
    if (clientId === undefined) return undefined;
    const { signingKeys, clients } = this.#dependencies;
    // One look at the registry says who may have signed, what time it is, and what became of the client.
    const reading = await clients.read({ clientId, presentedDigest: undefined });
    await signingKeys.catchUpWith(reading.signingKeysVersion);
    const signed = await this.#verifySignature(token, reading.nowSeconds);
    const { client } = reading;
    if (signed === undefined || client === undefined) return undefined;
    return { ...signed, client, isActive: isTokenActive(client, signed.claims.jti), reading };
  }

  async #verifySignature(
    token: string,
    nowSeconds: number,
  ): Promise<Pick<VerifiedAccessToken, 'claims' | 'signingKeyId'> | undefined> {
    const { issuer, signingKeys } = this.#dependencies;
    try {
      const { payload, protectedHeader } = await jwtVerify(
        token,
        ({ kid, alg }) => {
          const key = signingKeys.findVerifyingKey(kid ?? '');
          if (key?.algorithm !== alg) throw new errors.JWKSNoMatchingKey();
          return key.publicKey;
        },
        {
          issuer,
          algorithms: [...signingAlgorithms],
          currentDate: new Date(nowSeconds * 1000),
        },
      );
      if (!tokenTypes.some((type) => type === protectedHeader.typ)) return undefined;
      const claims = claimsSchema.safeParse(payload).data;
      return claims && { claims, signingKeyId: protectedHeader.kid ?? '' };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}

/** Nothing of it is believed yet: it only says which client to ask the registry about. */
function readUnverifiedClientId(token: string): string | undefined {
  try {
    const { client_id: clientId } = decodeJwt(token);
    return typeof clientId === 'string' && isPossibleClientId(clientId) ? clientId : undefined;
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
