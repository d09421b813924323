/** Every page and its address below `/console`. */
import { createRouter } from '@tanstack/react-router';
import { accessRoute } from './access/routes.tsx';
import { apiRoute, apisRoute, newApiRoute } from './apis/routes.tsx';
import { auditRoute } from './audit/routes.tsx';
import { clientRoute, clientsRoute, newClientRoute } from './clients/routes.tsx';
import { firstStepsRoute } from './first-steps/routes.tsx';
import { rootRoute, signedInRoute, unknownRoute } from './frame/root-route.tsx';
import { parseSearch, stringifySearch } from './frame/search.ts';
import { locationRoute, locationsRoute } from './locations/routes.tsx';
import { inviteRoute, memberRoute, membersRoute } from './members/routes.tsx';
import { organizationRoute } from './organization/routes.tsx';
import { overviewRoute } from './overview/routes.tsx';
import { usageRoute } from './usage/routes.tsx';
import { noticesRoute } from './notices/routes.tsx';
import { settingsRoute } from './settings/routes.tsx';
import { signingKeysRoute } from './signing-keys/routes.tsx';
import { firstRunRoute, invitationRoute, signInRoute } from './door/routes.tsx';
import { newWebhookRoute, webhookRoute, webhooksRoute } from './webhooks/routes.tsx';

export const router = createRouter({
  basepath: '/console',
  routeTree: rootRoute.addChildren([
    signInRoute,
    invitationRoute,
    firstRunRoute,
    signedInRoute.addChildren([
      accessRoute,
      apisRoute,
      newApiRoute,
      apiRoute,
      auditRoute,
      clientsRoute,
      firstStepsRoute,
      locationsRoute,
      locationRoute,
      membersRoute,
      inviteRoute,
      memberRoute,
      organizationRoute,
      overviewRoute,
      noticesRoute,
      settingsRoute,
      signingKeysRoute,
      usageRoute,
      newClientRoute,
      clientRoute,
      webhooksRoute,
      newWebhookRoute,
      webhookRoute,
      unknownRoute,
    ]),
  ]),
  // What no page knows is not in its address.
  search: { strict: true },
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
