/** The deliveries of a webhook: seen, tried on purpose, and sent again. */
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor, Principal } from '../model/principal.ts';
import type { Member } from '../model/member.ts';
import { notFound, RegistryError } from '../model/registry-error.ts';
import { toStanding } from '../model/role.ts';
import type { DeliveryState, Webhook, WebhookDelivery } from '../model/webhook.ts';
import { mayHearAsMember, testType } from '../model/webhook-event.ts';
import type { RegistryChange } from '../store/registry-change.ts';
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
      const webhook = requireVisibleWebhook(principal, await webhooks.find(webhookId));
      return webhookDeliveries.list(webhook, filter, page);
    });
  }

  /** The event of the test itself is what is delivered, whatever the webhook has selected. */
  async test(actor: Actor, webhookId: string): Promise<WebhookDelivery> {
    const { version } = await this.#store.change(actor, async (change) => {
      const webhook = requireVisibleWebhook(actor.principal, await change.webhooks.lock(webhookId));
      requireActive(webhook);
      await findItsMember(change, webhook);
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
      requireActive(webhook);
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

function requireActive({ active }: Webhook): void {
  if (active) return;
  throw new RegistryError(
    'conflict',
    'the webhook is switched off, and nothing is sent to it: switch it on first, with active',
  );
}

/** The member it was made for, null for one that was made for none. Throws `conflict` while the member is inactive. */
async function findItsMember(
  change: RegistryChange,
  { memberId }: Webhook,
): Promise<Member | null> {
  if (memberId === null) return null;
  const member = await change.members.find(memberId);
  if (member?.active) return member;
  throw new RegistryError(
    'conflict',
    'the webhook was made for a member who is inactive, and nothing is sent to it until they are active again',
  );
}

/** Of a member's webhook, by the same rule as its events: what tells of the member, or may be seen by them. */
async function requireStillHeard(
  change: RegistryChange,
  webhook: Webhook,
  { id, eventType }: WebhookDelivery,
): Promise<void> {
  const member = await findItsMember(change, webhook);
  if (member === null || eventType === testType) return;
  const subject = await change.webhookDeliveries.findSubject(id);
  const isSeen =
    subject?.memberOfClient === member.id && mayHearAsMember(toStanding(member), eventType);
  if (subject?.targetId === member.id || isSeen) return;
  throw new RegistryError(
    'conflict',
    'the webhook was made for a member who may not see, or not any more, what this delivery tells',
  );
}
