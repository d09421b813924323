/** The pages of locations. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export interface LocationsSearch {
  q?: string;
  sort?: string;
}

export const locationsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/locations',
  validateSearch: ({ q, sort }: Record<string, unknown>): LocationsSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(typeof sort === 'string' ? { sort } : {}),
  }),
  component: lazyRouteComponent(() => import('./locations-page.tsx'), 'LocationsPage'),
});

export const locationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/locations/$id',
  component: lazyRouteComponent(() => import('./location-page.tsx'), 'LocationPage'),
});
