/** The pages of clients. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, oneOf, readSearch } from '../frame/search.ts';

const readClientsSearch = readSearch({
  q: anyText,
  sort: anyText,
  active: oneOf(['true', 'false']),
  location: oneOf(['any', 'none']),
  /** What was deleted and can be restored, in place of what is there. */
  deleted: oneOf(['true']),
});

export const clientsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/clients',
  validateSearch: readClientsSearch,
  component: lazyRouteComponent(() => import('./clients-page.tsx'), 'ClientsPage'),
});

export const newClientRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/clients/new',
  component: lazyRouteComponent(() => import('./new-client-page.tsx'), 'NewClientPage'),
});

export const clientTabs = [
  'overview',
  'grants',
  'secrets',
  'token',
  'refusals',
  'usage',
  'audit',
  'webhooks',
  'quick-start',
] as const;
export type ClientTab = (typeof clientTabs)[number];

export const clientRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/clients/$id',
  validateSearch: readSearch({ tab: oneOf(clientTabs) }),
  component: lazyRouteComponent(() => import('./client-page.tsx'), 'ClientPage'),
});
