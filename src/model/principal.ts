/** Whoever acts: the authenticated caller of the admin API, or the operator at the machine itself. */
import type { MemberBehind } from './member-behind.ts';
import type { Permission } from './permission.ts';

export interface Principal {
  type: 'client' | 'member' | 'operator' | 'system';
  /**
   * Record id of the client or the member, or `system` for the operator at the machine and for what the clock
   * alone does.
   */
  id: string;
  name: string;
  organizationId: string;
  /** Of a location it sees and changes only what is that location's; null: all of its organization. */
  locationId: string | null;
  permissions: ReadonlySet<Permission>;
  /** The member that acts, or whose client does; undefined: nobody's client. */
  member?: MemberBehind | undefined;
}

/** What somebody authenticated with, as far as it may be written down: never what would authenticate again. */
export interface ActorCredential {
  type: string;
  /** Record id of the session, or of the client_secret that the access token was asked with; null: it is not live any more. */
  id: string | null;
  /** The beginning of the SHA-256 of the token's `jti`, so that whoever has the token can find its events. */
  token: string | null;
}

/** Where a change came from, for the audit trail. */
export interface RequestOrigin {
  requestId: string;
  /** IP address of the caller; null when there was no network between us. */
  address: string | null;
  /** What the caller's program says of itself, cut to what is shown; null or none: nothing. */
  userAgent?: string | null;
  credential?: ActorCredential;
}

/** What a caller was let in by, so that a change can ask whether it still holds. */
export type Entitlement = TokenEntitlement | SessionEntitlement;

export interface TokenEntitlement extends KnownEntitlement {
  kind: 'access_token';
  /** `jti` and `client_id` of its access token, and the admin API's identifier. */
  tokenId: string;
  clientId: string;
  audience: string;
  /** `kid` of the signing key that the token was signed with. */
  signingKeyId: string;
}

export interface SessionEntitlement extends KnownEntitlement {
  kind: 'session';
  sessionId: string;
}

interface KnownEntitlement {
  /** It held at this registry version. */
  registryVersion: bigint;
  /** Records whose change may have ended it: the client or the session, its location and organization, and so on. */
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

/** Whose a record is; without a location it is its organization's own. */
export interface Belonging {
  organizationId: string;
  locationId: string | null;
}

/** An operator sees every organization; everybody else sees their own, or their location of it. */
export function isOperator(principal: Principal): boolean {
  // Whatever a location was granted: it never reaches beyond itself.
  return principal.permissions.has('instance:operate') && principal.locationId === null;
}

/**
 * Whether the organization's own record, and what is everybody's in it, may be seen; not what belongs to it,
 * which `maySee` tells.
 */
export function maySeeOrganization(principal: Principal, organizationId: string): boolean {
  return isOperator(principal) || principal.organizationId === organizationId;
}

/** Whether `principal` may do what concerns all of the organization, its locations among it. */
export function mayActForOrganization(principal: Principal, organizationId: string): boolean {
  return maySeeOrganization(principal, organizationId) && principal.locationId === null;
}

/** Whether `principal` may see a record; also all of a location, when it is the location that is asked for. */
export function maySee(principal: Principal, { organizationId, locationId }: Belonging): boolean {
  if (mayActForOrganization(principal, organizationId)) return true;
  return (
    principal.organizationId === organizationId &&
    locationId !== null &&
    principal.locationId === locationId
  );
}

/** What is asked for of a list, by record ids. */
export interface PlaceFilter {
  organization?: string | undefined;
  location?: string | undefined;
  /** Only what belongs to a location, or only what does not. */
  hasLocation?: boolean | undefined;
}

/** What a list may show: null is every organization, or every location and what belongs to none. */
export interface Sight {
  organizationId: string | null;
  locationId: string | null;
}

export const everything: Sight = { organizationId: null, locationId: null };

/**
 * What `principal` may see in a list, narrowed to what is asked for; undefined: nothing. Every list is to be
 * read through this, and narrows by `hasLocation` itself.
 */
export function sightOf(principal: Principal, asked: PlaceFilter = {}): Sight | undefined {
  const { organization, location } = asked;
  if (organization !== undefined && !maySeeOrganization(principal, organization)) return undefined;
  if (
    principal.locationId !== null &&
    location !== undefined &&
    location !== principal.locationId
  ) {
    return undefined;
  }
  return {
    organizationId: organization ?? (isOperator(principal) ? null : principal.organizationId),
    locationId: location ?? principal.locationId,
  };
}
