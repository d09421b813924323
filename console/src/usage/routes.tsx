/** The page of usage. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export const usageDimensions = ['client', 'api', 'scope', 'day'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

export const usageRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/usage',
  validateSearch: ({ by }: Record<string, unknown>): { by?: UsageDimension } => {
    const known = usageDimensions.find((dimension) => dimension === by);
    return known === undefined ? {} : { by: known };
  },
  component: lazyRouteComponent(() => import('./usage-page.tsx'), 'UsagePage'),
});
