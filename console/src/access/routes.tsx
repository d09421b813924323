/** The page of everybody who holds access. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, oneOf, readSearch } from '../frame/search.ts';

const readAccessSearch = readSearch({
  q: anyText,
  sort: anyText,
  kind: oneOf(['client', 'member']),
  active: oneOf(['true', 'false']),
  location: anyText,
});

export const accessRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/access',
  validateSearch: readAccessSearch,
  component: lazyRouteComponent(() => import('./access-page.tsx'), 'AccessPage'),
});
