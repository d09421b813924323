/** The pages of clients. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export interface ClientsSearch {
  q?: string;
  sort?: string;
  active?: 'true' | 'false';
  location?: 'any' | 'none';
}

export const clientsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/clients',
  validateSearch: ({ q, sort, active, location }: Record<string, unknown>): ClientsSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(typeof sort === 'string' ? { sort } : {}),
    ...(active === 'true' || active === 'false' ? { active } : {}),
    ...(location === 'any' || location === 'none' ? { location } : {}),
  }),
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
  validateSearch: (search: Record<string, unknown>): { tab?: ClientTab } => {
    const tab = clientTabs.find((each) => each === search['tab']);
    return tab === undefined ? {} : { tab };
  },
  component: lazyRouteComponent(() => import('./client-page.tsx'), 'ClientPage'),
});
