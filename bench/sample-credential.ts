/**
 * The n-th client of a benchmark, in the format of real ones and computed from its number: database, server
 * and load generator know them all without telling each other. Worthless elsewhere.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase62 } from '../src/model/base62.ts';
import { newRecordId } from '../src/model/record-id.ts';

export interface SampleCredential {
  clientId: string;
  clientSecret: string;
}

/** `index` counts from 0. */
export function sampleCredential(index: number): SampleCredential {
  const digest = digestOf(index);
  const body = `lks_${encodeBase62(numberIn(digest.subarray(0, 32)), 43)}`;
  return {
    clientId: `lkc_${encodeBase62(numberIn(digest.subarray(32, 48)), 22)}`,
    clientSecret: body + encodeBase62(BigInt(crc32(body)), 6),
  };
}

/** Id of the client's record in Latchkey. */
export function sampleRecordId(index: number): string {
  return newRecordId('client', digestOf(index).subarray(48, 64));
}

export function* sampleCredentials(count: number): Generator<SampleCredential> {
  for (let index = 0; index < count; index += 1) yield sampleCredential(index);
}

/** The Authorization header of its token requests. */
export function sampleAuthorization(index: number): string {
  const { clientId, clientSecret } = sampleCredential(index);
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

function digestOf(index: number): Buffer {
  return createHash('sha512').update(`latchkey benchmark ${index}`).digest();
}

function numberIn(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`);
}
