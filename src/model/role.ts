/** What members may do: a role, which is a named set of permissions, or a set of their own (DESIGN §4). */
import { permissions, type Permission } from './permission.ts';

export const roles = ['owner', 'admin', 'developer', 'auditor'] as const;
export type Role = (typeof roles)[number];

/** Either a role or an explicit set, never both. */
export type Standing =
  | { role: Role; permissions: null }
  | { role: null; permissions: readonly Permission[] };

const ownerPermissions = permissions.filter((permission) => permission !== 'instance:operate');

export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ownerPermissions,
  admin: ownerPermissions.filter((permission) => permission !== 'organizations:write'),
  developer: ['clients:read', 'secrets:write', 'webhooks:read'],
  auditor: permissions.filter((permission) => permission.endsWith(':read')),
};

/** In the order in which all permissions are listed. */
export function permissionsOf(standing: Standing): readonly Permission[] {
  return standing.role === null ? standing.permissions : rolePermissions[standing.role];
}

/** Whether `secrets:write` reaches no client but the member's own. */
export function hasOwnSecretsOnly(standing: Standing): boolean {
  return standing.role === 'developer';
}

/** As the database holds it: its check says that exactly one of the two is there. */
export function toStanding(row: {
  role: Role | null;
  permissions: readonly Permission[] | null;
}): Standing {
  return row.role === null
    ? { role: null, permissions: row.permissions ?? [] }
    : { role: row.role, permissions: null };
}

/** What a member's client has of the admin API: the scopes it is granted that its member holds, or all of those. */
export function scopesOfMembersClient(
  standing: Standing,
  { personal, scopes }: { personal: boolean; scopes: readonly string[] },
): string[] {
  const held = permissionsOf(standing).map(String);
  return personal ? held : scopes.filter((scope) => held.includes(scope));
}
