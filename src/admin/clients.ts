/** `/clients`: registered integrations, what they may ask for, and their restoring and regenerating. */
import { z } from 'zod';
import type { Client } from '../model/records.ts';
import type { ClientRegistry } from '../registry/client-registry.ts';
import type { ClientSecretRegistry } from '../registry/client-secret-registry.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import {
  clientCreationSchema,
  clientPatchSchema,
  clientSchema,
  createdClientSchema,
  regeneratedCredentialSchema,
  regenerationSchema,
  toClientBody,
  toGrantRequests,
} from './client-schemas.ts';
import { defineRoute, type Route } from './route.ts';
import {
  apiFilterSchema,
  booleanFilterSchema,
  idParams,
  listQuery,
  memberFilterSchema,
  organizationFilterSchema,
  pageSchema,
  placeFilterSchema,
  searchSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
  toPlaceFilter,
  toShownSecret,
} from './schemas.ts';

const etagOf = (client: Client) => ({ ETag: formatEntityTag(client.version) });

const deletedFilterSchema = booleanFilterSchema.meta({
  description:
    "true: what was deleted and can be restored as yet, in place of what is there; never a member's own API access",
});

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
        active: booleanFilterSchema.meta({ description: 'Only active, or only inactive ones' }),
        organization: organizationFilterSchema,
        location: placeFilterSchema,
        member: memberFilterSchema,
        api: apiFilterSchema.meta({
          description: 'Identifier or record id of an API: only clients that are granted it',
        }),
        deleted: deletedFilterSchema,
      }),
      responses: { 200: { description: 'A page of clients', schema: pageSchema(clientSchema) } },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(
          await registry.list(
            actor.principal,
            {
              ...toPlaceFilter(query),
              member: query.member,
              active: query.active,
              api: query.api,
              q: query.q,
              isRestorable: query.deleted,
            },
            toPageRequest(query),
          ),
          toClientBody,
        ),
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
      body: clientCreationSchema,
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
            location: body.location,
            member: body.member,
            grants: toGrantRequests(body.grants),
            active: body.active,
            authenticationMethod: body.authentication_method,
            accessTokenLifetimeSeconds: body.access_token_lifetime_seconds,
            exemptFromInactivity: body.exempt_from_inactivity,
          },
          toIdempotencyRequest(idempotencyKey, 'POST /clients', body),
        );
        return {
          status: replayed ? 200 : 201,
          headers: etagOf(record),
          body: {
            ...toClientBody(record),
            ...toShownSecret(clientSecret, null),
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
      query: z.strictObject({ deleted: deletedFilterSchema }),
      responses: { 200: { description: 'The client', schema: clientSchema } },
      handle: async ({ actor, params, query }) => {
        const client = query.deleted
          ? await registry.getRestorable(actor.principal, params.id)
          : await registry.get(actor.principal, params.id);
        return { status: 200, body: toClientBody(client), headers: etagOf(client) };
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
      body: clientPatchSchema,
      responses: { 200: { description: 'The client as it is now', schema: clientSchema } },
      handle: async ({ actor, params, body, ifMatch }) => {
        const client = await registry.update(
          actor,
          params.id,
          {
            name: body.name,
            description: body.description,
            location: body.location,
            member: body.member,
            grants: body.grants && toGrantRequests(body.grants),
            active: body.active,
            accessTokenLifetimeSeconds: body.access_token_lifetime_seconds,
            exemptFromInactivity: body.exempt_from_inactivity,
          },
          ifMatch,
        );
        return { status: 200, body: toClientBody(client), headers: etagOf(client) };
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
        'Within 30 days. It comes back as it was, without what was revoked; inactive if a person deleted it.',
      params: idParams('client'),
      responses: { 200: { description: 'The client', schema: clientSchema } },
      handle: async ({ actor, params }) => {
        const client = await registry.restore(actor, params.id);
        return { status: 200, body: toClientBody(client), headers: etagOf(client) };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/clients/{id}/regenerate',
      operationId: 'regenerateClient',
      needsConfirmation: true,
      tag: 'Client secrets',
      permission: 'secrets:write',
      summary: 'Regenerate the secret, or the whole credential',
      description:
        'The new secret is shown this once. Every other secret ends now, or after the overlap. With an Idempotency-Key it happens once, however often it is asked for: the answer to a replay is the same without the secret.',
      idempotent: true,
      bodyOptional: true,
      params: idParams('client'),
      body: regenerationSchema,
      responses: {
        200: { description: 'The new credential', schema: regeneratedCredentialSchema },
      },
      handle: async ({ actor, params, body, idempotencyKey }) => {
        const { client, clientSecret, oldCredentialEndsAt } = await secrets.regenerate(
          actor,
          params.id,
          {
            clientId: body.client_id,
            overlapSeconds: body.overlap_seconds,
            revokeTokens: body.revoke_tokens ?? body.overlap_seconds === 0,
          },
          toIdempotencyRequest(idempotencyKey, `POST /clients/${params.id}/regenerate`, body),
        );
        return {
          status: 200,
          body: {
            client_id: client.clientId,
            ...toShownSecret(clientSecret, null),
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
