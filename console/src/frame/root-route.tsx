/** The roots of all pages: those for anybody, and those for who is signed in. */
import { createRootRoute, createRoute, Outlet, redirect } from '@tanstack/react-router';
import { queryClient } from '../api/query-client.ts';
import { sessionQuery } from '../session/session.tsx';
import { CrashedPage, NotFoundPage } from './fault-pages.tsx';
import { Frame } from './frame.tsx';

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashedPage,
});

/** Parent of every page behind the door: whoever is not signed in goes there first, and comes back. */
export const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'signed-in',
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData({ ...sessionQuery, revalidateIfStale: true });
    if (session === null) {
      throw redirect({
        to: '/sign-in',
        search: location.href === '/' ? {} : { next: location.href },
      });
    }
  },
  component: Frame,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashedPage,
});

/** Any other address: said beside the menu, so that one goes on from there. */
export const unknownRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '$',
  component: NotFoundPage,
});
