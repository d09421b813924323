/** Clients that may use the admin API, each with the permissions a case is about. */
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { permissions, type Permission } from '../../src/model/permission.ts';

export { permissions, type Permission };

/** What an organization's own admin may hold: everything but the run of the instance. */
export const organizationPermissions = permissions.filter(
  (permission) => permission !== 'instance:operate',
);

export interface RegisteredAdmin {
  client: RegisteredClient;
  api: AdminApi;
}

export function adminGrants(admin: AdminApi, held: readonly Permission[]): object[] {
  return held.length === 0 ? [] : [{ api: `${admin.server.issuer}/api`, scopes: held }];
}

/** Registers a client that holds exactly `held`, in the caller's organization unless told otherwise. */
export async function registerAdmin(
  operator: AdminApi,
  held: readonly Permission[],
  overrides: Record<string, unknown> = {},
): Promise<RegisteredAdmin> {
  const client = await operator.createClient(adminGrants(operator, held), {
    name: 'An admin',
    ...overrides,
  });
  return { client, api: new AdminApi(operator.server, client) };
}
