/** The log of deliveries: listed, found, and put back into the queue. */
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { isNoticeKind, type NoticeKind } from '../../model/notice.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { DeliveryState, Webhook, WebhookDelivery } from '../../model/webhook.ts';
import {
  webhookDeliveryEntity,
  type WebhookDeliveryRow,
} from '../entities/webhook-delivery-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';

export const deliverySortFields: SortFields = {
  created_at: { expression: 'delivery.createdAt', type: 'timestamptz' },
};

export interface DeliverySubject {
  /** Record id. */
  targetId: string;
  /** null: nobody's, or it is about no client. */
  memberOfClient: string | null;
  /** Of a notice; null: it is about something else. */
  noticeKind: NoticeKind | null;
}

export class WebhookDeliveryStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async list(
    webhook: Webhook,
    filter: { state?: DeliveryState | undefined },
    page: PageRequest,
  ): Promise<Page<WebhookDelivery>> {
    const query = this.#query(webhook);
    if (filter.state !== undefined)
      query.andWhere('delivery.state = :state', { state: filter.state });
    return readPage(query, page, {
      sortFields: deliverySortFields,
      key: 'delivery.place',
      keyType: 'bigint',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  /** The newest of each, by the webhook's record id, as its own list begins with it. */
  async findLast(webhooks: readonly Webhook[]): Promise<Map<string, WebhookDelivery>> {
    if (webhooks.length === 0) return new Map();
    const rows = await this.#manager.query<WebhookDelivery[]>(
      `SELECT last.*
         FROM unnest($1::text[], $2::text[]) AS webhook (id, location_id)
        CROSS JOIN LATERAL (
              SELECT delivery.id, delivery.webhook_id AS "webhookId", delivery.event_type AS "eventType",
                     delivery.occurred_at AS "occurredAt", delivery.state, delivery.attempts,
                     delivery.due_at AS "dueAt", delivery.last_attempt_at AS "lastAttemptAt",
                     delivery.last_outcome AS "lastOutcome", delivery.delivered_at AS "deliveredAt",
                     delivery.created_at AS "createdAt"
                FROM webhook_deliveries delivery
               WHERE delivery.webhook_id = webhook.id
                 AND (webhook.location_id IS NULL OR delivery.location_id = webhook.location_id)
               ORDER BY delivery.created_at DESC, delivery.place DESC
               LIMIT 1) last`,
      [webhooks.map(({ id }) => id), webhooks.map(({ locationId }) => locationId)],
    );
    return new Map(rows.map((delivery) => [delivery.webhookId, delivery]));
  }

  async find(webhook: Webhook, id: string): Promise<WebhookDelivery | undefined> {
    const row = await this.#query(webhook).andWhere('delivery.id = :id', { id }).getOne();
    return row ? toRecord(row) : undefined;
  }

  /** One that was moved to a location shows, and sends again, what happened in that location alone. */
  #query({ id, locationId }: Webhook): SelectQueryBuilder<WebhookDeliveryRow> {
    const query = this.#manager
      .getRepository(webhookDeliveryEntity)
      .createQueryBuilder('delivery')
      .where('delivery.webhookId = :webhookId', { webhookId: id });
    if (locationId !== null) query.andWhere('delivery.locationId = :locationId', { locationId });
    return query;
  }

  /** What it tells of, and whose the client in it is now. */
  async findSubject(id: string): Promise<DeliverySubject | undefined> {
    const [row] = await this.#manager.query<(DeliverySubject & { kind: string | null })[]>(
      `SELECT delivery.data::jsonb #>> '{target,id}' AS "targetId",
              CASE WHEN delivery.event_type LIKE 'notice.%'
                   THEN delivery.data::jsonb #>> '{details,kind}' END AS kind,
              client.member_id AS "memberOfClient"
         FROM webhook_deliveries delivery
         LEFT JOIN clients client ON client.id = delivery.data::jsonb #>> '{client,id}'
        WHERE delivery.id = $1`,
      [id],
    );
    if (row === undefined) return undefined;
    const { kind, targetId, memberOfClient } = row;
    return { targetId, memberOfClient, noticeKind: isNoticeKind(kind) ? kind : null };
  }

  /** What waits was meant for others than those who read the webhook from now on. */
  async giveUpWaiting(webhookId: string): Promise<void> {
    await this.#manager
      .getRepository(webhookDeliveryEntity)
      .update(
        { webhookId, state: 'waiting' },
        { state: 'dead', lastOutcome: 'moved', claim: null },
      );
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
  const {
    place: _place,
    sequence: _sequence,
    claim: _claim,
    locationId: _locationId,
    ...delivery
  } = row;
  return delivery;
}
