/** Webhooks, read and written. */
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Belonging, Sight } from '../../model/principal.ts';
import type { Webhook, WebhookHolder } from '../../model/webhook.ts';
import { webhookEntity, type WebhookRow } from '../entities/webhook-entity.ts';
import { containsPattern, readPage, type SortFields } from '../query/keyset-page.ts';
import { narrowToSight } from '../query/sight-filter.ts';
import { heldBy } from './webhook-holder.ts';

export interface WebhookFilter {
  sight: Sight;
  clientRecordId?: string | undefined;
  memberId?: string | undefined;
  active?: boolean | undefined;
  q?: string | undefined;
}

export type NewWebhook = Pick<
  Webhook,
  | 'id'
  | 'organizationId'
  | 'locationId'
  | 'clientRecordId'
  | 'memberId'
  | 'url'
  | 'events'
  | 'active'
  | 'createdBy'
  | 'createdAt'
> & { secretJwe: string };

export type WebhookPatch = Partial<
  Pick<
    WebhookRow,
    | 'locationId'
    | 'clientRecordId'
    | 'memberId'
    | 'url'
    | 'events'
    | 'active'
    | 'failingSince'
    | 'failures'
    | 'switchedOffAt'
  >
>;

export const webhookSortFields: SortFields = {
  created_at: { expression: 'webhook.createdAt', type: 'timestamptz' },
  url: { expression: 'webhook.url', type: 'text' },
  active: { expression: 'webhook.active', type: 'boolean' },
};

export class WebhookStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async find(id: string): Promise<Webhook | undefined> {
    return this.#findOne((query) => query.andWhere('webhook.id = :id', { id }));
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Webhook | undefined> {
    return this.#findOne((query) =>
      query.andWhere('webhook.id = :id', { id }).setLock('for_no_key_update'),
    );
  }

  async #findOne(
    narrow: (query: SelectQueryBuilder<WebhookRow>) => SelectQueryBuilder<WebhookRow>,
  ): Promise<Webhook | undefined> {
    const row = await narrow(this.#query()).getOne();
    return row ? toRecord(row) : undefined;
  }

  async list(filter: WebhookFilter, page: PageRequest): Promise<Page<Webhook>> {
    const query = narrowToSight(this.#query(), 'webhook', filter.sight);
    const { clientRecordId, memberId, active, q } = filter;
    if (clientRecordId !== undefined) {
      query.andWhere('webhook.clientRecordId = :clientRecordId', { clientRecordId });
    }
    if (memberId !== undefined) query.andWhere('webhook.memberId = :memberId', { memberId });
    if (active !== undefined) query.andWhere('webhook.active = :active', { active });
    if (q !== undefined) query.andWhere('webhook.url ILIKE :q', { q: containsPattern(q) });
    return readPage(query, page, {
      sortFields: webhookSortFields,
      key: 'webhook.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  #query(): SelectQueryBuilder<WebhookRow> {
    return this.#manager
      .getRepository(webhookEntity)
      .createQueryBuilder('webhook')
      .where('webhook.deletedAt IS NULL');
  }

  /** How many the organization has. */
  async count(organizationId: string): Promise<number> {
    return this.#query()
      .andWhere('webhook.organizationId = :organizationId', { organizationId })
      .getCount();
  }

  async insert(webhook: NewWebhook): Promise<void> {
    await this.#manager.getRepository(webhookEntity).insert({
      ...webhook,
      previousSecretJwe: null,
      previousSecretEndsAt: null,
      failingSince: null,
      failures: 0,
      switchedOffAt: null,
      version: 0n,
      updatedAt: webhook.createdAt,
      deletedAt: null,
    });
  }

  async update(id: string, patch: WebhookPatch): Promise<void> {
    // Nothing to set is no statement.
    if (Object.keys(patch).length === 0) return;
    await this.#manager.getRepository(webhookEntity).update({ id }, patch);
  }

  /** The present secret signs beside the new one until `previousEndsAt`; null: it ends now. */
  async replaceSecret(id: string, secretJwe: string, previousEndsAt: Date | null): Promise<void> {
    await this.#manager.query(
      `UPDATE webhooks SET previous_secret_jwe = CASE WHEN $3::timestamptz IS NOT NULL THEN secret_jwe END,
              previous_secret_ends_at = $3, secret_jwe = $2
        WHERE id = $1`,
      [id, secretJwe, previousEndsAt],
    );
  }

  /** What keeps it from being sent anything; null: nothing does. */
  async findHolder(id: string): Promise<WebhookHolder | null> {
    const [row] = await this.#manager.query<{ holder: WebhookHolder | null }[]>(
      `SELECT ${heldBy('webhook')} AS holder FROM webhooks webhook WHERE webhook.id = $1`,
      [id],
    );
    return row?.holder ?? null;
  }

  /** Of an organization, or a location of it, that goes on: the time of its stop is not one of failures. */
  async forgetFailures({ organizationId, locationId }: Belonging): Promise<void> {
    await this.#manager.query(
      `UPDATE webhooks SET failing_since = NULL, failures = 0
        WHERE organization_id = $1 AND ($2::text IS NULL OR location_id = $2) AND failing_since IS NOT NULL`,
      [organizationId, locationId],
    );
  }

  /** Those made for a member, in the order of their ids. */
  async listIdsOfMember(memberId: string): Promise<string[]> {
    const rows = await this.#query()
      .andWhere('webhook.memberId = :memberId', { memberId })
      .orderBy('webhook.id')
      .getMany();
    return rows.map(({ id }) => id);
  }

  /** Nothing is sent to it any more, and its secrets are gone; its log stays until it is too old. */
  async delete(id: string, deletedAt: Date): Promise<void> {
    await this.#manager.getRepository(webhookEntity).update(
      { id },
      {
        active: false,
        deletedAt,
        secretJwe: null,
        previousSecretJwe: null,
        previousSecretEndsAt: null,
      },
    );
  }
}

function toRecord(row: WebhookRow): Webhook {
  const {
    secretJwe: _secret,
    previousSecretJwe: _previous,
    deletedAt: _deletedAt,
    ...webhook
  } = row;
  return webhook;
}
