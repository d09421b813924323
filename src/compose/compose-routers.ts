/** Every route but the endpoints of the protocol: those for everybody, and those for admins. */
import { adminRouter } from '../admin/admin-router.ts';
import type { AdminAuthorization } from '../admin/authorization.ts';
import { docsRouter } from '../admin/docs.ts';
import { createOpenApiDocument } from '../admin/openapi.ts';
import type { Route } from '../admin/route.ts';
import { consoleRouter } from '../console/console-router.ts';
import type { createApp } from '../http/app.ts';
import { healthRouter, type Health } from '../http/health.ts';
import type { Refusal } from '../model/refused-attempt.ts';
import { metadataRouter } from '../oauth/metadata.ts';
import type { SigningKeyRing } from '../signing-key/signing-key-ring.ts';

type Routers = Parameters<typeof createApp>[0];

export interface ComposedRouters {
  publicRouters: Routers;
  /** Where admins have a listener of their own, there and nowhere else. */
  adminRouters: Routers;
}

export function composeRouters(dependencies: {
  issuer: string;
  adminUrl: string;
  /** Whether admins have a listener of their own: nothing that is public says where. */
  isAdminApart: boolean;
  health: Health;
  signingKeys: SigningKeyRing;
  adminRoutes: readonly Route[];
  authorization: AdminAuthorization;
  onRefusal: (refusal: Refusal) => void;
}): ComposedRouters {
  const { issuer, adminUrl, isAdminApart, health, signingKeys } = dependencies;
  const { adminRoutes, authorization, onRefusal } = dependencies;
  return {
    publicRouters: [
      healthRouter(health),
      metadataRouter({ issuer, signingKeys, hasDocs: !isAdminApart }),
    ],
    adminRouters: [
      docsRouter(() => createOpenApiDocument(adminRoutes, issuer, adminUrl)),
      consoleRouter(),
      adminRouter(adminRoutes, authorization, onRefusal),
    ],
  };
}
