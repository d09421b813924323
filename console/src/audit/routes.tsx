/** The page of the audit log. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, readSearch } from '../frame/search.ts';

const readAuditSearch = readSearch({
  action: anyText,
  actor: anyText,
  target: anyText,
  from: anyText,
  until: anyText,
});
export type AuditSearch = ReturnType<typeof readAuditSearch>;

export const auditRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
});
