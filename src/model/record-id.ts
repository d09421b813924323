/** Stable record ids: a noun, `_`, and 128 random bits in 22 base62 digits. */
import { encodeBase62 } from './base62.ts';

export type RecordNoun =
  | 'org'
  | 'location'
  | 'member'
  | 'invitation'
  | 'session'
  | 'api'
  | 'client'
  | 'secret'
  | 'event'
  | 'instance'
  | 'notice'
  | 'webhook'
  | 'delivery';

/** `random` is 16 bytes from the system's generator. */
export function newRecordId(noun: RecordNoun, random: Buffer): string {
  return `${noun}_${encodeBase62(BigInt(`0x${random.toString('hex')}`), 22)}`;
}

export function isRecordId(noun: RecordNoun, text: string): boolean {
  return text.startsWith(`${noun}_`) && /^[0-9A-Za-z]{22}$/.test(text.slice(noun.length + 1));
}
