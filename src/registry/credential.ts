/** How client_ids and client secrets are made, digested and compared (DESIGN §5). */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { encodeBase62 } from '../model/base62.ts';
import { newRecordId, type RecordNoun } from '../model/record-id.ts';
import type { TokenClient, TokenClientSecret } from '../model/token-client.ts';

const secretPrefix = 'lks_';
const liveSecretsMax = 5;
/** Of the secret that is being compared; until the next one. */
const presentedDigest = Buffer.alloc(32);
/** Compared where there is no secret to compare with: no work tells a known client from an unknown one. */
const decoyDigest = randomBytes(32);

function randomNumber(bytes: number): bigint {
  return BigInt(`0x${randomBytes(bytes).toString('hex')}`);
}

export function createRecordId(noun: RecordNoun): string {
  return newRecordId(noun, randomBytes(16));
}

/** `lkc_` and 22 base62 digits. */
export function generateClientId(): string {
  return `lkc_${encodeBase62(randomNumber(16), 22)}`;
}

/** `lks_`, 43 base62 digits (256 random bits), and 6 of the CRC-32 over the 47 characters before. */
export function generateClientSecret(): string {
  const body = secretPrefix + encodeBase62(randomNumber(32), 43);
  return body + encodeBase62(BigInt(crc32(body)), 6);
}

/** For scanners that look for lost secrets: recognises one offline. Authentication never asks this. */
export function isWellFormedClientSecret(text: string): boolean {
  if (!/^lks_[0-9A-Za-z]{49}$/.test(text)) return false;
  return text.slice(47) === encodeBase62(BigInt(crc32(text.slice(0, 47))), 6);
}

/** SHA-256. No slow hash: it adds nothing to 256 random bits and hands an attacker our CPU. */
export function digestClientSecret(clientSecret: string): Buffer {
  return hash('sha256', clientSecret, 'buffer');
}

/** What people are shown of a secret: its beginning and its last four characters. */
export function hintOfClientSecret(clientSecret: string): string {
  const beginning = clientSecret.startsWith(secretPrefix) ? secretPrefix : clientSecret.slice(0, 2);
  return `${beginning}…${clientSecret.slice(-4)}`;
}

/**
 * The live secret of `client` that `presented` is, or undefined: for a wrong, expired, retired or revoked
 * secret, an inactive client and an unknown one alike, after the same number of comparisons.
 */
export function verifyClientSecret(
  client: TokenClient | undefined,
  presented: string,
  nowSeconds: number,
): TokenClientSecret | undefined {
  // Three times as fast as having `hash` make a Buffer: node:crypto gives each one memory of its own.
  presentedDigest.write(hash('sha256', presented, 'binary'), 'binary');
  let matching: TokenClientSecret | undefined;
  for (let place = 0; place < liveSecretsMax; place += 1) {
    const secret = client?.secrets[place];
    const equal = timingSafeEqual(secret?.secretDigest ?? decoyDigest, presentedDigest);
    if (equal && secret !== undefined) matching = secret;
  }
  if (!client?.usable || matching === undefined) return undefined;
  if (matching.endsAt !== null && nowSeconds >= matching.endsAt) return undefined;
  return matching;
}
