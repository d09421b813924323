/** `/webhooks/{id}/deliveries`: what was sent, what will be, and what could not be; tests and replays. */
import { z } from 'zod';
import { deliveryStates } from '../model/webhook.ts';
import type { WebhookDeliveries } from '../webhook/webhook-deliveries.ts';
import { defineRoute, type Route } from './route.ts';
import {
  idParams,
  listQuery,
  pageSchema,
  pathIdSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';
import { deliverySchema, toDeliveryBody } from './webhook-schemas.ts';

const deliveryParams = z.strictObject({
  id: pathIdSchema.meta({ description: 'Record id of the webhook' }),
  delivery_id: pathIdSchema.meta({ description: 'Record id of the delivery' }),
});

export function webhookDeliveryRoutes(deliveries: WebhookDeliveries): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/webhooks/{id}/test',
      operationId: 'testWebhook',
      tag: 'Webhooks',
      permission: 'webhooks:write',
      summary: 'Send a test event',
      description:
        'Of the type `webhook.tested`, whatever the webhook has selected, and like any other event. Its deliveries say what became of it.',
      params: idParams('webhook'),
      responses: { 202: { description: 'It will be sent', schema: deliverySchema } },
      handle: async ({ actor, params }) => ({
        status: 202,
        body: toDeliveryBody(await deliveries.test(actor, params.id), null),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/webhooks/{id}/deliveries',
      operationId: 'listWebhookDeliveries',
      tag: 'Webhooks',
      permission: 'webhooks:read',
      summary: 'List the deliveries of a webhook',
      description: 'Of the last 30 days, at most 50,000 beside those that wait.',
      params: idParams('webhook'),
      query: listQuery(['created_at'], '-created_at', {
        state: z.enum(deliveryStates).optional().meta({ description: 'Only those in this state' }),
      }),
      responses: {
        200: { description: 'A page of deliveries', schema: pageSchema(deliverySchema) },
      },
      handle: async ({ actor, params, query }) => {
        const asked = toPageRequest(query);
        const { page, heldBy } = await deliveries.list(actor.principal, params.id, query, asked);
        return {
          status: 200,
          body: toPageBody(page, (delivery) => toDeliveryBody(delivery, heldBy)),
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/webhooks/{id}/deliveries/{delivery_id}/replay',
      operationId: 'replayWebhookDelivery',
      tag: 'Webhooks',
      permission: 'webhooks:write',
      summary: 'Send a delivery again',
      description:
        'Whatever has become of it, with the same `webhook-id`, and with as many attempts as a new one.',
      params: deliveryParams,
      responses: { 202: { description: 'It will be sent', schema: deliverySchema } },
      handle: async ({ actor, params }) => ({
        status: 202,
        body: toDeliveryBody(await deliveries.replay(actor, params.id, params.delivery_id), null),
      }),
    }),
  ];
}
