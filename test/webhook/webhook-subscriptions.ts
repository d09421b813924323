/** Webhooks as tests make them, and what they are told of their deliveries. */
import { randomBytes } from 'node:crypto';
import type { AdminApi } from '../support/admin-api.ts';
import { until } from '../support/until.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

export interface LoggedDelivery {
  id: string;
  event_type: string;
  state: 'waiting' | 'delivered' | 'dead';
  attempts: number;
  last_outcome: string | null;
  last_attempt_at: string | null;
  next_attempt_at: string | null;
  held_by: string | null;
}

/** `client.updated`, or with `*` in place of either. */
export function selection(event: string): { entity: string; operation: string } {
  const [entity = '', operation = ''] = event.split('.');
  return { entity, operation };
}

export async function readDeliveries(admin: AdminApi, webhook: string): Promise<LoggedDelivery[]> {
  return admin.readAll<LoggedDelivery>(`/webhooks/${webhook}/deliveries`);
}

/** Waits until the newest delivery is as `isSo` wants it, and returns it. */
export async function untilNewest(
  admin: AdminApi,
  webhook: string,
  isSo: (delivery: LoggedDelivery) => boolean,
): Promise<LoggedDelivery> {
  let newest: LoggedDelivery | undefined;
  await until(
    async () => {
      [newest] = await readDeliveries(admin, webhook);
      return newest !== undefined && isSo(newest);
    },
    `the newest delivery of ${webhook}`,
    () => JSON.stringify(newest),
  );
  if (!newest) throw new Error('there is no delivery');
  return newest;
}

/** Waits until the server has looked at everything that was put into its queue before. */
export async function untilLookedAt(admin: AdminApi, receiver: WebhookReceiver): Promise<void> {
  const path = `/marker-${randomBytes(6).toString('hex')}`;
  const { id } = await admin.createWebhook(receiver.url(path), ['client.created']);
  await admin.createClient([]);
  await receiver.untilReceived(path, 1);
  await admin.request(`/webhooks/${id}`, { method: 'DELETE' });
}

export async function rename(admin: AdminApi, client: string, name: string): Promise<void> {
  const { status, body } = await admin.request(`/clients/${client}`, {
    method: 'PATCH',
    body: { name },
  });
  if (status !== 200) throw new Error(`not renamed: ${JSON.stringify(body)}`);
}
