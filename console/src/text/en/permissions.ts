/** What each permission of the admin API lets one do, and what the named sets of them are for. */
export const permissionsText = {
  permission: {
    'clients:read': 'See clients, the hints of their secrets, impact and access',
    'clients:write': 'Register, change, delete and restore clients',
    'secrets:write':
      'Make, revoke and keep client secrets, regenerate credentials, mint one-off tokens',
    'access:clear': 'Clear a member’s API access',
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
    'instance:operate':
      'Operate the instance: every organization, instance-wide APIs, signing keys',
  },
  role: {
    owner: 'Owner',
    admin: 'Admin',
    developer: 'Developer',
    auditor: 'Auditor',
  },
  roleHint: {
    owner: 'Everything in the organization.',
    admin: 'Everything but changing the organization and its locations.',
    developer: 'Sees clients and webhooks, and manages the secrets of the own clients.',
    auditor: 'Sees everything, and changes nothing.',
  },
  ownSet: 'Own set of permissions',
} as const;
