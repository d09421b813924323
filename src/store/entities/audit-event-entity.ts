/** Table columns of audit events. */
import { EntitySchema } from 'typeorm';
import { text, optionalText, moment, number64, key, named } from './column-types.ts';

export interface AuditEventRow {
  sequence: bigint;
  id: string;
  occurredAt: Date;
  actorType: string;
  actorId: string;
  action: string;
  targetType: string;
  targetId: string;
  organizationId: string | null;
  locationId: string | null;
  affected: string[] | null;
  body: string;
  signature: string | null;
}

export const auditEventEntity = new EntitySchema<AuditEventRow>({
  name: 'audit_event',
  tableName: 'audit_events',
  columns: {
    sequence: key(number64),
    id: text,
    occurredAt: named('occurred_at', moment),
    actorType: named('actor_type', text),
    actorId: named('actor_id', text),
    action: text,
    targetType: named('target_type', text),
    targetId: named('target_id', text),
    organizationId: named('organization_id', optionalText),
    locationId: named('location_id', optionalText),
    affected: { type: 'text', array: true, nullable: true },
    body: text,
    signature: optionalText,
  },
});
