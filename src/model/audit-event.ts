/** What an audit event says: who did what to what, with which effect. Never a secret, nor its digest. */
import type { ActorCredential } from './principal.ts';

export const auditActions = [
  'organization.created',
  'organization.updated',
  'organization.deleted',
  'location.created',
  'location.updated',
  'location.deleted',
  'api.created',
  'api.updated',
  'api.deleted',
  'client.created',
  'client.updated',
  'client.deleted',
  'client.restored',
  'client.inactivity_noticed',
  'client.erased',
  'client.regenerated',
  'client_secret.created',
  'client_secret.revoked',
  'client_secret.kept',
  'client_secret.retired',
  'client_secret.retirement_overdue',
  'client_secret.ending_noticed',
  'access_token.minted',
  'access_token.revoked',
  'client.tokens_revoked',
  'location.tokens_revoked',
  'organization.tokens_revoked',
  'instance.tokens_revoked',
  'signing_key.created',
  'signing_key.rotated',
  'signing_key.activated',
  'signing_key.retired',
  'signing_key.revoked',
  'member.created',
  'member.updated',
  'member.removed',
  'member.password_changed',
  'invitation.created',
  'invitation.accepted',
  'invitation.revoked',
  'session.created',
  'session.confirmed',
  'session.ended',
  'api_access.turned_on',
  'api_access.turned_off',
  'api_access.cleared',
  'notice.read',
  'audit_key.created',
  'audit_key.rotated',
  'audit_events.removed',
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.secret_rotated',
  'webhook.tested',
  'webhook.replayed',
  'webhook.switched_off',
  'instance.bootstrapped',
] as const;

/** `entity.operation`: webhooks subscribe to them by these two (model/webhook-event.ts). */
export type AuditAction = (typeof auditActions)[number];

export interface AuditEventDraft {
  action: AuditAction;
  targetType:
    | 'organization'
    | 'location'
    | 'api'
    | 'client'
    | 'client_secret'
    | 'access_token'
    | 'signing_key'
    | 'member'
    | 'invitation'
    | 'session'
    | 'notice'
    | 'audit_key'
    | 'audit_log'
    | 'webhook'
    | 'instance';
  targetId: string;
  /** Whose event it is; null for the instance's own. */
  organizationId: string | null;
  /** Whose within the organization; none: the organization's own. Of a client's event: the client's. */
  locationId?: string | null;
  /** Facts a reader needs later: names, changed fields before and after. */
  details: Record<string, unknown>;
}

export interface AuditEvent extends AuditEventDraft {
  /** The registry version this change made. */
  sequence: bigint;
  id: string;
  occurredAt: Date;
  actorType: string;
  actorId: string;
  actorName: string;
  /** null: none was needed, or the event is from before it was written down. */
  credential: ActorCredential | null;
  requestId: string;
  address: string | null;
  /** null: it did not say, or the event is from before it was written down. */
  userAgent: string | null;
}
