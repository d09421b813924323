/** Audit events: appended by `registry-change.ts` alone, listed here. */
import type { Page, PageRequest } from '../model/page.ts';
import type { EntityManager } from 'typeorm';
import type { AuditEvent } from '../model/audit-event.ts';
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
}

export const auditEventSortFields: SortFields = {
  sequence: { expression: 'event.sequence', type: 'bigint' },
};

export class AuditEventStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** `affected`: the records that instances must forget; null: all of them. */
  async append(affected: string[] | null, event: AuditEvent): Promise<void> {
    await this.#manager.getRepository(auditEventEntity).insert({
      sequence: event.sequence,
      id: event.id,
      occurredAt: event.occurredAt,
      actorType: event.actorType,
      actorId: event.actorId,
      action: event.action,
      targetType: event.targetType,
      targetId: event.targetId,
      organizationId: event.organizationId,
      locationId: event.locationId ?? null,
      affected,
      body: formatBody(event),
    });
  }

  async list(filter: AuditEventFilter, page: PageRequest): Promise<Page<AuditEvent>> {
    const query = this.#manager
      .getRepository(auditEventEntity)
      .createQueryBuilder('event')
      .where('TRUE');
    narrowToSight(query, 'event', filter.sight);
    if (filter.action !== undefined)
      query.andWhere('event.action = :action', { action: filter.action });
    if (filter.actor !== undefined)
      query.andWhere('event.actorId = :actor', { actor: filter.actor });
    if (filter.target !== undefined)
      query.andWhere('event.targetId = :target', { target: filter.target });
    return readPage(query, page, {
      sortFields: auditEventSortFields,
      key: 'event.id',
      toRecords: async (rows) => rows.map(parseBody),
    });
  }
}

function formatBody(event: AuditEvent): string {
  return JSON.stringify({
    ...event,
    sequence: event.sequence.toString(),
    occurredAt: event.occurredAt.toISOString(),
  });
}

function parseBody(row: AuditEventRow): AuditEvent {
  // Written by formatBody, where these two became text.
  const body = JSON.parse(row.body) as Omit<AuditEvent, 'sequence' | 'occurredAt'>;
  return { ...body, sequence: row.sequence, occurredAt: row.occurredAt };
}
