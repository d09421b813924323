/** The life of a signing key (DESIGN §8): published → signing → retiring → gone; or revoked, out at once. */
import type { SigningAlgorithm } from './signing-algorithm.ts';

export type SigningKeyState = 'published' | 'signing' | 'retiring' | 'gone' | 'revoked';

/** States whose public key stands in the JWKS. */
export const publishedStates: readonly SigningKeyState[] = ['published', 'signing', 'retiring'];

export interface SigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  state: SigningKeyState;
  /** JSON Web Key (RFC 7517) with `kid`, `alg` and `use`. */
  publicJwk: object;
  createdAt: Date;
  /** When it began, or is due, to sign. */
  signsAt: Date;
  retiredAt: Date | null;
  /** When it leaves the JWKS. */
  goneAt: Date | null;
  revokedAt: Date | null;
}

/** When it enters its next state by itself; undefined when only somebody's act can end this one. */
export function nextStateAt({ state, signsAt, goneAt }: SigningKey): Date | undefined {
  if (state === 'published') return signsAt;
  return state === 'retiring' ? (goneAt ?? undefined) : undefined;
}

/** A key with its private half, still encrypted under the key-encryption key. */
export interface SealedSigningKey extends SigningKey {
  privateJwe: string | null;
}
