/**
 * The queue of deliveries, shared by all instances: each takes what is due for a while (a claim), so that a
 * killed one's are taken over. Every time in it is the database's.
 */
import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { NoticeDraft } from '../../model/notice.ts';
import type { ClaimedDelivery, DeliveryOutcome } from '../../model/webhook.ts';
import { callDatabase } from '../database/database-fault.ts';
import type { Database } from '../database/database.ts';
import { NoticeStore } from './notice-store.ts';
import { heldBy } from './webhook-holder.ts';

/** Longer than any attempt takes. */
const claimSeconds = 30;
/** At once, over all instances. */
const perWebhookMax = 4;
const perOrganizationMax = 8;
/**
 * So long what is about one client waits for what came before it; then it overtakes, or one message that its
 * receiver cannot stand would hold up all that follows for a day.
 */
const orderedAttemptsMax = 5;
/** Of one webhook, looked at for those that may be sent now: an embedded database has no time for more. */
const dueLookedAtMax = 300;
const retentionDays = 30;

/** Of one webhook. */
export interface QueueLimits {
  /** The oldest beyond it are given up. */
  waitingMax: number;
  /** Older ones leave the log before their time. */
  loggedMax: number;
}
const queueLimits: QueueLimits = { waitingMax: 10_000, loggedMax: 50_000 };

/** Whether anything is sent to a webhook. The first half says nothing new, but there is an index for it. */
const isSentTo = `(webhook.active AND ${heldBy('webhook')} IS NULL)`;
/** Whether what a delivery tells happened where the webhook hears of now: it may have been moved meanwhile. */
const isOfItsPlace = (delivery: string) =>
  `(webhook.location_id IS NULL OR ${delivery}.location_id = webhook.location_id)`;

/** How the webhook stands after an attempt that failed. */
export interface FailingWebhook {
  webhookId: string;
  organizationId: string;
  locationId: string | null;
  url: string;
  failingSince: Date;
  failures: number;
}

export interface ClaimedDeliveries {
  deliveries: ClaimedDelivery[];
  now: Date;
}

export class WebhookQueue {
  readonly #dataSource: DataSource;
  readonly #rowsPerPurge: number;
  readonly #clockOffsetMillis: () => number;
  readonly #limits: QueueLimits;
  #onWake: () => void = () => undefined;

  constructor(
    { dataSource, kind }: Database,
    clockOffsetMillis: () => number,
    limits = queueLimits,
  ) {
    this.#limits = limits;
    this.#dataSource = dataSource;
    // An embedded database runs on our own event loop: short queries.
    this.#rowsPerPurge = kind === 'embedded' ? 200 : 2_000;
    this.#clockOffsetMillis = clockOffsetMillis;
  }

  /** Called whenever this instance has put something into the queue. */
  onWake(listener: () => void): void {
    this.#onWake = listener;
  }

  wake(): void {
    this.#onWake();
  }

  /** Milliseconds until the next delivery is due; negative when one is, undefined when none waits. */
  async findNextDueMillis(): Promise<number | undefined> {
    const [row] = await callDatabase(() =>
      this.#dataSource.query<{ millis: number | null }[]>(
        `SELECT (extract(epoch FROM min(first.due_at) - clock_timestamp()) * 1000)::double precision AS millis
           FROM webhooks webhook
          CROSS JOIN LATERAL (SELECT due_at FROM webhook_deliveries delivery
                               WHERE delivery.webhook_id = webhook.id AND delivery.state = 'waiting'
                                 AND ${isOfItsPlace('delivery')}
                               ORDER BY due_at LIMIT 1) first
          WHERE ${isSentTo}`,
      ),
    );
    const millis = row?.millis ?? undefined;
    return millis === undefined ? undefined : millis - this.#clockOffsetMillis();
  }

  /** At most `limit` that are due, in their order, and no more at once than a webhook and an organization may have. */
  async claim(limit: number): Promise<ClaimedDeliveries> {
    return callDatabase(() =>
      this.#dataSource.transaction(async (manager) => {
        // One instance after the other, or together they would go beyond what may be under way at once.
        await manager.query(
          `SELECT pg_advisory_xact_lock(hashtext('latchkey webhook deliveries'))`,
        );
        const now = await this.#readClock(manager);
        // A statement of its own, so that it sees what the instance before has claimed.
        const [rows] = await manager.query<[ClaimedDelivery[], number]>(claimStatement, [
          now,
          randomUUID(),
          limit,
        ]);
        return { deliveries: rows, now };
      }),
    );
  }

  async #readClock(manager: EntityManager): Promise<Date> {
    const [clock] = await manager.query<{ now: Date }[]>('SELECT clock_timestamp() AS now');
    return new Date((clock?.now.getTime() ?? Number.NaN) + this.#clockOffsetMillis());
  }

  /** It has arrived. */
  async markDelivered({ id, webhookId, claim }: ClaimedDelivery, at: Date): Promise<void> {
    await this.#write(async (manager) => {
      // First the webhook, then the delivery, as everybody locks them.
      await manager.query(
        `UPDATE webhooks SET failing_since = NULL, failures = 0
          WHERE id = $1 AND failing_since IS NOT NULL`,
        [webhookId],
      );
      await manager.query(
        `UPDATE webhook_deliveries SET state = 'delivered', delivered_at = $3, last_attempt_at = $3,
                last_outcome = '2xx', claim = NULL
          WHERE id = $1 AND claim = $2`,
        [id, claim, at],
      );
    });
  }

  /** `nextAt` null: it is given up. What `toNotice` makes of the webhook's state is raised with it. */
  async markFailed(
    { id, webhookId, claim }: ClaimedDelivery,
    failure: { at: Date; outcome: DeliveryOutcome; nextAt: Date | null },
    toNotice: (webhook: FailingWebhook) => NoticeDraft | undefined,
  ): Promise<FailingWebhook | undefined> {
    return this.#write(async (manager) => {
      const [webhooks] = await manager.query<[FailingWebhook[], number]>(
        `UPDATE webhooks SET failing_since = coalesce(failing_since, $2), failures = failures + 1
          WHERE id = $1 AND deleted_at IS NULL
         RETURNING id AS "webhookId", organization_id AS "organizationId", location_id AS "locationId",
                   url, failing_since AS "failingSince", failures`,
        [webhookId, failure.at],
      );
      await manager.query(
        `UPDATE webhook_deliveries
            SET state = CASE WHEN $4::timestamptz IS NULL THEN 'dead' ELSE 'waiting' END,
                due_at = coalesce($4, due_at), last_attempt_at = $3, last_outcome = $5, claim = NULL
          WHERE id = $1 AND claim = $2`,
        [id, claim, failure.at, failure.nextAt, failure.outcome],
      );
      const [webhook] = webhooks;
      const notice = webhook && toNotice(webhook);
      if (notice) await new NoticeStore(manager).raise([notice]);
      return webhook;
    });
  }

  /** The attempt was not made after all: another instance may take it at once. */
  async giveBack({ id, claim }: ClaimedDelivery): Promise<void> {
    await this.#write((manager) =>
      manager.query(
        `UPDATE webhook_deliveries SET attempts = attempts - 1, claim = NULL,
                due_at = clock_timestamp() + $3 * interval '1 millisecond'
          WHERE id = $1 AND claim = $2`,
        [id, claim, this.#clockOffsetMillis()],
      ),
    );
  }

  /** Removes some of what is too old or too much; false when nothing is left to remove. */
  async purge(): Promise<boolean> {
    const now = await callDatabase(() => this.#readClock(this.#dataSource.manager));
    const oldest = new Date(now.getTime() - retentionDays * 86_400_000);
    const purged = await this.#deleteSome('created_at < $1', [oldest]);
    await this.#giveUpOverflow();
    const trimmed = await this.#trimLogs();
    await this.#write((manager) =>
      manager.query(
        `DELETE FROM webhooks webhook WHERE deleted_at < $1 AND NOT EXISTS
           (SELECT FROM webhook_deliveries WHERE webhook_id = webhook.id)`,
        [oldest],
      ),
    );
    return purged + trimmed >= this.#rowsPerPurge;
  }

  /** An array is chosen once; a subquery in `IN` may be run again for each row, and choose others. */
  async #deleteSome(condition: string, values: unknown[]): Promise<number> {
    const [, count] = await this.#write((manager) =>
      manager.query<[unknown, number]>(
        `DELETE FROM webhook_deliveries WHERE id = ANY (ARRAY(
           SELECT id FROM webhook_deliveries WHERE ${condition}
            ORDER BY place LIMIT ${this.#rowsPerPurge} FOR UPDATE SKIP LOCKED))`,
        values,
      ),
    );
    return count;
  }

  /** A receiver that is away fills its queue, and no more than that; what is given up can be replayed. Materialized: judged once a webhook. */
  async #giveUpOverflow(): Promise<void> {
    await this.#write((manager) =>
      manager.query(
        `UPDATE webhook_deliveries SET state = 'dead', last_outcome = 'queue_full', claim = NULL
          WHERE id = ANY (ARRAY(
            WITH newest AS MATERIALIZED (
              SELECT webhook.id, beyond.place FROM webhooks webhook
               CROSS JOIN LATERAL (
                 SELECT place FROM webhook_deliveries waiting
                  WHERE waiting.webhook_id = webhook.id AND waiting.state = 'waiting'
                  ORDER BY place DESC OFFSET ${this.#limits.waitingMax} LIMIT 1) beyond)
            SELECT delivery.id FROM newest JOIN webhook_deliveries delivery
                ON delivery.webhook_id = newest.id AND delivery.state = 'waiting'
               AND delivery.claim IS NULL AND delivery.place <= newest.place
             LIMIT ${this.#rowsPerPurge}))`,
      ),
    );
  }

  async #trimLogs(): Promise<number> {
    return this.#deleteSome(
      `place = ANY (ARRAY(
         WITH newest AS MATERIALIZED (
           SELECT webhook.id, beyond.created_at, beyond.place FROM webhooks webhook
            CROSS JOIN LATERAL (
              SELECT created_at, place FROM webhook_deliveries logged WHERE logged.webhook_id = webhook.id
               ORDER BY created_at DESC, place DESC OFFSET ${this.#limits.loggedMax} LIMIT 1) beyond)
         SELECT delivery.place FROM newest JOIN webhook_deliveries delivery
             ON delivery.webhook_id = newest.id AND delivery.state <> 'waiting'
            AND (delivery.created_at, delivery.place) <= (newest.created_at, newest.place)
          LIMIT ${this.#rowsPerPurge}))`,
      [],
    );
  }

  async #write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return callDatabase(() => this.#dataSource.transaction(work));
  }
}

/**
 * $1 now, $2 claim, $3 limit. Of each webhook the first that are due and that nothing about the same subject
 * comes before; of these as many as the webhook and its organization have room for.
 */
const claimStatement = `
  WITH under_way AS (
    SELECT webhook_id, organization_id FROM webhook_deliveries
     WHERE claim IS NOT NULL AND due_at > $1),
  due AS (
    SELECT first.id, first.due_at, first.place, webhook.id AS webhook_id, webhook.organization_id,
           row_number() OVER (PARTITION BY webhook.id ORDER BY first.due_at, first.place)
             + (SELECT count(*) FROM under_way WHERE webhook_id = webhook.id) AS webhook_rank
      FROM webhooks webhook
     CROSS JOIN LATERAL (
       SELECT looked_at.id, looked_at.due_at, looked_at.place
         FROM (SELECT id, subject, due_at, place FROM webhook_deliveries delivery
                WHERE delivery.webhook_id = webhook.id AND delivery.state = 'waiting'
                  AND delivery.due_at <= $1 AND ${isOfItsPlace('delivery')}
                ORDER BY delivery.due_at, delivery.place LIMIT ${dueLookedAtMax}) looked_at
        WHERE NOT EXISTS (
                SELECT FROM webhook_deliveries earlier
                 WHERE earlier.webhook_id = webhook.id AND earlier.subject = looked_at.subject
                   AND earlier.state = 'waiting' AND earlier.place < looked_at.place
                   AND earlier.attempts < ${orderedAttemptsMax} AND ${isOfItsPlace('earlier')})
        ORDER BY looked_at.due_at, looked_at.place LIMIT ${perWebhookMax}) first
     WHERE ${isSentTo}),
  chosen AS (
    SELECT id FROM (
      SELECT id, due_at, place,
             row_number() OVER (PARTITION BY organization_id ORDER BY due_at, place)
               + (SELECT count(*) FROM under_way
                   WHERE under_way.organization_id = due.organization_id) AS organization_rank
        FROM due WHERE webhook_rank <= ${perWebhookMax}) ranked
     WHERE organization_rank <= ${perOrganizationMax}
     ORDER BY due_at, place LIMIT $3),
  free AS (
    SELECT delivery.id, delivery.webhook_id FROM webhook_deliveries delivery
     WHERE delivery.id IN (SELECT id FROM chosen) AND delivery.state = 'waiting' AND delivery.due_at <= $1
       FOR UPDATE SKIP LOCKED)
  UPDATE webhook_deliveries delivery
     SET claim = $2, attempts = delivery.attempts + 1, due_at = $1::timestamptz + interval '${claimSeconds} seconds'
    FROM free JOIN webhooks webhook ON webhook.id = free.webhook_id
   WHERE delivery.id = free.id
  RETURNING delivery.id, delivery.webhook_id AS "webhookId", delivery.claim, webhook.url,
            webhook.secret_jwe AS "secretJwe",
            CASE WHEN webhook.previous_secret_ends_at > $1 THEN webhook.previous_secret_jwe END
              AS "previousSecretJwe",
            delivery.event_type AS "eventType", delivery.occurred_at AS "occurredAt", delivery.data,
            delivery.attempts`;
