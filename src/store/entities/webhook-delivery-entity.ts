/** Table columns of deliveries, as far as they are listed; what sends them reads the rest by itself. */
import { EntitySchema } from 'typeorm';
import type { WebhookDelivery } from '../../model/webhook.ts';
import {
  text,
  optionalText,
  integer,
  moment,
  optionalMoment,
  number64,
  given,
  key,
  named,
} from './column-types.ts';

export interface WebhookDeliveryRow extends WebhookDelivery {
  place: bigint;
  /** A bigint as the driver reads it. */
  sequence: string | null;
  claim: string | null;
  /** Made by the database, of what it tells. */
  locationId: string | null;
}

export const webhookDeliveryEntity = new EntitySchema<WebhookDeliveryRow>({
  name: 'webhook_delivery',
  tableName: 'webhook_deliveries',
  columns: {
    id: key(text),
    place: number64,
    webhookId: named('webhook_id', text),
    eventType: named('event_type', text),
    sequence: { type: 'bigint', nullable: true },
    occurredAt: named('occurred_at', moment),
    state: text,
    attempts: integer,
    dueAt: named('due_at', moment),
    claim: optionalText,
    locationId: given(named('location_id', optionalText)),
    lastAttemptAt: named('last_attempt_at', optionalMoment),
    lastOutcome: named('last_outcome', optionalText),
    deliveredAt: named('delivered_at', optionalMoment),
    createdAt: named('created_at', moment),
  },
});
