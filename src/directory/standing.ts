/** Nobody gives a role or a set of permissions that exceeds their own, nor rules over who holds more. */
import { findMissing, requireHolds } from '../registry/delegation.ts';
import type { Member } from '../model/member.ts';
import type { Permission } from '../model/permission.ts';
import type { Principal } from '../model/principal.ts';
import { forbidden, invalidAt } from '../model/registry-error.ts';
import { permissionsOf, toStanding, type Role, type Standing } from '../model/role.ts';

export interface StandingRequest {
  role?: Role | undefined;
  permissions?: readonly Permission[] | undefined;
}

/** undefined: the request says nothing of it. Throws `invalid` when it names a role and a set. */
export function parseStanding({ role, permissions }: StandingRequest): Standing | undefined {
  if (role !== undefined && permissions !== undefined) {
    throw invalidAt('/permissions', 'name a role or permissions, not both');
  }
  if (role !== undefined) return { role, permissions: null };
  if (permissions !== undefined) return { role: null, permissions: [...new Set(permissions)] };
  return undefined;
}

export function requireStanding(request: StandingRequest): Standing {
  const standing = parseStanding(request);
  if (!standing) throw invalidAt('/role', 'name a role, or permissions instead');
  return standing;
}

/** Throws `forbidden` when what is given is more than the giver holds. */
export function requireMayGive(giver: Principal, standing: Standing): void {
  requireHolds(giver, permissionsOf(standing));
}

/** Whoever changes, stops or removes a member holds all that the member holds, and is somebody else. */
export function requireMayRule(ruler: Principal, member: Member): void {
  if (ruler.member?.id === member.id) {
    throw forbidden(
      'you may not change what you yourself may do, nor remove yourself: ask another member',
    );
  }
  const missing = findMissing(ruler, permissionsOf(toStanding(member)));
  if (missing.length > 0) {
    throw forbidden(
      `you may not rule over a member who holds more than you do: ${missing.join(', ')}`,
    );
  }
}

/** For the audit trail. */
export function describeStanding(standing: Standing): Record<string, unknown> {
  return standing.role === null
    ? { role: null, permissions: standing.permissions }
    : { role: standing.role, permissions: null };
}
