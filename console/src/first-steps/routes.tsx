/** The page that leads from nothing to a first access token. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export const firstStepsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/first-steps',
  component: lazyRouteComponent(() => import('./first-steps-page.tsx'), 'FirstStepsPage'),
});
