/** The pages of members. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, oneOf, readSearch } from '../frame/search.ts';
import { roles } from './role-permissions.ts';

const readMembersSearch = readSearch({
  q: anyText,
  sort: anyText,
  active: oneOf(['true', 'false']),
  role: oneOf(roles),
});

export const membersRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/members',
  validateSearch: readMembersSearch,
  component: lazyRouteComponent(() => import('./members-page.tsx'), 'MembersPage'),
});

export const inviteRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/members/invite',
  component: lazyRouteComponent(() => import('./invite-page.tsx'), 'InvitePage'),
});

export const memberRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/members/$id',
  component: lazyRouteComponent(() => import('./member-page.tsx'), 'MemberPage'),
});
