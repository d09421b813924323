/** What webhooks hear of: the events of the audit trail, and notices; each an entity and an operation. */
import { auditActions, type AuditEvent } from './audit-event.ts';
import {
  isNoticeKind,
  mayReadNotice,
  noticePermissions,
  type Notice,
  type NoticeKind,
} from './notice.ts';
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
const readPermissions = new Map<string, readonly Permission[]>([
  ['client', ['clients:read']],
  ['client_secret', ['clients:read']],
  ['access_token', ['clients:read']],
  ['api', ['apis:read']],
  ['organization', ['organizations:read']],
  ['location', ['organizations:read']],
  ['member', ['members:read']],
  ['invitation', ['members:read']],
  ['session', ['members:read']],
  ['api_access', ['members:read']],
  ['webhook', ['webhooks:read']],
  ['signing_key', ['signing_keys:read']],
  // Of whichever kind.
  ['notice', noticePermissions],
]);

export function mayHear(permissions: ReadonlySet<Permission>, entity: string): boolean {
  if (permissions.has('audit:read')) return true;
  const needed = readPermissions.get(entity);
  return needed !== undefined && needed.every((permission) => permissions.has(permission));
}

/** In words: `clients:read and webhooks:read, or audit:read`. */
export function describeNeededToHear(entity: string): string {
  const needed = readPermissions.get(entity);
  return needed === undefined ? 'audit:read' : `${needed.join(' and ')}, or audit:read`;
}

/** What of an event decides who may hear of it. */
type Told = Pick<WebhookEvent, 'type' | 'noticeKind'>;

function mayHearEvent(permissions: ReadonlySet<Permission>, { type, noticeKind }: Told): boolean {
  return noticeKind === null
    ? mayHear(permissions, parseSelection(type).entity)
    : mayReadNotice(permissions, noticeKind);
}

/** Whether something that happened to a client of theirs is a member's to hear. */
export function mayHearAsMember(standing: Standing, told: Told): boolean {
  return mayHearEvent(new Set(permissionsOf(standing)), told);
}

/** What lets a member hear of an event: a role, or any one of the permissions. */
export function hearersOf(told: Told): { roles: Role[]; permissions: Permission[] } {
  return {
    roles: roles.filter((role) => mayHearEvent(new Set(rolePermissions[role]), told)),
    permissions: allPermissions.filter((permission) => mayHearEvent(new Set([permission]), told)),
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
  /** Of the notice that it is about; null: it is about none. */
  noticeKind: NoticeKind | null;
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
  const { client, kind } = event.details;
  const namedClient = typeof client === 'string' ? client : null;
  const clientRecordId = event.targetType === 'client' ? event.targetId : namedClient;
  return {
    id: event.id,
    type: event.action,
    organizationId: event.organizationId,
    locationId: event.locationId ?? null,
    clientRecordId,
    memberId: event.targetType === 'member' ? event.targetId : null,
    noticeKind: event.targetType === 'notice' && isNoticeKind(kind) ? kind : null,
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
    noticeKind: notice.kind,
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
