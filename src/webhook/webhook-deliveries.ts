/** The deliveries of a webhook: seen, tried on purpose, and sent again. */
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor, Principal } from '../model/principal.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import { toStanding } from '../model/role.ts';
import type { DeliveryState, Webhook, WebhookDelivery, WebhookHolder } from '../model/webhook.ts';
import { mayHearAsMember, testType } from '../model/webhook-event.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { auditWebhook, requireVisibleWebhook } from './webhook-registry.ts';

const reasons: Readonly<Record<WebhookHolder, string>> = {
  webhook:
    'the webhook is switched off, and nothing is sent to it: switch it on first, with active',
  organization:
    'the organization of the webhook is stopped, and nothing is sent for it until it is started again',
  location:
    'the location of the webhook is stopped, and nothing is sent for it until it is started again',
  member:
    'the webhook was made for a member who is inactive, and nothing is sent to it until they are active again',
};

export interface DeliveryLog {
  page: Page<WebhookDelivery>;
  /** What those that wait are waiting for besides their time; null: nothing. */
  heldBy: WebhookHolder | null;
}

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
  ): Promise<DeliveryLog> {
    return this.#store.read(async ({ webhooks, webhookDeliveries }) => {
      const webhook = requireVisibleWebhook(principal, await webhooks.find(webhookId));
      return {
        page: await webhookDeliveries.list(webhook, filter, page),
        heldBy: await webhooks.findHolder(webhookId),
      };
    });
  }

  /** The event of the test itself is what is delivered, whatever the webhook has selected. */
  async test(actor: Actor, webhookId: string): Promise<WebhookDelivery> {
    const { version } = await this.#store.change(actor, async (change) => {
      const webhook = requireVisibleWebhook(actor.principal, await change.webhooks.lock(webhookId));
      await requireNotHeld(change, webhook);
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
      const delivery = await change.webhookDeliveries.find(webhook, deliveryId);
      if (!delivery) throw notFound('delivery');
      await requireNotHeld(change, webhook);
      await requireStillHeard(change, webhook, delivery);
      await change.webhookDeliveries.requeue(webhookId, deliveryId, change.now);
      auditWebhook(change, 'webhook.replayed', webhook, {
        delivery: deliveryId,
        event_type: delivery.eventType,
        state: delivery.state,
      });
      const requeued = await change.webhookDeliveries.find(webhook, deliveryId);
      if (!requeued) throw new Error('a delivery was lost while it was put back into the queue');
      return requeued;
    });
    this.#store.webhookQueue.wake();
    return value;
  }
}

async function requireNotHeld(change: RegistryChange, { id }: Webhook): Promise<void> {
  const holder = await change.webhooks.findHolder(id);
  if (holder !== null) throw new RegistryError('conflict', reasons[holder]);
}

/** Of a member's webhook, by the same rule as its events: what tells of the member, or may be seen by them. */
async function requireStillHeard(
  change: RegistryChange,
  webhook: Webhook,
  { id, eventType }: WebhookDelivery,
): Promise<void> {
  if (webhook.memberId === null || eventType === testType) return;
  const member = await change.members.find(webhook.memberId);
  if (member === undefined) throw new Error('a webhook outlived the member it was made for');
  const subject = await change.webhookDeliveries.findSubject(id);
  const isSeen =
    subject?.memberOfClient === member.id &&
    mayHearAsMember(toStanding(member), { type: eventType, noticeKind: subject.noticeKind });
  if (subject?.targetId === member.id || isSeen) return;
  throw new RegistryError(
    'conflict',
    'the webhook was made for a member who may not see, or not any more, what this delivery tells',
  );
}
