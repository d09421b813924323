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

/** A refusal in a list of several clients'. */
export interface ListedFailure extends ClientFailure {
  clientRecordId: string;
  /** The present one. */
  clientId: string;
  clientName: string;
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
  clientName: string | null;
  apiIdentifier: string | null;
  scope: string | null;
  tokens: number;
}

/** Where a secret was used from. */
export interface SecretAddress {
  secretId: string;
  secretHint: string;
  address: string;
  /** Since `firstUsedAt`. */
  uses: number;
  firstUsedAt: Date;
  lastUsedAt: Date;
}

export interface ClientImpactCounts {
  /** Used last, first. */
  addresses: SecretAddress[];
  apis: { api: string; tokens: number; scopes: { scope: string; tokens: number }[] }[];
  /** False: there are more scopes than are named. */
  isComplete: boolean;
}

/** Granted, and not requested for long. */
export interface UnusedScope {
  clientRecordId: string;
  clientId: string;
  clientName: string;
  apiIdentifier: string;
  scope: string;
  /** null: before this was written down. */
  grantedAt: Date | null;
  /** `2026-11-23`, in UTC; null: never. */
  lastRequestedOn: string | null;
}
