/** The pages of webhooks. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { signedInRoute } from '../frame/root-route.tsx';

export interface WebhooksSearch {
  q?: string;
  sort?: string;
  active?: 'true' | 'false';
  /** Record id: only those of this client, or member. */
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
    client,
    member,
  }: Record<string, unknown>): WebhooksSearch => ({
    ...(isText(q) ? { q } : {}),
    ...(isText(sort) ? { sort } : {}),
    ...(active === 'true' || active === 'false' ? { active } : {}),
    ...(isText(client) ? { client } : {}),
    ...(isText(member) ? { member } : {}),
  }),
  component: lazyRouteComponent(() => import('./webhooks-page.tsx'), 'WebhooksPage'),
});

export const newWebhookRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: '/webhooks/new',
  validateSearch: ({ client, member }: Record<string, unknown>) => ({
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
