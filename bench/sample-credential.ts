/**
 * The credential of the n-th client of a benchmark, in the format of real ones and computed from its
 * number: server and load generator know them all without telling each other. Worthless elsewhere.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase62 } from '../src/model/base62.ts';

export interface SampleCredential {
  clientId: string;
  clientSecret: string;
}

/** `index` counts from 0. */
export function sampleCredential(index: number): SampleCredential {
  const digest = createHash('sha512').update(`latchkey benchmark ${index}`).digest();
  const body = `lks_${encodeBase62(numberIn(digest.subarray(0, 32)), 43)}`;
  return {
    clientId: `lkc_${encodeBase62(numberIn(digest.subarray(32, 48)), 22)}`,
    clientSecret: body + encodeBase62(BigInt(crc32(body)), 6),
  };
}

export function* sampleCredentials(count: number): Generator<SampleCredential> {
  for (let index = 0; index < count; index += 1) yield sampleCredential(index);
}

function numberIn(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}
