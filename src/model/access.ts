/** Whoever holds access: a registered integration, or a person. */
import type { Grant } from './records.ts';

/** A person by the API access they have turned on for themselves. */
export const accessKinds = ['client', 'member'] as const;
export type AccessKind = (typeof accessKinds)[number];

export interface AccessHolder {
  kind: AccessKind;
  /** Record id of the client. */
  id: string;
  name: string;
  /** Record id of the member whose client it is; null: nobody's. */
  memberId: string | null;
  clientId: string;
  organizationId: string;
  locationId: string | null;
  /** Itself, its organization, its location and its member. */
  active: boolean;
  grants: Pick<Grant, 'apiIdentifier' | 'scopes'>[];
  createdAt: Date;
  lastUsedAt: Date | null;
}
