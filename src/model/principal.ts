/** Whoever acts: the authenticated caller of the admin API, or the operator at the machine itself. */
import type { Permission } from './permission.ts';

export interface Principal {
  type: 'client' | 'operator';
  /** Record id of the client, or `system` for the operator at the machine. */
  id: string;
  name: string;
  organizationId: string;
  permissions: ReadonlySet<Permission>;
}

/** Where a change came from, for the audit trail. */
export interface RequestOrigin {
  requestId: string;
  /** IP address of the caller; null when there was no network between us. */
  address: string | null;
}

/** What a caller was let in by, so that a change can ask whether it still holds. */
export interface Entitlement {
  /** `jti` and `client_id` of its access token, and the admin API's identifier. */
  tokenId: string;
  clientId: string;
  audience: string;
  /** It held at this registry version. */
  registryVersion: bigint;
  /** Records whose change may have ended it: the client, its organization, the admin API. */
  recordIds: readonly string[];
}

export interface Actor {
  principal: Principal;
  origin: RequestOrigin;
  /**
   * Nothing is changed once this has ended. Without one: the operator at the machine, who has the database;
   * and a client that gives back a token of its own, which hands nothing to anybody, whatever became of it.
   */
  entitlement?: Entitlement | undefined;
  /** False: does not want to wait until every instance obeys a change that takes something away. */
  waits?: boolean;
}

/** An operator sees every organization; everybody else sees their own. */
export function isOperator(principal: Principal): boolean {
  return principal.permissions.has('instance:operate');
}

export function maySeeOrganization(principal: Principal, organizationId: string): boolean {
  return isOperator(principal) || principal.organizationId === organizationId;
}
