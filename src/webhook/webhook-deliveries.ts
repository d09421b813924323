/** The deliveries of a webhook: seen, tried on purpose, and sent again. */
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor, Principal } from '../model/principal.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import type { DeliveryState, Webhook, WebhookDelivery } from '../model/webhook.ts';
import type { Store } from '../store/store.ts';
import { auditWebhook, requireVisibleWebhook } from './webhook-registry.ts';

export class WebhookDeliveries {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  async list(
    principal: Principal,
    webhookId: string,
    filter: { state?: DeliveryState | undefined },
    page: PageRequest,
  ): Promise<Page<WebhookDelivery>> {
    return this.#store.read(async ({ webhooks, webhookDeliveries }) => {
      requireVisibleWebhook(principal, await webhooks.find(webhookId));
      return webhookDeliveries.list({ webhookId, ...filter }, page);
    });
  }

  /** The event of the test itself is what is delivered, whatever the webhook has selected. */
  async test(actor: Actor, webhookId: string): Promise<WebhookDelivery> {
    const { version } = await this.#store.change(actor, async (change) => {
      const webhook = requireVisibleWebhook(actor.principal, await change.webhooks.lock(webhookId));
      requireActive(webhook);
      auditWebhook(change, 'webhook.tested', webhook, {});
    });
    const delivery = await this.#store.read(({ webhookDeliveries }) =>
      webhookDeliveries.findOfChange(webhookId, version ?? 0n),
    );
    if (!delivery) throw new Error('the event of a test is not in the queue of its webhook');
    return delivery;
  }

  /** With the same `webhook-id`: whoever has had it already knows it. */
  async replay(actor: Actor, webhookId: string, deliveryId: string): Promise<WebhookDelivery> {
    const { value } = await this.#store.change(actor, async (change) => {
      const webhook = requireVisibleWebhook(actor.principal, await change.webhooks.lock(webhookId));
      const delivery = await change.webhookDeliveries.find(webhookId, deliveryId);
      if (!delivery) throw notFound('delivery');
      requireActive(webhook);
      await change.webhookDeliveries.requeue(webhookId, deliveryId, change.now);
      auditWebhook(change, 'webhook.replayed', webhook, {
        delivery: deliveryId,
        event_type: delivery.eventType,
        state: delivery.state,
      });
      const requeued = await change.webhookDeliveries.find(webhookId, deliveryId);
      if (!requeued) throw new Error('a delivery was lost while it was put back into the queue');
      return requeued;
    });
    this.#store.webhookQueue.wake();
    return value;
  }
}

function requireActive({ active }: Webhook): void {
  if (active) return;
  throw new RegistryError(
    'conflict',
    'the webhook is switched off, and nothing is sent to it: switch it on first, with active',
  );
}
