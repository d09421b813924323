/** Whether an access token still counts: by versions, not by stored tokens or clocks (DESIGN §7). */
import type { TokenClient } from './token-client.ts';
import { parseTokenId } from './token-id.ts';

/**
 * `tokenId` is the `jti` of a token of `client` whose signature and times are good. It is inactive when its
 * version is lower than any cut-off there is: of its credential, its client, its location, its organization,
 * the instance.
 */
export function isTokenActive(client: TokenClient, tokenId: string): boolean {
  const fields = parseTokenId(tokenId);
  if (fields === undefined || !client.usable) return false;
  const { registryVersion, credentialSerial } = fields;
  if (registryVersion < client.cutoffVersion) return false;
  if (registryVersion < (client.credentialCutoffs.get(credentialSerial) ?? 0n)) return false;
  return !client.revokedTokenIds.has(tokenId);
}
