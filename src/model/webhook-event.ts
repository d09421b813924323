/** What webhooks hear of: the events of the audit trail, and notices; each an entity and an operation. */
import { auditActions, type AuditEvent } from './audit-event.ts';
import type { Notice } from './notice.ts';
import { permissions as allPermissions, type Permission } from './permission.ts';
import { permissionsOf, rolePermissions, roles, type Role, type Standing } from './role.ts';

/** A new audit action is an event of itself. */
export const webhookEventTypes: readonly string[] = [...auditActions, 'notice.created'];

const anything = '*';
export const testType = 'webhook.tested';

/** One subscription of a webhook; `*` in place of either is every one. */
export interface EventSelection {
  entity: string;
  operation: string;
}

export function formatSelection({ entity, operation }: EventSelection): string {
  return `${entity}.${operation}`;
}

export function parseSelection(text: string): EventSelection {
  const [entity = '', operation = ''] = text.split('.');
  return { entity, operation };
}

/** Every selection, as it is stored, that an event of this type is in. */
export function selectionsOf(type: string): string[] {
  const { entity, operation } = parseSelection(type);
  return [entity, anything].flatMap((of) => [`${of}.${operation}`, `${of}.${anything}`]);
}

/** Whether any event there is would be selected. */
export function selectsSomething(selection: EventSelection): boolean {
  return webhookEventTypes.some((type) => selectionsOf(type).includes(formatSelection(selection)));
}

/** Who may see an entity may hear of it; for all others it takes `audit:read`, which tells everything. */
const readPermissions: Readonly<Record<string, Permission>> = {
  client: 'clients:read',
  client_secret: 'clients:read',
  access_token: 'clients:read',
  api: 'apis:read',
  organization: 'organizations:read',
  location: 'organizations:read',
  member: 'members:read',
  invitation: 'members:read',
  session: 'members:read',
  api_access: 'members:read',
  webhook: 'webhooks:read',
  signing_key: 'signing_keys:read',
  // Nearly all of them are about clients.
  notice: 'clients:read',
};

export function mayHear(permissions: ReadonlySet<Permission>, entity: string): boolean {
  if (permissions.has('audit:read')) return true;
  const needed = readPermissions[entity];
  return needed !== undefined && permissions.has(needed);
}

/** Whether something of this type that happened to a client of theirs is a member's to hear. */
export function mayHearAsMember(standing: Standing, type: string): boolean {
  return mayHear(new Set(permissionsOf(standing)), parseSelection(type).entity);
}

/** What lets a member hear of events of this type: a role, or any one of the permissions. */
export function hearersOf(type: string): { roles: Role[]; permissions: Permission[] } {
  const { entity } = parseSelection(type);
  return {
    roles: roles.filter((role) => mayHear(new Set(rolePermissions[role]), entity)),
    permissions: allPermissions.filter((permission) => mayHear(new Set([permission]), entity)),
  };
}

/** An event on its way to the webhooks that selected it. */
export interface WebhookEvent {
  /** Record id of the audit event or the notice. */
  id: string;
  type: string;
  /** null: the instance's own. */
  organizationId: string | null;
  locationId: string | null;
  /** Record id of the client it is about, if it is about one. */
  clientRecordId: string | null;
  /** Record id of the member it is about; of an event about a client, whose member counts as well, null. */
  memberId: string | null;
  /** What is about the same subject is sent in order. */
  subject: string;
  /** The registry version of the change; null: it is none. */
  sequence: bigint | null;
  occurredAt: Date;
  data: Record<string, unknown>;
  /** Told to this webhook, whatever it has selected. */
  testedWebhookId: string | null;
}

/** Of what belongs to the instance only what everybody can see anyway is told to everybody. */
export function isToldToAll({ organizationId, type }: WebhookEvent): boolean {
  if (organizationId !== null) return false;
  const { entity } = parseSelection(type);
  return entity === 'signing_key' || entity === 'api' || type === 'instance.tokens_revoked';
}

/** What everybody may know of the instance's own; which clients are concerned is for those alone whose they are. */
const publicFacts: readonly string[] = [
  'identifier',
  'name',
  'scopes',
  'access_token_lifetime_seconds',
  'signing_alg',
  'token_typ',
  'algorithm',
  'state',
  'signs_at',
  'emergency',
  'predecessor',
  'successor',
];

function toldDetails({ organizationId, details }: AuditEvent): Record<string, unknown> {
  if (organizationId !== null) return details;
  return Object.fromEntries(Object.entries(details).filter(([fact]) => publicFacts.includes(fact)));
}

export function toWebhookEvent(event: AuditEvent): WebhookEvent {
  const { client } = event.details;
  const namedClient = typeof client === 'string' ? client : null;
  const clientRecordId = event.targetType === 'client' ? event.targetId : namedClient;
  return {
    id: event.id,
    type: event.action,
    organizationId: event.organizationId,
    locationId: event.locationId ?? null,
    clientRecordId,
    memberId: event.targetType === 'member' ? event.targetId : null,
    subject: clientRecordId ?? event.targetId,
    sequence: event.sequence,
    occurredAt: event.occurredAt,
    data: {
      event: event.id,
      sequence: Number(event.sequence),
      organization: event.organizationId,
      location: event.locationId ?? null,
      target: { type: event.targetType, id: event.targetId },
      // Who operates the instance is nothing to its organizations.
      actor:
        event.organizationId === null
          ? null
          : { type: event.actorType, id: event.actorId, name: event.actorName },
      details: toldDetails(event),
    },
    testedWebhookId: event.action === testType ? event.targetId : null,
  };
}

/** `notice` was raised just now. */
export function noticeToWebhookEvent(notice: Omit<Notice, 'readAt'>): WebhookEvent {
  const client = 'client' in notice.parameters ? notice.parameters.client : null;
  return {
    id: notice.id,
    type: 'notice.created',
    organizationId: notice.organizationId,
    locationId: notice.locationId,
    clientRecordId: client,
    memberId: null,
    subject: notice.id,
    sequence: null,
    occurredAt: notice.lastOccurredAt,
    data: {
      organization: notice.organizationId,
      location: notice.locationId,
      target: { type: 'notice', id: notice.id },
      details: { kind: notice.kind, ...notice.parameters },
    },
    testedWebhookId: null,
  };
}
