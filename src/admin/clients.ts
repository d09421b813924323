/** `/clients`: registered integrations, what they may ask for, and their restoring and regenerating. */
import { z } from 'zod';
import type { Client } from '../model/records.ts';
import type { ClientRegistry } from '../registry/client-registry.ts';
import type { ClientSecretRegistry } from '../registry/client-secret-registry.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  descriptionSchema,
  idParams,
  lifetimeSchema,
  listQuery,
  nameSchema,
  pageSchema,
  referenceSchema,
  scopeValueSchema,
  searchSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const grantSchema = z
  .strictObject({
    api: referenceSchema.meta({ description: 'Identifier or record id of an API' }),
    scopes: z.array(scopeValueSchema).min(1).max(200),
    default: z.boolean().optional().meta({
      description: 'The API of requests that name none; the first unless another says so',
    }),
  })
  .meta({
    id: 'Grant',
    example: { api: 'https://orders.example.com', scopes: ['orders:read'], default: true },
  });

const grantsSchema = z.array(grantSchema).max(100);

const changeable = {
  name: nameSchema,
  description: descriptionSchema,
  grants: grantsSchema,
  active: z.boolean(),
  access_token_lifetime_seconds: lifetimeSchema
    .nullable()
    .meta({ description: "Caps the API's own; null: the API's" }),
  exempt_from_inactivity: z.boolean(),
};

const createSchema = z
  .strictObject({
    name: changeable.name,
    description: changeable.description.default(''),
    organization: referenceSchema.optional().meta({ description: "Default: the caller's own" }),
    grants: changeable.grants.default([]),
    active: changeable.active.default(true),
    authentication_method: z.enum(['client_secret']).default('client_secret'),
    access_token_lifetime_seconds: changeable.access_token_lifetime_seconds.default(null),
    exempt_from_inactivity: changeable.exempt_from_inactivity.default(false),
  })
  .meta({ id: 'ClientCreation' });

const patchSchema = z.strictObject(changeable).partial().meta({ id: 'ClientPatch' });

const clientFields = {
  id: z.string().meta({ description: 'Stable record id' }),
  client_id: z.string().meta({ description: 'Public; can be regenerated' }),
  name: z.string(),
  description: z.string(),
  organization: z.string(),
  grants: z.array(z.object({ api: z.string(), scopes: z.array(z.string()), default: z.boolean() })),
  active: z.boolean(),
  authentication_method: z.enum(['client_secret']),
  access_token_lifetime_seconds: z.int().nullable(),
  exempt_from_inactivity: z.boolean(),
  created_at: timeSchema,
  updated_at: timeSchema,
  last_used_at: timeSchema.nullable(),
};

export const clientSchema = z.object(clientFields).meta({ id: 'Client' });

export const createdClientSchema = z
  .object({
    ...clientFields,
    client_secret: z
      .string()
      .nullable()
      .meta({ description: 'Shown this once; null in the answer to a replay' }),
    client_secret_expires_at: z.int().meta({ description: 'Seconds since the epoch; 0 = never' }),
    secret_already_shown: z.literal(true).optional(),
  })
  .meta({ id: 'CreatedClient' });

const regenerationSchema = z
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
        'Whether access tokens already issued become inactive; default: without an overlap yes, with one no',
    }),
  })
  .meta({ id: 'Regeneration' });

const regeneratedSchema = z
  .object({
    client_id: z.string(),
    client_secret: z.string(),
    client_secret_expires_at: z.int(),
    old_credential_ends_at: timeSchema.nullable().meta({ description: 'null: it ended at once' }),
    warning: z.string(),
  })
  .meta({ id: 'RegeneratedCredential' });

function toBody(client: Client): z.infer<typeof clientSchema> {
  return {
    id: client.id,
    client_id: client.clientId,
    name: client.name,
    description: client.description,
    organization: client.organizationId,
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
  };
}

function toGrantRequests(grants: z.infer<typeof grantsSchema>) {
  return grants.map(({ api, scopes, default: isDefault }) => ({
    api,
    scopes,
    isDefault: isDefault ?? false,
  }));
}

const etagOf = (client: Client) => ({ ETag: formatEntityTag(client.version) });

export function clientRoutes(registry: ClientRegistry, secrets: ClientSecretRegistry): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/clients',
      operationId: 'listClients',
      tag: 'Clients',
      permission: 'clients:read',
      summary: 'List clients',
      query: listQuery(['created_at', 'name', 'active', 'last_used_at'], '-created_at', {
        q: searchSchema,
        active: booleanFilterSchema,
        organization: referenceSchema.optional(),
      }),
      responses: { 200: { description: 'A page of clients', schema: pageSchema(clientSchema) } },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(await registry.list(actor.principal, query, toPageRequest(query)), toBody),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/clients',
      operationId: 'createClient',
      tag: 'Clients',
      permission: 'clients:write',
      summary: 'Register a client',
      description:
        'The answer holds the client_secret, this once. Nobody can give a client more of the admin API than they hold.',
      idempotent: true,
      body: createSchema,
      responses: {
        201: { description: 'The client and its secret', schema: createdClientSchema },
        200: {
          description:
            'The client an earlier request with this Idempotency-Key made; its secret was shown then',
          schema: createdClientSchema,
        },
      },
      handle: async ({ actor, body, idempotencyKey }) => {
        const { record, clientSecret, replayed } = await registry.create(
          actor,
          {
            name: body.name,
            description: body.description,
            organization: body.organization,
            grants: toGrantRequests(body.grants),
            active: body.active,
            authenticationMethod: body.authentication_method,
            accessTokenLifetimeSeconds: body.access_token_lifetime_seconds,
            exemptFromInactivity: body.exempt_from_inactivity,
          },
          idempotencyKey === undefined
            ? undefined
            : { key: idempotencyKey, route: 'POST /clients', body },
        );
        return {
          status: replayed ? 200 : 201,
          headers: etagOf(record),
          body: {
            ...toBody(record),
            client_secret: clientSecret,
            client_secret_expires_at: 0,
            ...(replayed ? { secret_already_shown: true } : {}),
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/clients/{id}',
      operationId: 'getClient',
      tag: 'Clients',
      permission: 'clients:read',
      summary: 'See a client',
      params: idParams('client'),
      responses: { 200: { description: 'The client', schema: clientSchema } },
      handle: async ({ actor, params }) => {
        const client = await registry.get(actor.principal, params.id);
        return { status: 200, body: toBody(client), headers: etagOf(client) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/clients/{id}',
      operationId: 'updateClient',
      tag: 'Clients',
      permission: 'clients:write',
      summary: 'Change a client',
      description:
        'Replaces the fields it names, grants as a whole. An inactive client gets no tokens, and those it has become inactive for good.',
      conditional: true,
      params: idParams('client'),
      body: patchSchema,
      responses: { 200: { description: 'The client as it is now', schema: clientSchema } },
      handle: async ({ actor, params, body, ifMatch }) => {
        const client = await registry.update(
          actor,
          params.id,
          {
            ...(body.name === undefined ? {} : { name: body.name }),
            ...(body.description === undefined ? {} : { description: body.description }),
            ...(body.grants === undefined ? {} : { grants: toGrantRequests(body.grants) }),
            ...(body.active === undefined ? {} : { active: body.active }),
            ...(body.access_token_lifetime_seconds === undefined
              ? {}
              : { accessTokenLifetimeSeconds: body.access_token_lifetime_seconds }),
            ...(body.exempt_from_inactivity === undefined
              ? {}
              : { exemptFromInactivity: body.exempt_from_inactivity }),
          },
          ifMatch,
        );
        return { status: 200, body: toBody(client), headers: etagOf(client) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/clients/{id}',
      operationId: 'deleteClient',
      tag: 'Clients',
      permission: 'clients:write',
      summary: 'Delete a client',
      description:
        'It gets no more tokens, those it has become inactive, and it can be restored for 30 days.',
      conditional: true,
      params: idParams('client'),
      responses: { 204: { description: 'Deleted' } },
      handle: async ({ actor, params, ifMatch }) => {
        await registry.delete(actor, params.id, ifMatch);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/clients/{id}/restore',
      operationId: 'restoreClient',
      tag: 'Clients',
      permission: 'clients:write',
      summary: 'Restore a deleted client',
      description:
        'Within 30 days. It comes back as it was, without what was revoked, and inactive.',
      params: idParams('client'),
      responses: { 200: { description: 'The client', schema: clientSchema } },
      handle: async ({ actor, params }) => {
        const client = await registry.restore(actor, params.id);
        return { status: 200, body: toBody(client), headers: etagOf(client) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/clients/{id}/regenerate',
      operationId: 'regenerateClient',
      tag: 'Client secrets',
      permission: 'secrets:write',
      summary: 'Regenerate the secret, or the whole credential',
      description:
        'The new secret is shown this once. Every other secret ends now, or after the overlap.',
      bodyOptional: true,
      params: idParams('client'),
      body: regenerationSchema,
      responses: { 200: { description: 'The new credential', schema: regeneratedSchema } },
      handle: async ({ actor, params, body }) => {
        const { client, clientSecret, oldCredentialEndsAt } = await secrets.regenerate(
          actor,
          params.id,
          {
            clientId: body.client_id,
            overlapSeconds: body.overlap_seconds,
            revokeTokens: body.revoke_tokens ?? body.overlap_seconds === 0,
          },
        );
        return {
          status: 200,
          body: {
            client_id: client.clientId,
            client_secret: clientSecret,
            client_secret_expires_at: 0,
            old_credential_ends_at: oldCredentialEndsAt?.toISOString() ?? null,
            warning: regenerationWarning(body.client_id, body.overlap_seconds),
          },
        };
      },
    }),
  ];
}

function regenerationWarning(newClientId: boolean, overlapSeconds: number): string {
  const end = overlapSeconds === 0 ? 'has ended' : `ends in ${overlapSeconds} seconds`;
  const subject = newClientId
    ? ' The subject (sub, client_id) of its access tokens changes with the client_id: tell every API that compares it.'
    : '';
  return `The old credential ${end}: give the new one to every integration that used it.${subject}`;
}
