/** New key pairs: P-256 (ES256), RSA of 3,072 bits (RS256, PS256), Ed25519 (EdDSA). */
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { SealedSigningKey, SigningKeyState } from '../model/signing-key.ts';
import type { SigningAlgorithm } from '../model/signing-algorithm.ts';
import type { KeyEncryption } from './key-encryption.ts';

const rsaBits = 3072;

/** A key pair that nobody uses yet; its `kid` is the thumbprint of RFC 7638. */
export interface FreshSigningKey {
  kid: string;
  algorithm: SigningAlgorithm;
  publicJwk: object;
  privateJwe: string;
}

/**
 * RSA takes a second or so: call it before a transaction, not in it. A key whose id begins with a hyphen is
 * thrown away: a command line would take it for an option.
 */
export async function generateSigningKey(
  algorithm: SigningAlgorithm,
  encryption: KeyEncryption,
): Promise<FreshSigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, {
    extractable: true,
    modulusLength: rsaBits,
  });
  const publicJwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  if (kid.startsWith('-')) return generateSigningKey(algorithm, encryption);
  return {
    kid,
    algorithm,
    publicJwk: { ...publicJwk, kid, alg: algorithm, use: 'sig' },
    privateJwe: await encryption.seal({ ...(await exportJWK(privateKey)), kid, alg: algorithm }),
  };
}

export function toSealedSigningKey(
  fresh: FreshSigningKey,
  state: Extract<SigningKeyState, 'published' | 'signing'>,
  createdAt: Date,
  signsAt: Date,
): SealedSigningKey {
  return { ...fresh, state, createdAt, signsAt, retiredAt: null, goneAt: null, revokedAt: null };
}
