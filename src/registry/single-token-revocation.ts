/** Revokes one access token by its `jti`: a row until it expires, and few of them for each client. */
import { RegistryError } from '../model/registry-error.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/** Else whoever mints and revokes in turn could fill the table, and every instance's memory. */
export const revokedTokensPerClientMax = 200;

/** An access token of ours that has not expired. */
export interface RevocableToken {
  /** `jti` */
  tokenId: string;
  clientRecordId: string;
  organizationId: string;
  locationId: string | null;
  expiresAt: Date;
  /** False: there is nothing left to revoke. */
  isActive: boolean;
}

export class TooManyRevokedTokens extends RegistryError {
  /** Until the first of them expires. */
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(
      'conflict',
      `the client has ${revokedTokensPerClientMax} revoked access tokens that have not expired: revoke its secret, or all of its tokens`,
    );
    this.name = 'TooManyRevokedTokens';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Part of a change, whose one audit event this is; of a token that is inactive anyway there is none. */
export async function revokeSingleToken(
  change: RegistryChange,
  token: Pick<RevocableToken, 'tokenId' | 'clientRecordId' | 'expiresAt'>,
): Promise<void> {
  const { tokenId, clientRecordId, expiresAt } = token;
  const client = await change.clients.lock(clientRecordId);
  // No token of a deleted client is active, nor will be.
  const isNew =
    client !== undefined &&
    (await change.revokedTokens.insert({
      tokenId,
      clientRecordId,
      expiresAt,
      revokedAt: change.now,
    }));
  if (!isNew) return change.unchanged();
  const { count, firstExpiresAt } = await change.revokedTokens.summarizeUnexpired(
    clientRecordId,
    change.now,
  );
  if (count > revokedTokensPerClientMax) {
    const millis = (firstExpiresAt ?? expiresAt).getTime() - change.now.getTime();
    throw new TooManyRevokedTokens(Math.max(1, Math.ceil(millis / 1000)));
  }
  await change.revokedTokens.deleteExpired(clientRecordId, change.now);
  change.affects(clientRecordId);
  change.audit({
    action: 'access_token.revoked',
    targetType: 'access_token',
    targetId: tokenId,
    organizationId: client.organizationId,
    locationId: client.locationId,
    details: { client: client.id, expires_at: expiresAt.toISOString() },
  });
}
