/** What the named roles let one do, to offer only what one may give: the server decides (and a test compares). */
import type { Permission, Role } from '../api/records.ts';
import { text } from '../text/text.ts';

// The catalogue has a word for each, and the compiler sees that it lacks none.
export const permissions = Object.keys(text.permissions.permission) as Permission[];

const ofOwners = permissions.filter((permission) => permission !== 'instance:operate');

export const rolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ofOwners,
  admin: ofOwners.filter((permission) => permission !== 'organizations:write'),
  developer: ['clients:read', 'secrets:write', 'webhooks:read'],
  auditor: permissions.filter((permission) => permission.endsWith(':read')),
};

export const roles = Object.keys(text.permissions.role) as Role[];
