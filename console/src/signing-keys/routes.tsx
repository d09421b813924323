/** The page of signing keys. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export const signingKeysRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/signing-keys',
  component: lazyRouteComponent(() => import('./signing-keys-page.tsx'), 'SigningKeysPage'),
});
