/** Audit events: appended with their change, listed and read in their order. */
import type { Page, PageRequest } from '../../model/page.ts';
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { AuditEvent } from '../../model/audit-event.ts';
import { parseAuditEventBody, parseUnsignedBody } from '../../model/audit-event-body.ts';
import type { Sight } from '../../model/principal.ts';
import { auditEventEntity, type AuditEventRow } from '../entities/audit-event-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';
import { narrowToSight } from '../query/sight-filter.ts';

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
