/** Every role at every route, by session: what a role opens stands here once, and the routes are the declared ones. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  organizationPermissions,
  permissions,
  registerAdmin,
  type Permission,
} from './admin-clients.ts';
import { byName, declaredRoutes, requiredPermissions } from './declared-routes.ts';
import { callRoute } from './route-call.ts';
import { getSample } from './route-samples.ts';

const everybodys: Permission[] = [
  'clients:read',
  'apis:read',
  'organizations:read',
  'members:read',
  'webhooks:read',
  'signing_keys:read',
  'audit:read',
  'usage:read',
];
const managed: Permission[] = [
  'clients:write',
  'secrets:write',
  'access:clear',
  'apis:write',
  'members:write',
  'webhooks:write',
  'signing_keys:write',
  'revocations:write',
];

/** DESIGN §4, written down a second time: what a role opens must not change unnoticed. */
const opened: Readonly<Record<string, readonly Permission[]>> = {
  owner: [...everybodys, ...managed, 'organizations:write'],
  admin: [...everybodys, ...managed],
  developer: ['clients:read', 'webhooks:read', 'secrets:write'],
  auditor: everybodys,
};

/** Routes that secrets:write opens, of which a developer's reach their own clients alone. */
const ownOnly = declaredRoutes
  .filter(({ permission }) => permission === 'secrets:write')
  .map(({ operationId }) => operationId);

describe('every role at every route', () => {
  const operator = new AdminApi(sharedServers().postgresql);
  const members = new Map<string, NewMember>();
  /** Of the same organization, and like an owner no operator. */
  let maker: AdminApi;

  beforeAll(async () => {
    maker = (await registerAdmin(operator, organizationPermissions)).api;
    for (const role of Object.keys(opened)) members.set(role, await newMember(maker, { role }));
  });

  test.each(Object.keys(opened))('%s has the permissions of the table', async (role) => {
    const { body } = (await members.get(role)?.api.request('/me')) ?? {};
    expect(body?.['permissions']).toEqual(
      permissions.filter((permission) => opened[role]?.includes(permission)),
    );
    expect(body?.['own_secrets_only']).toBe(role === 'developer');
  });

  // A-01, FEATURES 3.5: the two permissions of clients, and all others, per role.
  const guarded = declaredRoutes.filter(({ isPublic, memberOnly }) => !isPublic && !memberOnly);
  test.each(byName(guarded))(
    '%s opens to the roles that hold what it needs',
    async (operationId, route) => {
      const sample = getSample(operationId);
      const needed = requiredPermissions(route);
      for (const [role, { api }] of members) {
        const holds = needed.every((permission) => opened[role]?.includes(permission));
        const reaches = holds && !(role === 'developer' && ownOnly.includes(operationId));
        const { status, body } = await callRoute(api, route, await sample.prepare(maker));
        expect({ role, status, detail: body['detail'] }).toEqual({
          role,
          status: reaches ? sample.status : 403,
          detail: reaches ? undefined : (expect.any(String) as unknown),
        });
      }
    },
  );
});
