/** The page of the audit log. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

const filters = ['action', 'actor', 'target', 'from', 'until'] as const;
export type AuditSearch = { [Filter in (typeof filters)[number]]?: string };

export const auditRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): AuditSearch =>
    Object.fromEntries(
      filters.flatMap((filter) => {
        const value = search[filter];
        return typeof value === 'string' && value !== '' ? [[filter, value]] : [];
      }),
    ),
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
});
