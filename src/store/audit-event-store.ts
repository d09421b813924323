/** Audit events: appended by `audit-chain.ts` alone, listed and read in their order here. */
import type { Page, PageRequest } from '../model/page.ts';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { AuditEvent } from '../model/audit-event.ts';
import {
  parseAuditEventBody,
  parseUnsignedBody,
  type AuditRecord,
  type EventLink,
} from '../model/audit-event-body.ts';
import type { Sight } from '../model/principal.ts';
import { auditEventEntity, type AuditEventRow } from './entities/audit-event-entity.ts';
import { readPage, type SortFields } from './keyset-page.ts';
import { narrowToSight } from './sight-filter.ts';

export interface AuditEventFilter {
  /** Every organization: the instance's own events as well. */
  sight: Sight;
  action?: string | undefined;
  actor?: string | undefined;
  target?: string | undefined;
  /** Record id or sequence. */
  event?: string | undefined;
  /** The first moment, and the first that is not among them any more. */
  from?: Date | undefined;
  until?: Date | undefined;
}

export const auditEventSortFields: SortFields = {
  sequence: { expression: 'event.sequence', type: 'bigint' },
};

export class AuditEventStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** The last event of an organization that names one before it; undefined: there is none. */
  async findOrganizationEnd(organizationId: string): Promise<EventLink | undefined> {
    const [row] = await this.#manager.query<{ sequence: string; link: string }[]>(
      'SELECT sequence::text, link FROM organization_audit_ends WHERE organization_id = $1',
      [organizationId],
    );
    return row && { sequence: BigInt(row.sequence), link: row.link };
  }

  /**
   * Adds the last link of the chain, and says so in the counter row and for the organization. One statement for
   * all of it: no change pays for the chain with a round trip.
   */
  async append(
    event: AuditEvent,
    affected: readonly string[] | null,
    { body, signature }: AuditRecord,
    end: { kid: string; link: string },
  ): Promise<void> {
    await this.#manager.query(
      `WITH chained AS (UPDATE registry_state SET audit_kid = $12, audit_link = $13),
            chained_within AS (
              INSERT INTO organization_audit_ends (organization_id, sequence, link)
              SELECT $9::text, $1::bigint, $13::text WHERE $9::text IS NOT NULL
              ON CONFLICT (organization_id)
              DO UPDATE SET sequence = EXCLUDED.sequence, link = EXCLUDED.link)
       INSERT INTO audit_events (sequence, id, occurred_at, actor_type, actor_id, action, target_type,
                                 target_id, organization_id, location_id, affected, body, signature)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $14, $15)`,
      [
        event.sequence.toString(),
        event.id,
        event.occurredAt,
        event.actorType,
        event.actorId,
        event.action,
        event.targetType,
        event.targetId,
        event.organizationId,
        event.locationId ?? null,
        affected,
        end.kid,
        end.link,
        body,
        signature,
      ],
    );
  }

  /** In the order of the chain, the columns as they are stored. */
  async readChain(
    filter: AuditEventFilter,
    { after, through }: { after: bigint; through: bigint },
    limit: number,
  ): Promise<AuditEventRow[]> {
    return this.#filtered(filter)
      .andWhere('event.sequence > :after AND event.sequence <= :through', {
        after: after.toString(),
        through: through.toString(),
      })
      .orderBy('event.sequence', 'ASC')
      .limit(limit)
      .getMany();
  }

  /** To be said in a signed anchor by the same change. */
  async removeThrough(sequence: bigint): Promise<void> {
    await this.#manager.query('DELETE FROM audit_events WHERE sequence <= $1', [
      sequence.toString(),
    ]);
  }

  async list(filter: AuditEventFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    return readPage(this.#filtered(filter), page, {
      sortFields: auditEventSortFields,
      key: 'event.id',
      toRecords: async (rows) => rows.map(toEvent),
    });
  }

  #filtered(filter: AuditEventFilter): SelectQueryBuilder<AuditEventRow> {
    const query = this.#manager
      .getRepository(auditEventEntity)
      .createQueryBuilder('event')
      .where('TRUE');
    narrowToSight(query, 'event', filter.sight);
    const { action, actor, target, event, from, until } = filter;
    if (action !== undefined) query.andWhere('event.action = :action', { action });
    if (actor !== undefined) query.andWhere('event.actorId = :actor', { actor });
    if (target !== undefined) query.andWhere('event.targetId = :target', { target });
    if (event !== undefined && isSequence(event))
      query.andWhere('event.sequence = :event', { event });
    else if (event !== undefined) query.andWhere('event.id = :event', { event });
    if (from !== undefined) query.andWhere('event.occurredAt >= :from', { from });
    if (until !== undefined) query.andWhere('event.occurredAt < :until', { until });
    return query;
  }
}

function isSequence(text: string): boolean {
  return /^\d{1,18}$/.test(text);
}

function toEvent({ body, signature, sequence }: AuditEventRow): AuditEvent {
  const event = signature === null ? parseUnsignedBody(body) : parseAuditEventBody(body);
  if (event === undefined) throw new Error(`audit event ${sequence} cannot be read`);
  return event;
}
