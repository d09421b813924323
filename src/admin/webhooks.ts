/** `/webhooks`: who wants to hear of what, and where it is sent. */
import type { Webhook } from '../model/webhook.ts';
import { formatEntityTag } from '../registry/precondition.ts';
import type { WebhookRegistry } from '../webhook/webhook-registry.ts';
import { defineRoute, type Route } from './route.ts';
import {
  booleanFilterSchema,
  idParams,
  listQuery,
  locationFilterSchema,
  memberFilterSchema,
  organizationFilterSchema,
  pageSchema,
  referenceSchema,
  searchSchema,
  toIdempotencyRequest,
  toPageBody,
  toPageRequest,
} from './schemas.ts';
import {
  createdWebhookSchema,
  listedWebhookSchema,
  rotatedWebhookSchema,
  secretRotationSchema,
  toListedBody,
  toShownSigningSecret,
  toWebhookBody,
  webhookCreationSchema,
  webhookPatchSchema,
  webhookSchema,
} from './webhook-schemas.ts';

const etagOf = (webhook: Webhook) => ({ ETag: formatEntityTag(webhook.version) });

export function webhookRoutes(registry: WebhookRegistry): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/webhooks',
      operationId: 'listWebhooks',
      tag: 'Webhooks',
      permission: 'webhooks:read',
      summary: 'List webhooks',
      query: listQuery(['created_at', 'url', 'active'], '-created_at', {
        q: searchSchema.meta({ description: 'Text to search for in the URLs' }),
        active: booleanFilterSchema.meta({ description: 'Only active, or only inactive ones' }),
        organization: organizationFilterSchema,
        location: locationFilterSchema,
        client: referenceSchema
          .optional()
          .meta({ description: 'Record id of a client: only those that hear of it alone' }),
        member: memberFilterSchema,
      }),
      responses: {
        200: { description: 'A page of webhooks', schema: pageSchema(listedWebhookSchema) },
      },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(
          await registry.list(actor.principal, query, toPageRequest(query)),
          toListedBody,
        ),
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/webhooks',
      operationId: 'createWebhook',
      tag: 'Webhooks',
      permission: 'webhooks:write',
      summary: 'Subscribe a webhook',
      description:
        'From now on every event it selects is sent to it, at least once, signed as Standard Webhooks has it, and attempted for about a day. What is about one client is sent in order, as far as attempts succeed. The answer holds the signing secret, this once.',
      idempotent: true,
      body: webhookCreationSchema,
      responses: {
        201: { description: 'The webhook and its signing secret', schema: createdWebhookSchema },
        200: {
          description:
            'The webhook an earlier request with this Idempotency-Key made; its secret was shown then',
          schema: createdWebhookSchema,
        },
      },
      handle: async ({ actor, body, idempotencyKey }) => {
        const { record, replayed, signingSecret } = await registry.create(
          actor,
          { ...body, organization: body.organization, location: body.location },
          toIdempotencyRequest(idempotencyKey, 'POST /webhooks', body),
        );
        return {
          status: replayed ? 200 : 201,
          headers: etagOf(record),
          body: {
            ...toWebhookBody(record),
            ...toShownSigningSecret(signingSecret),
          },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/webhooks/{id}',
      operationId: 'getWebhook',
      tag: 'Webhooks',
      permission: 'webhooks:read',
      summary: 'See a webhook',
      params: idParams('webhook'),
      responses: { 200: { description: 'The webhook', schema: webhookSchema } },
      handle: async ({ actor, params }) => {
        const webhook = await registry.get(actor.principal, params.id);
        return { status: 200, body: toWebhookBody(webhook), headers: etagOf(webhook) };
      },
    }),
    defineRoute({
      method: 'patch',
      path: '/webhooks/{id}',
      operationId: 'updateWebhook',
      tag: 'Webhooks',
      permission: 'webhooks:write',
      summary: 'Change a webhook',
      description:
        'Replaces the fields it names, events as a whole. Switched off, nothing is sent to it: what happens meanwhile is not kept for it, and what was waiting waits until it is switched on again.',
      conditional: true,
      params: idParams('webhook'),
      body: webhookPatchSchema,
      responses: { 200: { description: 'The webhook as it is now', schema: webhookSchema } },
      handle: async ({ actor, params, body, ifMatch }) => {
        const webhook = await registry.update(actor, params.id, body, ifMatch);
        return { status: 200, body: toWebhookBody(webhook), headers: etagOf(webhook) };
      },
    }),
    defineRoute({
      method: 'delete',
      path: '/webhooks/{id}',
      operationId: 'deleteWebhook',
      tag: 'Webhooks',
      permission: 'webhooks:write',
      summary: 'Delete a webhook',
      description: 'Nothing is sent to it any more, and it cannot be restored.',
      conditional: true,
      params: idParams('webhook'),
      responses: { 204: { description: 'Deleted' } },
      handle: async ({ actor, params, ifMatch }) => {
        await registry.delete(actor, params.id, ifMatch);
        return { status: 204 };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/webhooks/{id}/rotate-secret',
      operationId: 'rotateWebhookSecret',
      tag: 'Webhooks',
      permission: 'webhooks:write',
      summary: 'Give a webhook another signing secret',
      description:
        'The new secret is shown this once. Through the overlap both sign, so that the receiver can be changed in between. With an Idempotency-Key it happens once, however often it is asked for: the answer to a replay is the webhook as it is now, without the secret.',
      idempotent: true,
      bodyOptional: true,
      params: idParams('webhook'),
      body: secretRotationSchema,
      responses: {
        200: { description: 'The webhook and its new secret', schema: rotatedWebhookSchema },
      },
      handle: async ({ actor, params, body, idempotencyKey }) => {
        const { webhook, signingSecret } = await registry.rotateSecret(
          actor,
          params.id,
          body.overlap_seconds,
          toIdempotencyRequest(idempotencyKey, `POST /webhooks/${params.id}/rotate-secret`, body),
        );
        return {
          status: 200,
          headers: etagOf(webhook),
          body: { ...toWebhookBody(webhook), ...toShownSigningSecret(signingSecret) },
        };
      },
    }),
  ];
}
