/**
 * Puts an event into the queue of every webhook that selected it: one statement, in the transaction of what
 * happened, so that neither is ever there without the other.
 */
import type { EntityManager } from 'typeorm';
import { hearersOf, isToldToAll, selectionsOf, type WebhookEvent } from '../model/webhook-event.ts';

/**
 * Returns how many webhooks are to be told. One of a member hears what the member may see at this moment, and
 * none is told the name of a client of another organization.
 */
export async function enqueueDeliveries(
  manager: EntityManager,
  event: WebhookEvent,
): Promise<number> {
  const hearers = hearersOf(event);
  // The id is made of both, so that the same is never queued twice.
  const rows = await manager.query<unknown[]>(
    `INSERT INTO webhook_deliveries (id, webhook_id, organization_id, event_type, subject, sequence,
                                     occurred_at, data, due_at, created_at)
     SELECT 'delivery_' || left(encode(sha256(convert_to($1 || webhook.id, 'UTF8')), 'hex'), 22),
            webhook.id, webhook.organization_id, $2, $3, $4, $5,
            ($6::jsonb || jsonb_build_object('client', CASE WHEN client.id IS NOT NULL THEN
               jsonb_build_object('id', client.id, 'client_id', identifier.client_id, 'name', client.name)
             END))::text,
            $5, $5
       FROM webhooks webhook
       LEFT JOIN clients client ON client.id = $7 AND client.organization_id = webhook.organization_id
       LEFT JOIN client_identifiers identifier
              ON identifier.client_record_id = client.id AND identifier.is_current
       LEFT JOIN members member ON member.id = webhook.member_id
      WHERE webhook.active AND webhook.deleted_at IS NULL
        AND (webhook.id = $12
             OR ((webhook.organization_id = $8 OR $9)
                 AND webhook.events && $10::text[]
                 AND (webhook.client_record_id IS NULL OR webhook.client_record_id = $7)
                 AND (webhook.member_id IS NULL
                      OR (webhook.member_id IN ($13, client.member_id)
                          AND member.active AND member.removed_at IS NULL
                          AND (member.id = $13 OR member.role = ANY ($14)
                               OR member.permissions && $15::text[])))
                 AND (webhook.location_id IS NULL OR webhook.location_id = $11)))
      ORDER BY webhook.id
     RETURNING webhook_id`,
    [
      event.id,
      event.type,
      event.subject,
      event.sequence?.toString() ?? null,
      event.occurredAt,
      JSON.stringify(event.data),
      event.clientRecordId,
      event.organizationId,
      isToldToAll(event),
      selectionsOf(event.type),
      event.locationId,
      event.testedWebhookId,
      event.memberId,
      hearers.roles,
      hearers.permissions,
    ],
  );
  return rows.length;
}
