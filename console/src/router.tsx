/** Every page and its address below `/console`. */
import { createRouter } from '@tanstack/react-router';
import { apiRoute, apisRoute, newApiRoute } from './apis/routes.tsx';
import { auditRoute } from './audit/routes.tsx';
import { clientRoute, clientsRoute, newClientRoute } from './clients/routes.tsx';
import { firstStepsRoute } from './first-steps/routes.tsx';
import { rootRoute, signedInRoute } from './frame/root-route.tsx';
import { overviewRoute } from './overview/routes.tsx';
import { usageRoute } from './usage/routes.tsx';
import { signingKeysRoute } from './signing-keys/routes.tsx';
import { firstRunRoute, invitationRoute, signInRoute } from './door/routes.tsx';

export const router = createRouter({
  basepath: '/console',
  routeTree: rootRoute.addChildren([
    signInRoute,
    invitationRoute,
    firstRunRoute,
    signedInRoute.addChildren([
      apisRoute,
      newApiRoute,
      apiRoute,
      auditRoute,
      clientsRoute,
      firstStepsRoute,
      overviewRoute,
      signingKeysRoute,
      usageRoute,
      newClientRoute,
      clientRoute,
    ]),
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
