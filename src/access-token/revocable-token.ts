/** What revocation needs to know of an access token that was verified. */
import type { RevocableToken } from '../registry/single-token-revocation.ts';
import type { VerifiedAccessToken } from './access-token-verification.ts';

export function toRevocableToken({
  claims,
  client,
  isActive,
}: VerifiedAccessToken): RevocableToken {
  return {
    tokenId: claims.jti,
    clientRecordId: client.id,
    organizationId: client.organizationId,
    locationId: client.locationId,
    expiresAt: new Date(claims.exp * 1000),
    isActive,
  };
}
