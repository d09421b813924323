/** `/clients/{id}/failures`, and `/failures` of all clients: why they were refused lately, which the 401 may not say. */
import { z } from 'zod';
import { failureReasons, type ClientFailure, type ListedFailure } from '../model/usage.ts';
import type { ClientRegistry } from '../registry/client-registry.ts';
import type { ClientFailureReport } from '../usage/client-failure-report.ts';
import { defineRoute, type Route } from './route.ts';
import {
  idParams,
  listQuery,
  locationFilterSchema,
  organizationFilterSchema,
  pageSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const failureFields = {
  occurred_at: timeSchema,
  reason: z.enum(failureReasons).meta({
    description:
      'The secret was wrong, had expired, was retired by another one or revoked; the client_id had ended, or the client was inactive; the scope or the resource was not granted; or the access token to be revoked belongs to another client',
  }),
  secret: z.string().nullable().meta({
    description: "Record id of the secret that was sent; null: it never was one of the client's",
    example: 'secret_9Yt2LmQ6hVx0CwR4kPs8Ed',
  }),
  secret_hint: z
    .string()
    .nullable()
    .meta({ description: 'Beginning and last four characters of that secret' }),
  address: z.string().meta({ description: 'IP address it came from' }),
  request_id: z.string().meta({
    description: 'X-Request-Id of the answer; what the log knows the request by',
  }),
};

export const clientFailureSchema = z.object(failureFields).meta({ id: 'ClientFailure' });

export const listedFailureSchema = z
  .object({
    client: z.string().meta({
      description: 'Record id of the client',
      example: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
    }),
    client_id: z
      .string()
      .meta({ description: 'Its present client_id', example: 'lkc_0pR7vYc2MwE9xKj5TsB8aQ' }),
    client_name: z.string().meta({ description: 'For people', example: 'Order import' }),
    ...failureFields,
  })
  .meta({ id: 'ListedFailure' });

function toBody(failure: ClientFailure): z.infer<typeof clientFailureSchema> {
  return {
    occurred_at: failure.occurredAt.toISOString(),
    reason: failure.reason,
    secret: failure.secretId,
    secret_hint: failure.secretHint,
    address: failure.address,
    request_id: failure.requestId,
  };
}

function toListedBody(failure: ListedFailure): z.infer<typeof listedFailureSchema> {
  return {
    client: failure.clientRecordId,
    client_id: failure.clientId,
    client_name: failure.clientName,
    ...toBody(failure),
  };
}

export function clientFailureRoutes(
  registry: ClientRegistry,
  failures: ClientFailureReport,
): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/clients/{id}/failures',
      operationId: 'listClientFailures',
      tag: 'Clients',
      permission: 'clients:read',
      summary: 'List the last refusals of a client',
      description:
        'With the true reason, which the answer to whoever was refused does not tell. The last 50 are kept; those of other instances may be a few seconds late.',
      params: idParams('client'),
      query: listQuery(['occurred_at'], '-occurred_at', {}),
      responses: {
        200: { description: 'A page of refusals', schema: pageSchema(clientFailureSchema) },
      },
      handle: async ({ actor, params, query }) => {
        const client = await registry.get(actor.principal, params.id);
        const page = await failures.list(client.id, toPageRequest(query));
        return { status: 200, body: toPageBody(page, toBody) };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/failures',
      operationId: 'listFailures',
      tag: 'Clients',
      permission: 'clients:read',
      summary: 'List the last refusals of all clients',
      description: 'Of each client the last 50 are kept.',
      query: listQuery(['occurred_at'], '-occurred_at', {
        organization: organizationFilterSchema,
        location: locationFilterSchema,
      }),
      responses: {
        200: { description: 'A page of refusals', schema: pageSchema(listedFailureSchema) },
      },
      handle: async ({ actor, query }) => {
        const page = await failures.listAll(actor.principal, query, toPageRequest(query));
        return { status: 200, body: toPageBody(page, toListedBody) };
      },
    }),
  ];
}
