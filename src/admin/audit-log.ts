/** `/audit-events/verification`, `/audit-events/export` and `/audit-keys`: that the audit log is what was written. */
import { z } from 'zod';
import type { AuditLog, AuditReport } from '../audit/audit-log.ts';
import type { AuditKey } from '../model/audit-key.ts';
import { parseKeyStatement } from '../model/audit-statement.ts';
import { readPayload } from '../audit/audit-signature.ts';
import { auditFilters, toAuditFilter } from './audit-events.ts';
import { defineRoute, type Route } from './route.ts';
import { pageSchema, timeSchema } from './schemas.ts';

const eventsDefault = 2_000;
const eventsMax = 10_000;

const checkpointSchema = z
  .string()
  .max(2_000)
  .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, 'must be a checkpoint as the log or an export has it');

const sequenceSchema = z.int().meta({ description: 'Number of an event' });

export const verificationSchema = z
  .object({
    verified: z.boolean().meta({ description: 'Nothing was found to be wrong so far' }),
    complete: z.boolean().meta({
      description:
        'What is missing would show: each event names the one before it, of all and of its organization. False for the events of one location, and for an organization where some are from before organizations had chains of their own',
    }),
    events: z.int().meta({ description: 'Looked at by this call, and found to be good' }),
    last_event: sequenceSchema.meta({ description: 'How far it came; 0: there was nothing' }),
    signed_from: sequenceSchema.nullable().meta({
      description:
        'The first event that must be signed: older ones are from before there were keys',
    }),
    removed: z
      .object({ through: sequenceSchema, events: z.int() })
      .nullable()
      .meta({ description: 'Removed because of their age, as was signed when it was done' }),
    fault: z
      .object({
        code: z.string().meta({ example: 'wrong_signature' }),
        event: sequenceSchema.nullable(),
        detail: z.string(),
      })
      .nullable()
      .meta({ description: 'The first that was found', example: null }),
    checkpoint: z.string().nullable().meta({
      description: 'When all is verified: where the log is now, signed, to be kept elsewhere',
    }),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: '`cursor` of the call that goes on; null: that was all' }),
  })
  .meta({ id: 'AuditVerification' });

function toVerificationBody(report: AuditReport): z.infer<typeof verificationSchema> {
  const { fault, removed, signedFrom } = report;
  return {
    verified: fault === undefined,
    complete: report.isComplete,
    events: report.events,
    last_event: Number(report.position.sequence),
    signed_from: signedFrom === null ? null : Number(signedFrom),
    removed: removed ? { through: Number(removed.through), events: removed.count } : null,
    fault: fault
      ? {
          code: fault.code,
          event: fault.sequence === null ? null : Number(fault.sequence),
          detail: fault.message,
        }
      : null,
    checkpoint: report.checkpoint,
    next_cursor: report.nextCursor,
  };
}

const auditKeySchema = z
  .object({
    kid: z.string().meta({ description: 'Thumbprint of the public key (RFC 7638)' }),
    public_jwk: z
      .object({ kty: z.string(), crv: z.string(), x: z.string() })
      .meta({ description: 'Ed25519 (RFC 8037)' }),
    first_event: sequenceSchema.meta({ description: 'It signs from this event on' }),
    created_at: timeSchema,
    statement: z.string().meta({ description: 'What it says of itself: a JWS by its own' }),
    endorsement: z
      .string()
      .nullable()
      .meta({ description: 'The same by the key before it; null for the first' }),
  })
  .meta({ id: 'AuditKey' });

function toKeyBody(key: AuditKey): z.infer<typeof auditKeySchema> {
  const said = parseKeyStatement(readPayload(key.statement));
  if (said === undefined) throw new Error(`audit key ${key.kid} says nothing of itself`);
  return {
    kid: key.kid,
    public_jwk: said.publicJwk,
    first_event: Number(key.firstSequence),
    created_at: key.createdAt.toISOString(),
    statement: key.statement,
    endorsement: key.endorsement,
  };
}

export function auditLogRoutes(log: AuditLog): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/audit-events/verification',
      operationId: 'verifyAuditEvents',
      tag: 'Audit',
      permission: 'audit:read',
      summary: 'Verify audit events',
      description:
        'Looks at the signature, the place and the columns of each event, without trusting the database. Long logs take several calls: go on with `next_cursor`.',
      query: z.strictObject({
        limit: z
          .string()
          .regex(/^\d+$/, `must be a number from 1 to ${eventsMax}`)
          .transform(Number)
          .pipe(z.int().min(1).max(eventsMax))
          .default(eventsDefault)
          .meta({
            description: 'How many events this call looks at, at most',
            override: ({ jsonSchema }) => {
              delete jsonSchema.pattern;
              Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: eventsMax });
            },
          }),
        cursor: z
          .string()
          .max(1000)
          .optional()
          .meta({ description: '`next_cursor` of the call before' }),
        checkpoint: checkpointSchema
          .optional()
          .meta({ description: 'One that you have kept: the log must contain what it has seen' }),
      }),
      responses: {
        200: { description: 'What was found, whether good or not', schema: verificationSchema },
      },
      handle: async ({ actor, query }) => ({
        status: 200,
        body: toVerificationBody(await log.verify(actor.principal, query)),
      }),
    }),
    defineRoute({
      method: 'get',
      path: '/audit-events/export',
      operationId: 'exportAuditEvents',
      tag: 'Audit',
      permission: 'audit:read',
      summary: 'Export audit events',
      description:
        'One JSON object a line, oldest first, with the public keys, every signature, a checkpoint and the seal of the file: `latchkey audit verify --file` checks it without any server. So does a file of one organization, with no other filter, for that organization. With other filters each event verifies, and that none is missing does not show.',
      query: z.strictObject(auditFilters),
      responses: {
        200: {
          description: 'The export',
          mediaType: 'application/x-ndjson',
          example:
            '{"type":"header","format":"latchkey-audit-export/1", …}\n{"type":"event","body":"{…}","signature":"eyJhbGciOiJFZERTQSJ9..c2ln"}\n',
        },
      },
      handle: async ({ actor, query }) => {
        const lines = await log.export(actor, toAuditFilter(query), query);
        return {
          status: 200,
          lines,
          headers: { 'Content-Disposition': 'attachment; filename="latchkey-audit.ndjson"' },
        };
      },
    }),
    defineRoute({
      method: 'get',
      path: '/audit-keys',
      operationId: 'listAuditKeys',
      tag: 'Audit',
      permission: 'audit:read',
      summary: 'List the keys that sign audit events',
      query: z.strictObject({}),
      responses: {
        200: { description: 'Every key there ever was', schema: pageSchema(auditKeySchema) },
      },
      handle: async () => ({
        status: 200,
        body: { data: (await log.listKeys()).map(toKeyBody), next_cursor: null },
      }),
    }),
    defineRoute({
      method: 'post',
      path: '/audit-keys/rotate',
      operationId: 'rotateAuditKey',
      needsConfirmation: true,
      tag: 'Audit',
      permission: 'signing_keys:write',
      operatorOnly: true,
      summary: 'Sign audit events with another key from now on',
      description:
        'The present key vouches for the new one and is then erased: nobody can sign with it any more.',
      responses: { 201: { description: 'The new key', schema: auditKeySchema } },
      handle: async ({ actor }) => ({ status: 201, body: toKeyBody(await log.rotateKey(actor)) }),
    }),
  ];
}
