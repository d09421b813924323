/** The routes as they are declared, so that no suite can forget a new one. */
import { composeAdminRoutes } from '../../src/compose/compose-admin-routes.ts';
import { composeRouters } from '../../src/compose/compose-routers.ts';
import { requiredPermissions, type Route } from '../../src/admin/route.ts';

// The declarations are read here, and their handlers never called.
const unused = {} as never;

export const declaredRoutes: readonly Route[] = composeAdminRoutes({
  store: unused,
  rotation: unused,
  verification: unused,
  revocation: unused,
  useFlush: unused,
  oneOffTokens: unused,
  webhooks: unused,
  auditLog: unused,
  sessions: unused,
  hashing: unused,
  cookie: unused,
  issuer: 'http://localhost:3000',
  adminUrl: 'http://localhost:3000',
});

/** All but the endpoints of the protocol, as they are mounted. */
export const composedRouters = composeRouters({
  issuer: 'http://localhost:3000',
  adminUrl: 'http://localhost:3000',
  isAdminApart: false,
  health: unused,
  signingKeys: unused,
  adminRoutes: declaredRoutes,
  authorization: unused,
  onRefusal: unused,
});

export const mutatingRoutes = declaredRoutes.filter(
  ({ method, isReading }) => method !== 'get' && !isReading,
);

/** `[operationId, route]`, for test.each. */
export function byName(routes: readonly Route[]): [string, Route][] {
  return routes.map((route) => [route.operationId, route]);
}

export { requiredPermissions, type Route };
