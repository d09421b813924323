/** The pages of members. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Role } from '../api/records.ts';
import { signedInRoute } from '../frame/root-route.tsx';
import { roles } from './role-permissions.ts';

export interface MembersSearch {
  q?: string;
  sort?: string;
  active?: 'true' | 'false';
  role?: Role;
}

export const membersRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/members',
  validateSearch: ({ q, sort, active, role }: Record<string, unknown>): MembersSearch => {
    const known = roles.find((one) => one === role);
    return {
      ...(typeof q === 'string' && q !== '' ? { q } : {}),
      ...(typeof sort === 'string' ? { sort } : {}),
      ...(active === 'true' || active === 'false' ? { active } : {}),
      ...(known === undefined ? {} : { role: known }),
    };
  },
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
