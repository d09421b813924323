/** The page of usage. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { oneOf, readSearch } from '../frame/search.ts';

export const usageDimensions = ['client', 'api', 'scope', 'day'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

const readUsageSearch = readSearch({ by: oneOf(usageDimensions) });

export const usageRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/usage',
  validateSearch: readUsageSearch,
  component: lazyRouteComponent(() => import('./usage-page.tsx'), 'UsagePage'),
});
