/** Bodies of `/clients`: what is sent, what is answered, and the record in between. */
import { z } from 'zod';
import { restorableUntil } from '../model/inactivity.ts';
import type { Client } from '../model/records.ts';
import {
  descriptionSchema,
  lifetimeSchema,
  nameSchema,
  locationSchema,
  organizationSchema,
  referenceSchema,
  scopeValueSchema,
  timeSchema,
  lastUsedSchema,
  shownSecretFields,
} from './schemas.ts';

const grantedScopesSchema = z
  .array(scopeValueSchema)
  .max(200)
  .meta({ description: 'Scopes that the API defines', example: ['orders:read'] });

const grantFields = {
  api: referenceSchema.meta({ description: 'Identifier or record id of an API' }),
  default: z.boolean().optional().meta({
    description: 'The API of requests that name none; the first unless another says so',
  }),
};

const grantExample = {
  api: 'https://orders.example.com',
  scopes: ['orders:read'],
  default: true,
};

const grantSchema = z
  .strictObject({ ...grantFields, scopes: grantedScopesSchema.min(1) })
  .meta({ id: 'Grant', example: grantExample });

/** A grant loses its scopes with those of its API, and can be sent back as it was read. */
const replacingGrantSchema = z
  .strictObject({
    ...grantFields,
    scopes: grantedScopesSchema.meta({
      description: 'Scopes that the API defines; with none it gets no token for this API',
      example: ['orders:read'],
    }),
  })
  .meta({ id: 'ReplacingGrant', example: grantExample });

const grantsMax = 100;
const grantsText = 'Which scopes of which APIs it may ask for; none: it gets no token';

const changeable = {
  name: nameSchema,
  description: descriptionSchema,
  location: referenceSchema.nullable().meta({
    description:
      "Record id of a location of its organization, which its access tokens then say, and which it never gets beyond; null: the organization's own",
  }),
  member: referenceSchema.nullable().meta({
    description:
      'Record id of a member, whose it is: it never holds more of the admin API than that member does, and ends with them',
  }),
  grants: z.array(replacingGrantSchema).max(grantsMax).meta({ description: grantsText }),
  active: z.boolean().meta({ description: 'Whether it may fetch access tokens' }),
  access_token_lifetime_seconds: lifetimeSchema
    .nullable()
    .meta({ description: "Caps the API's own; null: the API's" }),
  exempt_from_inactivity: z
    .boolean()
    .meta({ description: 'Whether it stays however long nobody uses it' }),
};

const authenticationMethodSchema = z
  .enum(['client_secret'])
  .meta({ description: 'How it authenticates: in the Authorization header or in the body' });

export const clientCreationSchema = z
  .strictObject({
    name: changeable.name,
    description: changeable.description.default(''),
    organization: referenceSchema.optional().meta({ description: "Default: the caller's own" }),
    location: changeable.location
      .optional()
      .meta({ description: "Record id of a location; default: the caller's own, if it has one" }),
    member: changeable.member.optional(),
    grants: z.array(grantSchema).max(grantsMax).default([]).meta({ description: grantsText }),
    active: changeable.active.default(true),
    authentication_method: authenticationMethodSchema.default('client_secret'),
    access_token_lifetime_seconds: changeable.access_token_lifetime_seconds.default(null),
    exempt_from_inactivity: changeable.exempt_from_inactivity.default(false),
  })
  .meta({ id: 'ClientCreation' });

export const clientPatchSchema = z.strictObject(changeable).partial().meta({ id: 'ClientPatch' });

const clientFields = {
  id: z
    .string()
    .meta({ description: 'Stable record id', example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd' }),
  client_id: z
    .string()
    .meta({ description: 'Public; can be regenerated', example: 'lkc_0pR7vYc2MwE9xKj5TsB8aQ' }),
  name: z.string().meta({ description: 'For people', example: 'Order import' }),
  description: z.string().meta({ description: 'For people' }),
  organization: organizationSchema,
  location: locationSchema,
  member: z
    .string()
    .nullable()
    .meta({ description: "Record id of the member whose it is; null: no member's" }),
  personal: z.boolean().meta({ description: "Whether it is its member's own API access" }),
  grants: z
    .array(
      z.object({
        api: z.string().meta({ description: 'Identifier of the API' }),
        scopes: z.array(z.string()),
        default: z.boolean().meta({ description: 'Whether it answers requests that name no API' }),
      }),
    )
    .meta({ description: 'Which scopes of which APIs it may ask for' }),
  active: z.boolean().meta({ description: 'Whether it may fetch access tokens' }),
  authentication_method: authenticationMethodSchema,
  access_token_lifetime_seconds: z
    .int()
    .nullable()
    .meta({ description: "Caps the API's own; null: the API's" }),
  exempt_from_inactivity: z
    .boolean()
    .meta({ description: 'Whether it stays however long nobody uses it' }),
  created_at: timeSchema,
  updated_at: timeSchema,
  last_used_at: lastUsedSchema,
  deletes_at: timeSchema.nullable().meta({
    description:
      'When it is deleted unless it is used before, as a notice has said; null: it is not, or not soon',
  }),
  restorable_until: timeSchema.nullable().meta({
    description: 'Until when it can be restored; null: it is not deleted',
  }),
};

export const clientSchema = z.object(clientFields).meta({ id: 'Client' });

export const createdClientSchema = z
  .object({
    ...clientFields,
    ...shownSecretFields,
  })
  .meta({ id: 'CreatedClient' });

export const regenerationSchema = z
  .strictObject({
    client_id: z.boolean().default(false).meta({
      description: 'Also a new client_id, which changes the subject of its access tokens',
    }),
    overlap_seconds: z
      .int()
      .min(0)
      .max(90 * 86_400)
      .default(0)
      .meta({ description: 'How long the old credential still authenticates' }),
    revoke_tokens: z.boolean().optional().meta({
      description:
        'Whether access tokens already issued become inactive, and the open invitation links that the client has given end; default: without an overlap yes, with one no',
    }),
  })
  .meta({ id: 'Regeneration' });

export const regeneratedCredentialSchema = z
  .object({
    client_id: z.string().meta({ description: 'The new one, or the one it had' }),
    ...shownSecretFields,
    old_credential_ends_at: timeSchema.nullable().meta({ description: 'null: it ended at once' }),
    warning: z.string().meta({
      description: 'What to do now, for people',
      example: 'Give the new secret to the integration: every other one has ended.',
    }),
  })
  .meta({ id: 'RegeneratedCredential' });

export function toClientBody(client: Client): z.infer<typeof clientSchema> {
  return {
    id: client.id,
    client_id: client.clientId,
    name: client.name,
    description: client.description,
    organization: client.organizationId,
    location: client.locationId,
    member: client.memberId,
    personal: client.personal,
    grants: client.grants.map(({ apiIdentifier, scopes, isDefault }) => ({
      api: apiIdentifier,
      scopes,
      default: isDefault,
    })),
    active: client.active,
    authentication_method: client.authenticationMethod,
    access_token_lifetime_seconds: client.accessTokenLifetimeSeconds,
    exempt_from_inactivity: client.exemptFromInactivity,
    created_at: client.createdAt.toISOString(),
    updated_at: client.updatedAt.toISOString(),
    last_used_at: client.lastUsedAt?.toISOString() ?? null,
    deletes_at: client.deletesAt?.toISOString() ?? null,
    restorable_until:
      client.deletedAt === null ? null : restorableUntil(client.deletedAt).toISOString(),
  };
}

export function toGrantRequests(grants: readonly z.infer<typeof replacingGrantSchema>[]) {
  return grants.map(({ api, scopes, default: isDefault }) => ({
    api,
    scopes,
    isDefault: isDefault ?? false,
  }));
}
