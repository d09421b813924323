/** Nobody gives away more than they hold (DESIGN §4). */
import { isPermission, type Permission } from '../model/permission.ts';
import { isOperator, type Principal } from '../model/principal.ts';
import { forbidden } from '../model/registry-error.ts';
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

/** Refuses to hand `permissions` to somebody while the giver lacks one of them. */
export function requireHolds(giver: Principal, permissions: readonly Permission[]): void {
  const missing = permissions.filter((permission) => !giver.permissions.has(permission));
  if (missing.length > 0) {
    throw forbidden(`you may not give away what you do not hold: ${missing.join(', ')}`);
  }
}

/**
 * Making a secret for a client, regenerating it or minting a token of it hands over what the client may
 * do: refused when that is more than the giver may.
 */
export function requireMayImpersonate(giver: Principal, client: Client, adminApiId: string): void {
  if (!isOperator(giver) && client.organizationId !== giver.organizationId) {
    throw forbidden("you may not use another organization's client");
  }
  requireHolds(giver, adminPermissions(client.grants, adminApiId));
}
