/** Bodies of `/webhooks`: what is sent, what is answered, and the record in between. */
import { z } from 'zod';
import { exampleSecret } from '../model/example-secret.ts';
import type { ListedWebhook, Webhook, WebhookDelivery, WebhookHolder } from '../model/webhook.ts';
import { deliveryOutcomes, deliveryStates, webhookHolders } from '../model/webhook.ts';
import { parseSelection } from '../model/webhook-event.ts';
import { locationSchema, organizationSchema, referenceSchema, timeSchema } from './schemas.ts';

const selectionPartSchema = z
  .string()
  .max(64)
  .regex(/^(?:[a-z]+(?:_[a-z]+)*|\*)$/, 'must be a word in small letters, or "*"');

const selectionSchema = z
  .strictObject({
    entity: selectionPartSchema.meta({
      description:
        'What happened to: client, client_secret, access_token, api, signing_key, organization, location, member, notice, webhook, or `*` for all',
    }),
    operation: selectionPartSchema.meta({
      description: 'What happened: created, updated, deleted and so on, or `*` for all',
    }),
  })
  .meta({ id: 'EventSelection', example: { entity: 'client', operation: '*' } });

const changeable = {
  url: z.string().min(1).max(2048).meta({
    description:
      'Where events are sent with POST: https, port 443 or 8443, and a public address, also whenever it is looked up; unless the operator allows the host',
    example: 'https://hooks.example.com/latchkey',
  }),
  events: z
    .array(selectionSchema)
    .min(1)
    .max(100)
    .meta({
      description:
        "Which events: entity and operation are the two parts of an audit event's action, so `client.updated` is the entity `client` and the operation `updated`. Only what you may read: with `audit:read` everything, and notices with `clients:read` and `webhooks:read`, since they are about either",
      example: [{ entity: 'client', operation: '*' }],
    }),
  location: referenceSchema.nullable().meta({
    description:
      'Record id of a location: only what happens in it; null: in the whole organization',
  }),
  client: referenceSchema.nullable().meta({
    description: 'Record id or client_id: only what happens to this client; null: to any',
  }),
  member: referenceSchema.nullable().meta({
    description:
      'Record id of a member: only what happens to them and their clients, as far as they may see it, and only as long as they are an active member; null: to any',
  }),
  active: z.boolean().meta({ description: 'Whether anything is sent' }),
};

export const webhookCreationSchema = z
  .strictObject({
    url: changeable.url,
    events: changeable.events,
    organization: referenceSchema.optional().meta({ description: "Default: the caller's own" }),
    location: changeable.location
      .optional()
      .meta({ description: "Record id of a location; default: the caller's own, if it has one" }),
    client: changeable.client.default(null),
    member: changeable.member.default(null),
    active: changeable.active.default(true),
  })
  .meta({ id: 'WebhookCreation' });

export const webhookPatchSchema = z.strictObject(changeable).partial().meta({ id: 'WebhookPatch' });

const webhookFields = {
  id: z
    .string()
    .meta({ description: 'Stable record id', example: 'webhook_3Fd8KqW2vTn6RxY9bLm5Hc' }),
  url: z.string().meta({
    description: 'Where events are sent',
    example: 'https://hooks.example.com/latchkey',
  }),
  events: z
    .array(z.object({ entity: z.string(), operation: z.string() }))
    .meta({ description: 'Which events' }),
  organization: organizationSchema,
  location: locationSchema,
  client: z
    .string()
    .nullable()
    .meta({ description: 'Record id of the only client it hears of; null: any' }),
  member: z
    .string()
    .nullable()
    .meta({ description: 'Record id of the only member it hears of; null: any' }),
  active: z.boolean().meta({ description: 'Whether anything is sent' }),
  failing_since: timeSchema
    .nullable()
    .meta({ description: 'Since when nothing has arrived; null: the last delivery did' }),
  switched_off_at: timeSchema.nullable().meta({
    description:
      'When it was switched off, because nothing had arrived for three days; null: it was not, or is on again',
  }),
  previous_secret_ends_at: timeSchema.nullable().meta({
    description:
      'Until then the signing secret before the present one signs as well; null: there is none',
  }),
  created_by: z.string().meta({ description: 'Record id of who made it' }),
  created_at: timeSchema,
  updated_at: timeSchema,
};

export const webhookSchema = z.object(webhookFields).meta({ id: 'Webhook' });

const signingSecretMeta = {
  description:
    'With which the receiver verifies signatures (Standard Webhooks); shown this once, null in the answer to a replay',
  example: `whsec_${exampleSecret}=`,
};

const shownSigningSecretFields = {
  signing_secret: z.string().nullable().meta(signingSecretMeta),
  secret_already_shown: z
    .literal(true)
    .optional()
    .meta({ description: 'In the answer to a replay' }),
};

export const createdWebhookSchema = z
  .object({ ...webhookFields, ...shownSigningSecretFields })
  .meta({ id: 'CreatedWebhook' });

export const secretRotationSchema = z
  .strictObject({
    overlap_seconds: z
      .int()
      .min(0)
      .max(30 * 86_400)
      .default(86_400)
      .meta({ description: 'How long the present signing secret signs beside the new one' }),
  })
  .meta({ id: 'WebhookSecretRotation' });

export const rotatedWebhookSchema = z
  .object({ ...webhookFields, ...shownSigningSecretFields })
  .meta({ id: 'RotatedWebhook' });

export const deliverySchema = z
  .object({
    id: z.string().meta({
      description: 'Also the `webhook-id` of every attempt, by which the receiver knows it again',
      example: 'delivery_4e1f0a9b7c2d8e5f6a3b1c',
    }),
    event_type: z.string().meta({ description: 'Entity and operation', example: 'client.updated' }),
    state: z.enum(deliveryStates).meta({
      description:
        'waiting: it will be attempted; delivered: it was answered with 2xx; dead: given up after a day of attempts',
    }),
    attempts: z.int().meta({ description: 'How often it was attempted' }),
    last_outcome: z.enum(deliveryOutcomes).nullable().meta({
      description:
        'The class of the last answer; no_answer: unreachable, too slow, without a certificate that can be verified, or at an address that is not public; not_signed: the server could not open the signing secret, so rotate it; queue_full: too many were waiting; moved: given up, because the webhook was made for another location or member; null: it was not attempted',
    }),
    last_attempt_at: timeSchema.nullable().meta({ description: 'null: it was not attempted' }),
    next_attempt_at: timeSchema
      .nullable()
      .meta({ description: 'If nothing holds it then (`held_by`); null: none' }),
    held_by: z.enum(webhookHolders).nullable().meta({
      description:
        'What is not active, so that a waiting one is not attempted until it is again: the webhook, its organization or location, or the member it was made for; null: nothing',
    }),
    delivered_at: timeSchema.nullable().meta({ description: 'null: it was not' }),
    occurred_at: timeSchema.meta({ description: 'When it happened that this tells of' }),
  })
  .meta({ id: 'WebhookDelivery' });

const lastDeliverySchema = deliverySchema.omit({ held_by: true }).meta({ id: 'LastDelivery' });

export const listedWebhookSchema = z
  .object({
    ...webhookFields,
    last_delivery: lastDeliverySchema.nullable().meta({
      description: 'What was sent to it last, within the last 30 days; null: nothing',
    }),
  })
  .meta({ id: 'ListedWebhook' });

export function toWebhookBody(webhook: Webhook): z.infer<typeof webhookSchema> {
  return {
    id: webhook.id,
    url: webhook.url,
    events: webhook.events.map(parseSelection),
    organization: webhook.organizationId,
    location: webhook.locationId,
    client: webhook.clientRecordId,
    member: webhook.memberId,
    active: webhook.active,
    failing_since: webhook.failingSince?.toISOString() ?? null,
    switched_off_at: webhook.switchedOffAt?.toISOString() ?? null,
    previous_secret_ends_at: webhook.previousSecretEndsAt?.toISOString() ?? null,
    created_by: webhook.createdBy,
    created_at: webhook.createdAt.toISOString(),
    updated_at: webhook.updatedAt.toISOString(),
  };
}

/** null: an earlier request with the same Idempotency-Key has shown it. */
export function toShownSigningSecret(signingSecret: string | null): {
  signing_secret: string | null;
  secret_already_shown?: true;
} {
  if (signingSecret !== null) return { signing_secret: signingSecret };
  return { signing_secret: null, secret_already_shown: true };
}

export function toListedBody(webhook: ListedWebhook): z.infer<typeof listedWebhookSchema> {
  return { ...toWebhookBody(webhook), last_delivery: toLastBody(webhook.lastDelivery) };
}

function toLastBody(delivery: WebhookDelivery | null): z.infer<typeof lastDeliverySchema> | null {
  if (delivery === null) return null;
  const { held_by: _heldBy, ...last } = toDeliveryBody(delivery, null);
  return last;
}

export function toDeliveryBody(
  delivery: WebhookDelivery,
  heldBy: WebhookHolder | null,
): z.infer<typeof deliverySchema> {
  return {
    id: delivery.id,
    event_type: delivery.eventType,
    state: delivery.state,
    attempts: delivery.attempts,
    last_outcome: delivery.lastOutcome,
    last_attempt_at: delivery.lastAttemptAt?.toISOString() ?? null,
    next_attempt_at: delivery.state === 'waiting' ? delivery.dueAt.toISOString() : null,
    held_by: delivery.state === 'waiting' ? heldBy : null,
    delivered_at: delivery.deliveredAt?.toISOString() ?? null,
    occurred_at: delivery.occurredAt.toISOString(),
  };
}
