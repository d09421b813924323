/** Algorithms an API may ask for (RFC 7518 §3.1, RFC 8037 §3.1), and the shape of their keys. */

export const signingAlgorithms = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

export const defaultSigningAlgorithm: SigningAlgorithm = 'ES256';

/** Made at first start; the others when the first API asks for them. */
export const initialSigningAlgorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256'];

export function isSigningAlgorithm(value: string): value is SigningAlgorithm {
  return signingAlgorithms.some((algorithm) => algorithm === value);
}
