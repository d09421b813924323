/** Notices: raised once for each occasion and counted after that, listed, read. */
import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Notice, NoticeDraft, NoticeKind } from '../../model/notice.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import { newRecordId } from '../../model/record-id.ts';
import { noticeToWebhookEvent } from '../../model/webhook-event.ts';
import { noticeEntity, type NoticeRow } from '../entities/notice-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';
import { narrowToSight } from '../query/sight-filter.ts';
import { enqueueDeliveries } from './webhook-enqueueing.ts';

export interface NoticeFilter {
  organizationId: string;
  /** null: every location's, and the organization's own. */
  locationId: string | null;
  /** undefined: all of them. */
  kinds?: readonly NoticeKind[] | undefined;
  read?: boolean | undefined;
}

export const noticeSortFields: SortFields = {
  last_occurred_at: { expression: 'notice.lastOccurredAt', type: 'timestamptz' },
  first_occurred_at: { expression: 'notice.firstOccurredAt', type: 'timestamptz' },
};

/** No row that was there before has xmax 0: it was updated. */
type RaisedRow = Omit<Notice, 'readAt'> & { isNew: boolean };

export class NoticeStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /**
   * An occasion that was told of before is counted; what has been read stays read. Webhooks hear of new ones,
   * whose record ids are returned.
   */
  async raise(drafts: readonly NoticeDraft[]): Promise<string[]> {
    if (drafts.length === 0) return [];
    const raised = await this.#manager.query<RaisedRow[]>(
      `INSERT INTO notices AS known (id, organization_id, kind, occasion, parameters, count,
                                     first_occurred_at, last_occurred_at, location_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::bigint[],
                            $7::timestamptz[], $8::timestamptz[], $9::text[])
              AS drafted (id, organization_id, kind, occasion, parameters, count,
                         first_occurred_at, last_occurred_at, location_id)
        ORDER BY organization_id, kind, occasion
       ON CONFLICT (organization_id, kind, occasion) DO UPDATE
          SET count = known.count + excluded.count,
              first_occurred_at = least(known.first_occurred_at, excluded.first_occurred_at),
              last_occurred_at = greatest(known.last_occurred_at, excluded.last_occurred_at)
       RETURNING id, xmax = 0 AS "isNew", organization_id AS "organizationId", location_id AS "locationId",
                 kind, parameters, count, first_occurred_at AS "firstOccurredAt",
                 last_occurred_at AS "lastOccurredAt"`,
      [
        drafts.map(() => newRecordId('notice', randomBytes(16))),
        drafts.map(({ organizationId }) => organizationId),
        drafts.map(({ kind }) => kind),
        drafts.map(({ occasion }) => occasion),
        drafts.map(({ parameters }) => JSON.stringify(parameters)),
        drafts.map(({ count }) => count),
        drafts.map(({ firstOccurredAt }) => firstOccurredAt),
        drafts.map(({ lastOccurredAt }) => lastOccurredAt),
        drafts.map(({ locationId }) => locationId),
      ],
    );
    for (const { isNew, ...notice } of raised) {
      if (isNew) await enqueueDeliveries(this.#manager, noticeToWebhookEvent(notice));
    }
    return raised.flatMap(({ id, isNew }) => (isNew ? [id] : []));
  }

  async list(filter: NoticeFilter, page: PageRequest): Promise<Page<Notice>> {
    const query = this.#manager
      .getRepository(noticeEntity)
      .createQueryBuilder('notice')
      .where('TRUE');
    narrowToSight(query, 'notice', filter);
    if (filter.kinds !== undefined) {
      query.andWhere('notice.kind = ANY (:kinds)', { kinds: filter.kinds });
    }
    if (filter.read !== undefined) {
      query.andWhere(filter.read ? 'notice.readAt IS NOT NULL' : 'notice.readAt IS NULL');
    }
    return readPage(query, page, {
      sortFields: noticeSortFields,
      key: 'notice.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  async find(id: string): Promise<Notice | undefined> {
    const row = await this.#manager.getRepository(noticeEntity).findOneBy({ id });
    return row ? toRecord(row) : undefined;
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Notice | undefined> {
    const row = await this.#manager
      .getRepository(noticeEntity)
      .createQueryBuilder('notice')
      .where('notice.id = :id', { id })
      .setLock('for_no_key_update')
      .getOne();
    return row ? toRecord(row) : undefined;
  }

  /** Those that happened last no later than `until`; how many that were. */
  async markAllRead(
    { organizationId, locationId, kinds }: NoticeFilter,
    until: Date,
    readAt: Date,
  ): Promise<number> {
    const rows = await this.#manager.query<{ read: string }[]>(
      `WITH read AS (
         UPDATE notices SET read_at = $5
          WHERE organization_id = $1 AND ($2::text IS NULL OR location_id = $2)
            AND ($3::text[] IS NULL OR kind = ANY ($3)) AND read_at IS NULL
            -- Callers know it to the millisecond.
            AND date_trunc('milliseconds', last_occurred_at) <= $4
          RETURNING id)
       SELECT count(*) AS read FROM read`,
      [organizationId, locationId, kinds ?? null, until, readAt],
    );
    return Number(rows[0]?.read ?? 0);
  }

  async markRead(id: string, readAt: Date): Promise<void> {
    await this.#manager.getRepository(noticeEntity).update({ id }, { readAt });
  }
}

function toRecord({ occasion: _occasion, count, ...row }: NoticeRow): Notice {
  return { ...row, count: Number(count) };
}
