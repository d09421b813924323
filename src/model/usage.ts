/** What clients did and failed to do, as it is stored and shown. */

/** Why a client was refused; the 401 it got says nothing of it. */
export const failureReasons = [
  'wrong_secret',
  'secret_expired',
  'secret_retired',
  'secret_revoked',
  'client_id_ended',
  'client_inactive',
  'invalid_scope',
  'invalid_target',
  'token_not_yours',
] as const;
export type FailureReason = (typeof failureReasons)[number];

export interface ClientFailure {
  occurredAt: Date;
  reason: FailureReason;
  /** The secret that was presented, if it is or was one of the client's. */
  secretId: string | null;
  secretHint: string | null;
  address: string;
  requestId: string;
}

/** What tokens are counted by. */
export const usageDimensions = ['day', 'client', 'api', 'scope'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** A number of access tokens; null in a dimension they are not counted by. */
export interface TokenUsage {
  /** `2026-11-23`, in UTC. */
  day: string | null;
  clientRecordId: string | null;
  /** The client's current client_id. */
  clientId: string | null;
  apiIdentifier: string | null;
  scope: string | null;
  tokens: number;
}
