/** The page of everybody who holds access. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export interface AccessSearch {
  q?: string;
  sort?: string;
  kind?: 'client' | 'member';
  active?: 'true' | 'false';
  location?: string;
}

export const accessRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/access',
  validateSearch: ({ q, sort, kind, active, location }: Record<string, unknown>): AccessSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(typeof sort === 'string' ? { sort } : {}),
    ...(kind === 'client' || kind === 'member' ? { kind } : {}),
    ...(active === 'true' || active === 'false' ? { active } : {}),
    ...(typeof location === 'string' && location !== '' ? { location } : {}),
  }),
  component: lazyRouteComponent(() => import('./access-page.tsx'), 'AccessPage'),
});
