/** `/refused-attempts`: who tried to sign in, or to do what they may not, and was refused. */
import { z } from 'zod';
import { refusedAttemptKinds, type RefusedAttempts } from '../model/refused-attempt.ts';
import type { RefusedAttemptReport } from '../usage/refused-attempt-report.ts';
import { defineRoute, type Route } from './route.ts';
import {
  listQuery,
  locationFilterSchema,
  locationSchema,
  organizationFilterSchema,
  organizationSchema,
  pageSchema,
  referenceSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

const kindSchema = z.enum(refusedAttemptKinds);

const refusedAttemptsSchema = z
  .object({
    kind: kindSchema.meta({
      description:
        'sign_in: the e-mail address or the password was not right, or who signs in is stopped; unauthenticated: no live access token or session; forbidden: known, and not permitted',
      example: 'forbidden',
    }),
    actor: z
      .object({ type: z.string(), id: z.string(), name: z.string() })
      .nullable()
      .meta({
        description:
          'Who tried: a client by record id and client_id, a member by record id and e-mail address; null: nobody that is known',
        example: {
          type: 'client',
          id: 'client_4Xr9KpT1sGf6WqL0bNz3Jd',
          name: 'lkc_0pR7vYc2MwE9xKj5TsB8aQ',
        },
      }),
    operation: z
      .string()
      .meta({ description: 'operationId of what was tried', example: 'deleteClient' }),
    count: z.int().meta({ description: 'How often, from that network on that day', example: 12 }),
    first_occurred_at: timeSchema,
    last_occurred_at: timeSchema,
    network: z.string().meta({
      description: 'The network it came from: IPv4 in 24 bits, IPv6 in 64',
      example: '192.0.2.0/24',
    }),
    last_address: z
      .string()
      .meta({ description: 'IP address of the last attempt', example: '192.0.2.7' }),
    last_request_id: z.string().meta({
      description: 'X-Request-Id of the last answer; what the log knows the request by',
      example: '0b7c7c1e-3f0e-4d0a-9c53-0f6b3f2f9f55',
    }),
    organization: organizationSchema
      .nullable()
      .meta({ description: "Record id of the actor's organization; null: of nobody's" }),
    location: locationSchema,
  })
  .meta({ id: 'RefusedAttempts' });

function toBody(attempts: RefusedAttempts): z.infer<typeof refusedAttemptsSchema> {
  const { actor } = attempts;
  return {
    kind: attempts.kind,
    actor: actor && { type: actor.type, id: actor.id, name: actor.name },
    operation: attempts.operation,
    count: attempts.count,
    first_occurred_at: attempts.firstAt.toISOString(),
    last_occurred_at: attempts.lastAt.toISOString(),
    network: attempts.network,
    last_address: attempts.address,
    last_request_id: attempts.requestId,
    organization: actor?.organizationId ?? null,
    location: actor?.locationId ?? null,
  };
}

export function refusedAttemptRoutes(report: RefusedAttemptReport): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/refused-attempts',
      operationId: 'listRefusedAttempts',
      tag: 'Audit',
      permission: 'audit:read',
      summary: 'List attempts that were refused',
      description:
        'Sign-ins and calls of the admin API, counted by actor, operation, network and day; kept for 30 days, the last 100 of each actor. They are no changes, so the audit trail does not have them. What nobody in particular tried is shown to operators. Refusals of clients at the token endpoint: `/clients/{id}/failures`.',
      query: listQuery(['last_occurred_at'], '-last_occurred_at', {
        kind: kindSchema.optional().meta({ description: 'Only those of this kind' }),
        actor: referenceSchema.optional().meta({ description: 'Record id of who tried' }),
        organization: organizationFilterSchema,
        location: locationFilterSchema,
      }),
      responses: {
        200: {
          description: 'A page of refused attempts',
          schema: pageSchema(refusedAttemptsSchema),
        },
      },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(await report.list(actor.principal, query, toPageRequest(query)), toBody),
      }),
    }),
  ];
}
