/** Whoever holds access: a registered integration, or a person. */
import type { Grant } from './records.ts';

export const accessKinds = ['client'] as const;
export type AccessKind = (typeof accessKinds)[number];

export interface AccessHolder {
  kind: AccessKind;
  /** Record id of the client. */
  id: string;
  name: string;
  clientId: string;
  organizationId: string;
  locationId: string | null;
  /** Itself, its organization and its location. */
  active: boolean;
  grants: Pick<Grant, 'apiIdentifier' | 'scopes'>[];
  createdAt: Date;
  lastUsedAt: Date | null;
}
