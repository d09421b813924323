/** The pages of APIs. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export interface ApisSearch {
  q?: string;
  sort?: string;
}

export const apisRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/apis',
  validateSearch: ({ q, sort }: Record<string, unknown>): ApisSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(typeof sort === 'string' ? { sort } : {}),
  }),
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
