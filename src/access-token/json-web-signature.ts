/** Signs a JWS (RFC 7515) with `node:crypto`, at half the cost of WebCrypto. */
import { constants, sign, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../model/signing-algorithm.ts';

/** The signature over `signingInput`, in base64url. */
export function signJws(
  algorithm: SigningAlgorithm,
  privateKey: KeyObject,
  signingInput: string,
): string {
  const input = Buffer.from(signingInput);
  switch (algorithm) {
    case 'ES256':
      // DER and a conversion take about half the time of `dsaEncoding: 'ieee-p1363'` on Node 24.
      return derToConcatenated(sign('sha256', input, privateKey)).toString('base64url');
    case 'RS256':
      return sign('sha256', input, privateKey).toString('base64url');
    case 'PS256':
      return sign('sha256', input, {
        key: privateKey,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }).toString('base64url');
    case 'EdDSA':
      return sign(null, input, privateKey).toString('base64url');
  }
}

/** ECDSA-Sig-Value (RFC 3279 §2.2.3) to the fixed-width r ‖ s of RFC 7518 §3.4, for P-256. */
function derToConcatenated(der: Buffer): Buffer {
  const signature = Buffer.alloc(64);
  // SEQUENCE, length, INTEGER, length of r: below 128 for P-256, so each length is one byte.
  const rLength = der[3] ?? 0;
  const r = der.subarray(4, 4 + rLength);
  const s = der.subarray(4 + rLength + 2);
  copyInteger(r, signature.subarray(0, 32));
  copyInteger(s, signature.subarray(32));
  return signature;
}

/** DER drops leading zeros, or adds one to keep the number positive. */
function copyInteger(integer: Buffer, target: Buffer): void {
  const significant = integer.length > 32 ? integer.subarray(integer.length - 32) : integer;
  significant.copy(target, 32 - significant.length);
}
