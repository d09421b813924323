/** `/audit-events`: every change, who made it and from where. */
import { z } from 'zod';
import type { AuditEvent } from '../model/audit-event.ts';
import type { AuditTrail, AuditTrailFilter } from '../audit/audit-trail.ts';
import { defineRoute, type Route } from './route.ts';
import {
  listQuery,
  locationSchema,
  organizationFilterSchema,
  organizationSchema,
  pageSchema,
  referenceSchema,
  timeSchema,
  toPageBody,
  toPageRequest,
} from './schemas.ts';

export const auditEventSchema = z
  .object({
    sequence: z.int().meta({ description: 'The registry version this change made' }),
    id: z
      .string()
      .meta({ description: 'Stable record id', example: 'event_6Mv0RzH3kTd8QwN5bYx2Cf' }),
    occurred_at: timeSchema,
    action: z.string().meta({ description: 'What was done', example: 'client.created' }),
    actor: z.object({ type: z.string(), id: z.string(), name: z.string() }).meta({
      description:
        'Who did it: a client by record id and client_id, a member by record id and e-mail address, or the operator',
    }),
    credential: z
      .object({
        type: z.string().meta({
          description: '`access_token`, `client_secret` or `session`',
          example: 'access_token',
        }),
        id: z.string().nullable().meta({
          description:
            'Record id of the session, or of the client secret that the access token was asked with; null: it was not live any more',
        }),
        token: z.string().nullable().meta({
          description:
            "The first 16 digits of the SHA-256 of the token's jti, in base64url; null of a session",
        }),
      })
      .nullable()
      .meta({
        description:
          'What they authenticated with; null: at the machine itself, or before it was written down',
      }),
    target: z
      .object({ type: z.string(), id: z.string() })
      .meta({ description: 'What it was done to' }),
    organization: organizationSchema
      .nullable()
      .meta({ description: "Whose event it is; null: the instance's own" }),
    location: locationSchema,
    details: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Facts that a reader needs later; changed fields before and after' }),
    request_id: z.string().meta({ description: 'The request that did it, as the log knows it' }),
    address: z
      .string()
      .nullable()
      .meta({ description: 'IP address it came from; null: from the machine itself' }),
    user_agent: z.string().nullable().meta({
      description: "What the caller's program said of itself; null: nothing",
      example: 'node',
    }),
  })
  .meta({ id: 'AuditEvent' });

function toBody(event: AuditEvent): z.infer<typeof auditEventSchema> {
  return {
    sequence: Number(event.sequence),
    id: event.id,
    occurred_at: event.occurredAt.toISOString(),
    action: event.action,
    actor: { type: event.actorType, id: event.actorId, name: event.actorName },
    credential: event.credential,
    target: { type: event.targetType, id: event.targetId },
    organization: event.organizationId,
    location: event.locationId ?? null,
    details: event.details,
    request_id: event.requestId,
    address: event.address,
    user_agent: event.userAgent,
  };
}

export const auditFilters = {
  action: referenceSchema.optional().meta({ description: 'Such as client.created' }),
  actor: referenceSchema.optional().meta({ description: 'Record id of who did it' }),
  target: referenceSchema.optional().meta({ description: 'Record id of what it was done to' }),
  organization: organizationFilterSchema,
  location: referenceSchema
    .optional()
    .meta({ description: 'Record id of a location: only its own' }),
  from: timeSchema.optional().meta({ description: 'Not before this time' }),
  until: timeSchema.optional().meta({ description: 'Before this time' }),
};

type AuditQuery = { [Filter in keyof typeof auditFilters]?: string | undefined };

export function toAuditFilter(query: AuditQuery): AuditTrailFilter {
  const { action, actor, target, organization, location, from, until } = query;
  return {
    action,
    actor,
    target,
    organization,
    location,
    from: from === undefined ? undefined : new Date(from),
    until: until === undefined ? undefined : new Date(until),
  };
}

export function auditEventRoutes(trail: AuditTrail): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/audit-events',
      operationId: 'listAuditEvents',
      tag: 'Audit',
      permission: 'audit:read',
      summary: 'List audit events',
      query: listQuery(['sequence'], '-sequence', {
        ...auditFilters,
        event: referenceSchema.optional().meta({ description: 'Record id or number of one event' }),
      }),
      responses: {
        200: { description: 'A page of audit events', schema: pageSchema(auditEventSchema) },
      },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toPageBody(
          await trail.list(
            actor.principal,
            { ...toAuditFilter(query), event: query.event },
            toPageRequest(query),
          ),
          toBody,
        ),
      }),
    }),
  ];
}
