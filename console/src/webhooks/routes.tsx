/** The pages of webhooks. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export interface WebhooksSearch {
  q?: string;
  sort?: string;
  active?: 'true' | 'false';
  /** Record id: only those of this location, client, or member. */
  location?: string;
  client?: string;
  member?: string;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

export const webhooksRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks',
  validateSearch: ({
    q,
    sort,
    active,
    location,
    client,
    member,
  }: Record<string, unknown>): WebhooksSearch => ({
    ...(isText(q) ? { q } : {}),
    ...(isText(sort) ? { sort } : {}),
    ...(active === 'true' || active === 'false' ? { active } : {}),
    ...(isText(location) ? { location } : {}),
    ...(isText(client) ? { client } : {}),
    ...(isText(member) ? { member } : {}),
  }),
  component: lazyRouteComponent(() => import('./webhooks-page.tsx'), 'WebhooksPage'),
});

export const newWebhookRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks/new',
  validateSearch: ({ location, client, member }: Record<string, unknown>) => ({
    ...(isText(location) ? { location } : {}),
    ...(isText(client) ? { client } : {}),
    ...(isText(member) ? { member } : {}),
  }),
  component: lazyRouteComponent(() => import('./new-webhook-page.tsx'), 'NewWebhookPage'),
});

export const webhookRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks/$id',
  component: lazyRouteComponent(() => import('./webhook-page.tsx'), 'WebhookPage'),
});
