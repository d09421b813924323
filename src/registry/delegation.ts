/** Nobody gives away more than they hold (DESIGN §4). */
import { isPermission, type Permission } from '../model/permission.ts';
import { maySee, type Principal } from '../model/principal.ts';
import { forbidden, invalidAt } from '../model/registry-error.ts';
import type { Client, Grant } from '../model/records.ts';

/** The permissions of the admin API among these grants. */
export function adminPermissions(
  grants: readonly Pick<Grant, 'apiId' | 'scopes'>[],
  adminApiId: string,
): Permission[] {
  return grants
    .filter(({ apiId }) => apiId === adminApiId)
    .flatMap(({ scopes }) => scopes.filter(isPermission));
}

/** Which of `permissions` the principal cannot hand to somebody else, because it lacks them. */
export function findMissing(
  { permissions: held, member }: Principal,
  permissions: readonly Permission[],
): Permission[] {
  return permissions.filter(
    (permission) =>
      !held.has(permission) || (permission === 'secrets:write' && member?.ownSecretsOnly),
  );
}

/** Refuses to hand `permissions` to somebody while the giver lacks one of them. */
export function requireHolds(giver: Principal, permissions: readonly Permission[]): void {
  requireAll(findMissing(giver, permissions));
}

function requireAll(missing: readonly Permission[]): void {
  if (missing.length > 0) {
    throw forbidden(`you may not give away what you do not hold: ${missing.join(', ')}`);
  }
}

/**
 * Who took permissions from a client that holds more than they do could have its secret made, and wait for
 * the permissions to be given back: refused as well. Deactivating and revoking stay open to them.
 */
export function requireMayRegrant(
  changer: Principal,
  before: readonly Permission[],
  after: readonly Permission[],
): void {
  const takesNothing = before.every((permission) => after.includes(permission));
  if (takesNothing) return;
  const missing = findMissing(changer, before);
  if (missing.length > 0) {
    throw forbidden(
      `you may not take permissions from a client that holds more than you do: ${missing.join(', ')}`,
    );
  }
}

/**
 * Making a secret for a client, regenerating it or minting a token of it hands over what the client may
 * do: refused when that is more than the giver may.
 */
export function requireMayImpersonate(giver: Principal, client: Client, adminApiId: string): void {
  if (!maySee(giver, client)) {
    throw forbidden(
      'you may not use a client of another organization, or of more than your location',
    );
  }
  requireMayManageSecrets(giver, client);
  const held = adminPermissions(client.grants, adminApiId);
  // What is one's own holds what one holds, with the same limits; a token may carry less of it.
  if (isOwn(giver, client))
    requireAll(held.filter((permission) => !giver.permissions.has(permission)));
  else requireHolds(giver, held);
}

/** Some hold `secrets:write` for their own clients alone, and what a member has turned on is the member's alone. */
export function requireMayManageSecrets(giver: Principal, client: Client): void {
  if (isOwn(giver, client)) return;
  if (giver.member?.ownSecretsOnly) {
    throw forbidden('you may manage the secrets of your own clients only');
  }
  if (client.personal) {
    throw forbidden(
      "only the member has the credential of a member's API access: clear it instead",
    );
  }
}

function isOwn({ member }: Principal, { memberId }: Client): boolean {
  return member !== undefined && member.id === memberId;
}

/** A location never reaches beyond itself, so none of its clients runs the instance. */
export function requireFitsLocation(
  { locationId }: Pick<Client, 'locationId'>,
  permissions: readonly Permission[],
): void {
  if (locationId === null || !permissions.includes('instance:operate')) return;
  throw invalidAt('/grants', 'a client of a location cannot hold instance:operate');
}
