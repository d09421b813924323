/** How the audit event of a change is written: nowhere else is one. */
import type { AuditEvent } from '../../model/audit-event.ts';
import type { StatementValues } from '../query/statement-values.ts';
import type { ChainLink } from './audit-chain.ts';

/**
 * Parts of the statement that adds the last link of the chain, and says so in the counter row and for the organization.
 */
export function auditEventInsertions(
  event: AuditEvent,
  affected: readonly string[] | null,
  { kid, link, body, signature }: ChainLink,
  values: StatementValues,
): string[] {
  const sequence = `${values.add(event.sequence.toString())}::bigint`;
  const organizationId = `${values.add(event.organizationId)}::text`;
  const newLink = `${values.add(link)}::text`;
  const columns = {
    sequence,
    id: values.add(event.id),
    occurred_at: values.add(event.occurredAt),
    actor_type: values.add(event.actorType),
    actor_id: values.add(event.actorId),
    action: values.add(event.action),
    target_type: values.add(event.targetType),
    target_id: values.add(event.targetId),
    organization_id: organizationId,
    location_id: values.add(event.locationId ?? null),
    affected: values.add(affected),
    body: values.add(body),
    signature: values.add(signature),
  };
  return [
    `chained AS (UPDATE registry_state SET audit_kid = ${values.add(kid)}, audit_link = ${newLink})`,
    `chained_within AS (
       INSERT INTO organization_audit_ends (organization_id, sequence, link)
       SELECT ${organizationId}, ${sequence}, ${newLink} WHERE ${organizationId} IS NOT NULL
       ON CONFLICT (organization_id) DO UPDATE SET sequence = EXCLUDED.sequence, link = EXCLUDED.link)`,
    `written AS (
       INSERT INTO audit_events (${Object.keys(columns).join(', ')})
       VALUES (${Object.values(columns).join(', ')}))`,
  ];
}
