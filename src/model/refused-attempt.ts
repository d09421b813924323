/** What somebody tried on the admin API and was refused: counted by who, what, from where and on which day. */

export const refusedAttemptKinds = ['sign_in', 'unauthenticated', 'forbidden'] as const;
export type RefusedAttemptKind = (typeof refusedAttemptKinds)[number];

/** Who tried, as far as that is known. */
export interface RefusedActor {
  type: string;
  /** Record id. */
  id: string;
  name: string;
  organizationId: string;
  locationId: string | null;
}

/** One refusal, as it happens. */
export interface Refusal {
  kind: RefusedAttemptKind;
  /** undefined: nobody that is known. What was typed is not kept: it may be a password in the wrong place. */
  actor: RefusedActor | undefined;
  /** Its operationId. */
  operation: string;
  address: string;
  /** The network of the address. */
  network: string;
  requestId: string;
}

/** All of one kind, actor, operation, network and day. */
export interface RefusedAttempts extends Omit<Refusal, 'actor'> {
  actor: RefusedActor | null;
  count: number;
  firstAt: Date;
  lastAt: Date;
}
