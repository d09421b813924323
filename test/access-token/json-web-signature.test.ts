/** Signatures made by `node:crypto`, judged by jose: all four algorithms, thousands of times. */
import { describe, expect, test } from '@jest/globals';
import { compactVerify } from 'jose';
import { signJws } from '../../src/access-token/json-web-signature.ts';
import { newKeyPair } from './token-fixtures.ts';

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe.each([
  // One r or s in 128 is a byte short, one in 32,768 two: enough to meet the short ones many times.
  { algorithm: 'ES256', signatures: 4000, bytes: 64 },
  { algorithm: 'RS256', signatures: 200, bytes: 256 },
  { algorithm: 'PS256', signatures: 200, bytes: 256 },
  { algorithm: 'EdDSA', signatures: 1000, bytes: 64 },
] as const)('$algorithm', ({ algorithm, signatures, bytes }) => {
  // P-227
  test(`${signatures} signatures in a row verify, each of exactly ${bytes} bytes`, async () => {
    const { privateKey, publicKey } = newKeyPair(algorithm);
    let short = 0;
    for (let number = 0; number < signatures; number += 1) {
      const input = `${encode({ alg: algorithm })}.${encode({ number })}`;
      const signature = await signJws(algorithm, privateKey, input);
      const raw = Buffer.from(signature, 'base64url');
      expect(raw.length).toBe(bytes);
      if (raw[0] === 0 || raw[32] === 0) short += 1;
      await compactVerify(`${input}.${signature}`, publicKey, { algorithms: [algorithm] });
    }
    if (algorithm === 'ES256') expect(short).toBeGreaterThan(0);
  });

  test('a signature over other bytes does not verify', async () => {
    const { privateKey, publicKey } = newKeyPair(algorithm);
    const header = encode({ alg: algorithm });
    const signature = await signJws(
      algorithm,
      privateKey,
      `${header}.${encode({ scope: 'read' })}`,
    );
    await expect(
      compactVerify(`${header}.${encode({ scope: 'write' })}.${signature}`, publicKey),
    ).rejects.toMatchObject({ code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
  });
});
