/** The pages of webhooks. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';
import { anyText, oneOf, readSearch } from '../frame/search.ts';

const readWebhooksSearch = readSearch({
  q: anyText,
  sort: anyText,
  active: oneOf(['true', 'false']),
  /** Record id: only those of this location, client, or member. */
  location: anyText,
  client: anyText,
  member: anyText,
});

export const webhooksRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks',
  validateSearch: readWebhooksSearch,
  component: lazyRouteComponent(() => import('./webhooks-page.tsx'), 'WebhooksPage'),
});

export const newWebhookRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks/new',
  /** What it is made for at first: record ids. */
  validateSearch: readSearch({ location: anyText, client: anyText, member: anyText }),
  component: lazyRouteComponent(() => import('./new-webhook-page.tsx'), 'NewWebhookPage'),
});

export const webhookRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks/$id',
  component: lazyRouteComponent(() => import('./webhook-page.tsx'), 'WebhookPage'),
});
