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
