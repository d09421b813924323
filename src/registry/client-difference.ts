/** What the change of a client gives, takes away, and is written down as. */
import type { Permission } from '../model/permission.ts';
import type { Client, Grant } from '../model/records.ts';
import type { Facts } from './change-description.ts';
import { adminPermissions } from './delegation.ts';

/** What a change hands out: permissions that are new; with an activation or a move, which changes what they reach, all there are. */
export function findGivenPermissions(
  before: Client,
  after: Client,
  adminApiId: string,
): Permission[] {
  const isActivation = !before.active && after.active;
  const isMove = before.locationId !== after.locationId || before.memberId !== after.memberId;
  const held = isActivation || isMove ? [] : adminPermissions(before.grants, adminApiId);
  return adminPermissions(after.grants, adminApiId).filter(
    (permission) => !held.includes(permission),
  );
}

/** Of the admin API a personal client is granted no scope of its own: the member's are read at each use. */
export function grantsToStore({ grants, personal }: Client, adminApiId: string): Grant[] {
  if (!personal) return grants;
  return grants.map((grant) => (grant.apiId === adminApiId ? { ...grant, scopes: [] } : grant));
}

/** Whether it holds less of the admin API, or what it holds reaches elsewhere. */
export function mayDoLess(before: Client, after: Client, adminApiId: string): boolean {
  const held = adminPermissions(after.grants, adminApiId);
  return (
    (before.active && !after.active) ||
    before.locationId !== after.locationId ||
    before.memberId !== after.memberId ||
    adminPermissions(before.grants, adminApiId).some((permission) => !held.includes(permission))
  );
}

/** Whether whoever has not heard of the change yet does nothing that it forbids. */
export function takesNothingAway(before: Client, after: Client): boolean {
  const stays = ({ apiId, scopes, isDefault }: Grant) => {
    const now = after.grants.find((grant) => grant.apiId === apiId);
    return (
      now !== undefined &&
      now.isDefault === isDefault &&
      scopes.every((scope) => now.scopes.includes(scope))
    );
  };
  return (
    (after.active || !before.active) &&
    after.locationId === before.locationId &&
    after.memberId === before.memberId &&
    after.accessTokenLifetimeSeconds === before.accessTokenLifetimeSeconds &&
    before.grants.every(stays)
  );
}

export function describeClient(client: Client): Facts {
  return {
    name: client.name,
    description: client.description,
    location: client.locationId,
    member: client.memberId,
    active: client.active,
    access_token_lifetime_seconds: client.accessTokenLifetimeSeconds,
    exempt_from_inactivity: client.exemptFromInactivity,
    grants: describeGrants(client.grants),
  };
}

export function describeGrants(grants: readonly Grant[]): Record<string, unknown>[] {
  return grants.map(({ apiIdentifier, scopes, isDefault }) => ({
    api: apiIdentifier,
    scopes,
    default: isDefault,
  }));
}
