/** The log of deliveries: listed, found, and put back into the queue. */
import type { EntityManager } from 'typeorm';
import type { Page, PageRequest } from '../model/page.ts';
import type { DeliveryState, WebhookDelivery } from '../model/webhook.ts';
import {
  webhookDeliveryEntity,
  type WebhookDeliveryRow,
} from './entities/webhook-delivery-entity.ts';
import { readPage, type SortFields } from './keyset-page.ts';

export const deliverySortFields: SortFields = {
  created_at: { expression: 'delivery.createdAt', type: 'timestamptz' },
};

export class WebhookDeliveryStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async list(
    filter: { webhookId: string; state?: DeliveryState | undefined },
    page: PageRequest,
  ): Promise<Page<WebhookDelivery>> {
    const query = this.#manager
      .getRepository(webhookDeliveryEntity)
      .createQueryBuilder('delivery')
      .where('delivery.webhookId = :webhookId', { webhookId: filter.webhookId });
    if (filter.state !== undefined)
      query.andWhere('delivery.state = :state', { state: filter.state });
    return readPage(query, page, {
      sortFields: deliverySortFields,
      key: 'delivery.place',
      keyType: 'bigint',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  async find(webhookId: string, id: string): Promise<WebhookDelivery | undefined> {
    const row = await this.#manager
      .getRepository(webhookDeliveryEntity)
      .findOneBy({ id, webhookId });
    return row ? toRecord(row) : undefined;
  }

  /** What the webhook is to be told of the change with this version. */
  async findOfChange(webhookId: string, version: bigint): Promise<WebhookDelivery | undefined> {
    const row = await this.#manager
      .getRepository(webhookDeliveryEntity)
      .findOneBy({ webhookId, sequence: version.toString() });
    return row ? toRecord(row) : undefined;
  }

  /** From the beginning: due now, with all its attempts before it. Of one under way it takes nothing. */
  async requeue(webhookId: string, id: string, now: Date): Promise<void> {
    await this.#manager
      .getRepository(webhookDeliveryEntity)
      .update(
        { id, webhookId },
        { state: 'waiting', attempts: 0, dueAt: now, claim: null, deliveredAt: null },
      );
  }
}

function toRecord(row: WebhookDeliveryRow): WebhookDelivery {
  const { place: _place, sequence: _sequence, claim: _claim, ...delivery } = row;
  return delivery;
}
