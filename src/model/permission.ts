/** The scopes of the built-in admin API: what a caller of `/api/v1` may do (DESIGN §4). */
import type { TokenClient, TokenGrant } from './token-client.ts';

export const permissionDescriptions = {
  'clients:read': 'See clients, the hints of their secrets, impact and access',
  'clients:write': 'Register, change, delete and restore clients',
  'secrets:write':
    'Make, revoke and keep client secrets, regenerate credentials, mint one-off tokens',
  'access:clear': "Clear a member's API access",
  'apis:read': 'See APIs and their scopes',
  'apis:write': 'Register, change and delete APIs and their scopes',
  'organizations:read': 'See organizations and locations',
  'organizations:write': 'Change organizations and locations',
  'members:read': 'See members, roles and invitations',
  'members:write': 'Invite, change and remove members',
  'webhooks:read': 'See webhooks and their deliveries',
  'webhooks:write': 'Change webhooks and replay deliveries',
  'signing_keys:read': 'See signing keys',
  'signing_keys:write': 'Rotate and revoke signing keys',
  'revocations:write': 'Revoke access tokens',
  'audit:read': 'See audit events',
  'usage:read': 'See usage',
  'instance:operate': 'Operate the instance: every organization, instance-wide APIs, signing keys',
} as const;

export type Permission = keyof typeof permissionDescriptions;

// Object.keys types its result as string[]; the literal above is the whole truth.
export const permissions = Object.keys(permissionDescriptions) as Permission[];

export function isPermission(value: string): value is Permission {
  return Object.hasOwn(permissionDescriptions, value);
}

/** What the client is granted of the admin API, and not of one that is merely named like it. */
export function findAdminGrant(
  { grants }: TokenClient,
  adminApiIdentifier: string,
): TokenGrant | undefined {
  return grants.find(
    ({ builtIn, apiIdentifier }) => builtIn && apiIdentifier === adminApiIdentifier,
  );
}
