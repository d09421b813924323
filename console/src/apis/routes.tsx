/** The pages of APIs. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, readSearch } from '../frame/search.ts';

const readApisSearch = readSearch({ q: anyText, sort: anyText });

export const apisRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/apis',
  validateSearch: readApisSearch,
  component: lazyRouteComponent(() => import('./apis-page.tsx'), 'ApisPage'),
});

export const newApiRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/apis/new',
  component: lazyRouteComponent(() => import('./new-api-page.tsx'), 'NewApiPage'),
});

export const apiRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/apis/$id',
  component: lazyRouteComponent(() => import('./api-page.tsx'), 'ApiPage'),
});
