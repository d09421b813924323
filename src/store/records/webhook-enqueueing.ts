/**
 * Puts an event into the queue of every webhook that selected it: one statement, in the transaction of what
 * happened, so that neither is ever there without the other.
 */
import type { EntityManager } from 'typeorm';
import {
  hearersOf,
  isToldToAll,
  selectionsOf,
  type WebhookEvent,
} from '../../model/webhook-event.ts';
import { StatementValues } from '../query/statement-values.ts';

/** For what is no change of the registry. */
export async function enqueueDeliveries(
  manager: EntityManager,
  event: WebhookEvent,
): Promise<void> {
  const values = new StatementValues();
  await manager.query(deliveriesInsertion(event, values), values.all);
}

/**
 * SQL that returns a row for each webhook that is to be told. One of a member hears what the member may see at this
 * moment, and none is told the name of a client of another organization.
 */
export function deliveriesInsertion(event: WebhookEvent, values: StatementValues): string {
  const { roles, permissions } = hearersOf(event);
  const id = `${values.add(event.id)}::text`;
  const occurredAt = `${values.add(event.occurredAt)}::timestamptz`;
  const clientRecordId = `${values.add(event.clientRecordId)}::text`;
  const memberId = `${values.add(event.memberId)}::text`;
  // The id is made of both, so that the same is never queued twice.
  return `INSERT INTO webhook_deliveries (id, webhook_id, organization_id, event_type, subject, sequence,
                                     occurred_at, data, due_at, created_at)
     SELECT 'delivery_' || left(encode(sha256(convert_to(${id} || webhook.id, 'UTF8')), 'hex'), 22),
            webhook.id, webhook.organization_id, ${values.add(event.type)}, ${values.add(event.subject)},
            ${values.add(event.sequence?.toString() ?? null)}::bigint, ${occurredAt},
            (${values.add(JSON.stringify(event.data))}::jsonb || jsonb_build_object('client', CASE WHEN client.id IS NOT NULL THEN
               jsonb_build_object('id', client.id, 'client_id', identifier.client_id, 'name', client.name)
             END))::text,
            ${occurredAt}, ${occurredAt}
       FROM webhooks webhook
       LEFT JOIN clients client ON client.id = ${clientRecordId} AND client.organization_id = webhook.organization_id
       LEFT JOIN client_identifiers identifier
              ON identifier.client_record_id = client.id AND identifier.is_current
       LEFT JOIN members member ON member.id = webhook.member_id
      WHERE ${selectingCondition(event, values)}
        AND (webhook.id = ${values.add(event.testedWebhookId)}
             OR ((webhook.client_record_id IS NULL OR webhook.client_record_id = ${clientRecordId})
                 AND (webhook.member_id IS NULL
                      OR (webhook.member_id IN (${memberId}, client.member_id)
                          AND member.active AND member.removed_at IS NULL
                          AND (member.id = ${memberId} OR member.role = ANY (${values.add(roles)})
                               OR member.permissions && ${values.add(permissions)}::text[])))
                 AND (webhook.location_id IS NULL OR webhook.location_id = ${values.add(event.locationId)})))
      ORDER BY webhook.id
     RETURNING webhook_id`;
}

/**
 * SQL, false when nobody is to be told. Not true of each who selected it, but far cheaper to plan than who they are:
 * most changes are heard by nobody.
 */
export function mayBeHeardCondition(event: WebhookEvent, values: StatementValues): string {
  return `EXISTS (SELECT FROM webhooks webhook WHERE ${selectingCondition(event, values)})`;
}

function selectingCondition(event: WebhookEvent, values: StatementValues): string {
  return `webhook.active AND webhook.deleted_at IS NULL
        AND (webhook.id = ${values.add(event.testedWebhookId)}
             OR ((webhook.organization_id = ${values.add(event.organizationId)} OR ${values.add(isToldToAll(event))})
                 AND webhook.events && ${values.add(selectionsOf(event.type))}::text[]))`;
}
