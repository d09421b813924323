/** `/clients/{id}/failures`: why it was refused lately, which the 401 may not say. */
import { z } from 'zod';
import { failureReasons, type ClientFailure } from '../model/usage.ts';
import type { ClientRegistry } from '../registry/client-registry.ts';
import type { ClientFailureReport } from '../usage/client-failure-report.ts';
import { defineRoute, type Route } from './route.ts';
import {
  idParams,
  listQuery,
  pageSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

export const clientFailureSchema = z
  .object({
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
  })
  .meta({ id: 'ClientFailure' });

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
  ];
}
