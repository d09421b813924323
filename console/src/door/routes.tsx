/** The pages in front of the door. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../frame/root-route.tsx';

const reasons = ['ended', 'signed-out', 'ready'] as const;
type Reason = (typeof reasons)[number];

interface SignInSearch {
  next?: string | undefined;
  reason?: Reason | undefined;
}

export const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: ({ next, reason }: Record<string, unknown>): SignInSearch => ({
    // Named also when it is nothing: what is left out, the router would pass on as the address has it.
    next: isOwnPath(next) ? next : undefined,
    reason: isReason(reason) ? reason : undefined,
  }),
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInPage'),
});

export const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./invitation-page.tsx'), 'InvitationPage'),
});

export const firstRunRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/first-run',
  component: lazyRouteComponent(() => import('./first-run-page.tsx'), 'FirstRunPage'),
});

/** A path of the console: never an address of somebody else's, however it is written. */
export function isOwnPath(value: unknown): value is string {
  return typeof value === 'string' && /^\/(?![/\\])[\x21-\x5B\x5D-\x7E]*$/.test(value);
}

function isReason(value: unknown): value is Reason {
  return reasons.some((reason) => reason === value);
}
