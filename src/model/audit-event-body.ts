/**
 * The bytes of an audit event that are signed, and how one event names the one before it. The format is
 * public: an export is verified against it without a server.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { AuditEvent } from './audit-event.ts';

const bodyFormat = 'latchkey-audit-event/1';

/** An event, and what names it: the SHA-256 of its body. */
export interface EventLink {
  sequence: bigint;
  link: string;
}

/** What an event stands for in the chain, beside what it says. */
export interface ChainedEvent extends AuditEvent {
  /** The link of the event before; null: there was none. */
  previous: string | null;
  /**
   * The event before among those of its organization; null: it is the first of them that names one. undefined: it
   * is of no organization, or from before organizations had chains of their own.
   */
  organizationPrevious?: EventLink | null | undefined;
  /** The records that instances forget because of it; null: all of them. */
  affected: readonly string[] | null;
}

/** As stored, and as exported. */
export interface AuditRecord {
  body: string;
  /** Detached JWS over the body; null: written before events were signed. */
  signature: string | null;
}

const bodySchema = z.strictObject({
  format: z.literal(bodyFormat),
  sequence: z.int().positive(),
  previous: z.string().nullable(),
  /** Only in an organization's events, and not in those from before it was written down. */
  organization_previous: z
    .strictObject({ sequence: z.int().positive(), link: z.string() })
    .nullable()
    .optional(),
  id: z.string(),
  occurred_at: z.iso.datetime(),
  action: z.string(),
  actor: z.strictObject({ type: z.string(), id: z.string(), name: z.string() }),
  credential: z
    .strictObject({ type: z.string(), id: z.string().nullable(), token: z.string().nullable() })
    .nullable(),
  address: z.string().nullable(),
  /** Only where there is one: events from before it was written down stay what they are. */
  user_agent: z.string().optional(),
  request_id: z.string(),
  target: z.strictObject({ type: z.string(), id: z.string() }),
  organization: z.string().nullable(),
  location: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  affected: z.array(z.string()).nullable(),
});

export function formatAuditEventBody(event: ChainedEvent): string {
  const { organizationPrevious } = event;
  return JSON.stringify({
    format: bodyFormat,
    sequence: Number(event.sequence),
    previous: event.previous,
    ...(organizationPrevious === undefined
      ? {}
      : {
          organization_previous: organizationPrevious && {
            sequence: Number(organizationPrevious.sequence),
            link: organizationPrevious.link,
          },
        }),
    id: event.id,
    occurred_at: event.occurredAt.toISOString(),
    action: event.action,
    actor: { type: event.actorType, id: event.actorId, name: event.actorName },
    credential: event.credential,
    address: event.address,
    ...(event.userAgent === null ? {} : { user_agent: event.userAgent }),
    request_id: event.requestId,
    target: { type: event.targetType, id: event.targetId },
    organization: event.organizationId,
    location: event.locationId ?? null,
    details: event.details,
    affected: event.affected === null ? null : [...event.affected],
  } satisfies z.input<typeof bodySchema>);
}

/** undefined for what formatAuditEventBody has not written. */
export function parseAuditEventBody(body: string): ChainedEvent | undefined {
  const { data } = bodySchema.safeParse(parseJson(body));
  if (data === undefined) return undefined;
  const { organization_previous: organizationPrevious } = data;
  return {
    sequence: BigInt(data.sequence),
    previous: data.previous,
    organizationPrevious: organizationPrevious && {
      sequence: BigInt(organizationPrevious.sequence),
      link: organizationPrevious.link,
    },
    id: data.id,
    occurredAt: new Date(data.occurred_at),
    // Which actions and targets there are is for the release that wrote it.
    action: data.action as AuditEvent['action'],
    actorType: data.actor.type,
    actorId: data.actor.id,
    actorName: data.actor.name,
    credential: data.credential,
    address: data.address,
    userAgent: data.user_agent ?? null,
    requestId: data.request_id,
    targetType: data.target.type as AuditEvent['targetType'],
    targetId: data.target.id,
    organizationId: data.organization,
    locationId: data.location,
    details: data.details,
    affected: data.affected,
  };
}

const unsignedSchema = z.object({
  sequence: z.string().regex(/^\d{1,18}$/),
  id: z.string(),
  occurredAt: z.iso.datetime(),
  action: z.string(),
  actorType: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  requestId: z.string(),
  address: z.string().nullable(),
  targetType: z.string(),
  targetId: z.string(),
  organizationId: z.string().nullable(),
  locationId: z.string().nullable().default(null),
  details: z.record(z.string(), z.unknown()),
});

/** An event from before events were signed; undefined for anything else. */
export function parseUnsignedBody(body: string): AuditEvent | undefined {
  const { data } = unsignedSchema.safeParse(parseJson(body));
  if (data === undefined) return undefined;
  return {
    ...data,
    sequence: BigInt(data.sequence),
    occurredAt: new Date(data.occurredAt),
    action: data.action as AuditEvent['action'],
    targetType: data.targetType as AuditEvent['targetType'],
    credential: null,
    userAgent: null,
  };
}

/** What the next event names as its predecessor: SHA-256 of the body, in base64url. */
export function linkOf(body: string): string {
  return createHash('sha256').update(body).digest('base64url');
}

/** The same for an event that names none itself: all that came before goes into it. */
export function linkOfUnsigned(previous: string | null, body: string): string {
  return linkOf(`${previous ?? ''}\n${body}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
