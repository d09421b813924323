/** The answers of the admin API, as far as the commands read them; what else they hold goes on to `--json`. */
import { z } from 'zod';

export function pageSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}

export const apiSchema = z.looseObject({
  id: z.string(),
  identifier: z.string(),
  name: z.string(),
  scopes: z.array(z.looseObject({ value: z.string() })),
  access_token_lifetime_seconds: z.number(),
  signing_alg: z.string(),
  token_typ: z.string(),
  introspection_clients: z.array(z.string()),
  created_at: z.string(),
});
export type ApiRecord = z.infer<typeof apiSchema>;

/** An organization, or a location of one. */
export const placeSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  organization: z.string().optional(),
  active: z.boolean(),
  created_at: z.string(),
});
export type PlaceRecord = z.infer<typeof placeSchema>;

export const clientSchema = z.looseObject({
  id: z.string(),
  client_id: z.string(),
  name: z.string(),
  description: z.string(),
  organization: z.string(),
  location: z.string().nullable(),
  grants: z.array(
    z.looseObject({ api: z.string(), scopes: z.array(z.string()), default: z.boolean() }),
  ),
  active: z.boolean(),
  access_token_lifetime_seconds: z.number().nullable(),
  created_at: z.string(),
  last_used_at: z.string().nullable(),
  deletes_at: z.string().nullable(),
  restorable_until: z.string().nullable(),
});
export type ClientRecord = z.infer<typeof clientSchema>;

export const accessHolderSchema = z.looseObject({
  kind: z.string(),
  id: z.string(),
  name: z.string(),
  organization: z.string(),
  location: z.string().nullable(),
  active: z.boolean(),
  grants: z.array(z.looseObject({ api: z.string(), scopes: z.array(z.string()) })),
  last_used_at: z.string().nullable(),
});

/** null: an earlier request with the same Idempotency-Key has made it, and has shown it. */
const shownOnce = z.string().nullable();

export const createdClientSchema = clientSchema.extend({ client_secret: shownOnce });

export const secretSchema = z.looseObject({
  id: z.string(),
  hint: z.string(),
  status: z.string(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  retires_at: z.string().nullable(),
  retires_when_quiet_for_seconds: z.number().nullable(),
  revoked_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  last_used_address: z.string().nullable(),
});

export const clientFailureSchema = z.looseObject({
  occurred_at: z.string(),
  reason: z.string(),
  secret_hint: z.string().nullable(),
  address: z.string(),
  request_id: z.string(),
});

export const listedFailureSchema = clientFailureSchema.extend({ client_name: z.string() });

export const regeneratedCredentialSchema = z.looseObject({
  client_id: z.string(),
  client_secret: shownOnce,
  old_credential_ends_at: z.string().nullable(),
  warning: z.string(),
});

export const clientImpactSchema = z.looseObject({
  client_id: z.string(),
  name: z.string(),
  from: z.string(),
  to: z.string(),
  secrets: z.array(z.looseObject({ id: z.string(), hint: z.string() })),
  addresses: z.array(
    z.looseObject({
      address: z.string(),
      secret: z.string(),
      secret_hint: z.string(),
      uses: z.number(),
      last_used_at: z.string(),
    }),
  ),
  apis: z.array(
    z.looseObject({
      api: z.string(),
      tokens: z.number(),
      scopes: z.array(z.looseObject({ scope: z.string() })),
    }),
  ),
});
export type ClientImpactRecord = z.infer<typeof clientImpactSchema>;

export const noticeSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  text: z.string(),
  count: z.number(),
  last_occurred_at: z.string(),
  read_at: z.string().nullable(),
});

export const noticesReadSchema = z.looseObject({ read: z.number() });

export const usageSchema = z.looseObject({
  day: z.string().nullable(),
  client: z.string().nullable(),
  client_id: z.string().nullable(),
  client_name: z.string().nullable(),
  api: z.string().nullable(),
  scope: z.string().nullable(),
  tokens: z.number(),
});

export const unusedScopeSchema = z.looseObject({
  client_id: z.string(),
  client_name: z.string(),
  api: z.string(),
  scope: z.string(),
  granted_at: z.string().nullable(),
  last_requested_on: z.string().nullable(),
});

export const createdSecretSchema = secretSchema.extend({ client_secret: shownOnce });

export const signingKeySchema = z.looseObject({
  kid: z.string(),
  alg: z.string(),
  state: z.string(),
  created_at: z.string(),
  signs_at: z.string(),
  gone_at: z.string().nullable(),
});

export const rotatedKeySchema = signingKeySchema.extend({ warning: z.string().nullable() });

export const revokedSchema = z.looseObject({
  revoked: z.object({ type: z.string(), id: z.string() }),
  version: z.number(),
});

export const memberSchema = z.looseObject({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  organization: z.string(),
  location: z.string().nullable(),
  role: z.string().nullable(),
  permissions: z.array(z.string()),
  active: z.boolean(),
  has_password: z.boolean(),
  last_signed_in_at: z.string().nullable(),
});
export type MemberRecord = z.infer<typeof memberSchema>;

export const issuedInvitationSchema = z.looseObject({
  id: z.string(),
  email: z.string(),
  token: shownOnce,
  expires_at: z.string(),
});

export const signedInSchema = z.looseObject({ csrf_token: z.string() });

export const invitationSchema = z.looseObject({
  id: z.string(),
  // Whoever comes in by the link of the first start says it then.
  email: z.string().nullable(),
  role: z.string().nullable(),
  permissions: z.array(z.string()),
  member: z.string().nullable(),
  status: z.string(),
  expires_at: z.string(),
});

export type InvitationRecord = z.infer<typeof invitationSchema>;

export const apiAccessSchema = z.looseObject({
  active: z.boolean(),
  client_id: z.string().nullable(),
  last_used_at: z.string().nullable(),
});

export const shownApiAccessSchema = z.looseObject({
  client_id: z.string(),
  client_secret: z.string(),
});

export const meSchema = z.looseObject({
  type: z.string(),
  id: z.string(),
  name: z.string(),
  display_name: z.string(),
  organization: z.string(),
  location: z.string().nullable(),
  permissions: z.array(z.string()),
  own_secrets_only: z.boolean(),
  member: z.string().nullable(),
});

/** Problem details (RFC 9457). */
export const problemSchema = z.object({
  title: z.string(),
  detail: z.string(),
  code: z.string().optional(),
  request_id: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).default([]),
});

export const webhookSchema = z.looseObject({
  id: z.string(),
  url: z.string(),
  events: z.array(z.object({ entity: z.string(), operation: z.string() })),
  location: z.string().nullable(),
  client: z.string().nullable(),
  member: z.string().nullable(),
  active: z.boolean(),
  failing_since: z.string().nullable(),
  switched_off_at: z.string().nullable(),
  previous_secret_ends_at: z.string().nullable(),
  created_at: z.string(),
});
export type WebhookRecord = z.infer<typeof webhookSchema>;

export const shownWebhookSchema = webhookSchema.extend({ signing_secret: shownOnce });

export const deliverySchema = z.looseObject({
  id: z.string(),
  event_type: z.string(),
  state: z.string(),
  attempts: z.number(),
  last_outcome: z.string().nullable(),
  last_attempt_at: z.string().nullable(),
  next_attempt_at: z.string().nullable(),
  held_by: z.string().nullable(),
  occurred_at: z.string(),
});

export const listedWebhookSchema = webhookSchema.extend({
  last_delivery: deliverySchema.omit({ held_by: true }).nullable(),
});
export type ListedWebhookRecord = z.infer<typeof listedWebhookSchema>;
