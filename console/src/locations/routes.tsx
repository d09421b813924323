/** The pages of locations. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, readSearch } from '../frame/search.ts';

const readLocationsSearch = readSearch({ q: anyText, sort: anyText });

export const locationsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/locations',
  validateSearch: readLocationsSearch,
  component: lazyRouteComponent(() => import('./locations-page.tsx'), 'LocationsPage'),
});

export const locationRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/locations/$id',
  component: lazyRouteComponent(() => import('./location-page.tsx'), 'LocationPage'),
});
