/**
 * The `jti` of an access token: three fixed-width base62 fields, so that revocation needs neither a
 * stored token nor a clock (DESIGN §7).
 *
 * | digits | field                                                                    |
 * |--------|--------------------------------------------------------------------------|
 * | 11     | registry version the issuing instance had applied                        |
 * | 11     | serial number of the credential the token was asked with (0: none)       |
 * | 17     | 101 random bits                                                          |
 */
import { parseBase62 } from './base62.ts';

export const versionWidth = 11;
export const serialWidth = 11;
export const tokenIdRandomWidth = 17;

export interface TokenIdFields {
  registryVersion: bigint;
  credentialSerial: bigint;
}

/** The fields of a `jti` of ours; undefined for any other string. */
export function parseTokenId(tokenId: string): TokenIdFields | undefined {
  if (tokenId.length !== versionWidth + serialWidth + tokenIdRandomWidth) return undefined;
  const registryVersion = parseBase62(tokenId.slice(0, versionWidth));
  const credentialSerial = parseBase62(tokenId.slice(versionWidth, versionWidth + serialWidth));
  const random = parseBase62(tokenId.slice(versionWidth + serialWidth));
  if (registryVersion === undefined || credentialSerial === undefined || random === undefined) {
    return undefined;
  }
  return { registryVersion, credentialSerial };
}
