/** What a webhook can hear of: entities and operations, complete because the compiler compares them with the server's. */
import type { EventType } from '../api/records.ts';

const known: Readonly<Record<EventType, true>> = {
  'client.created': true,
  'client.updated': true,
  'client.deleted': true,
  'client.restored': true,
  'client.regenerated': true,
  'client.tokens_revoked': true,
  'client.inactivity_noticed': true,
  'client.erased': true,
  'client_secret.created': true,
  'client_secret.revoked': true,
  'client_secret.kept': true,
  'client_secret.retired': true,
  'client_secret.retirement_overdue': true,
  'client_secret.ending_noticed': true,
  'access_token.minted': true,
  'access_token.revoked': true,
  'signing_key.created': true,
  'signing_key.rotated': true,
  'signing_key.activated': true,
  'signing_key.retired': true,
  'signing_key.revoked': true,
  'member.created': true,
  'member.updated': true,
  'member.removed': true,
  'member.password_changed': true,
  'invitation.created': true,
  'invitation.accepted': true,
  'invitation.revoked': true,
  'session.created': true,
  'session.confirmed': true,
  'session.ended': true,
  'api_access.turned_on': true,
  'api_access.turned_off': true,
  'api_access.cleared': true,
  'api.created': true,
  'api.updated': true,
  'api.deleted': true,
  'organization.created': true,
  'organization.updated': true,
  'organization.deleted': true,
  'organization.tokens_revoked': true,
  'location.created': true,
  'location.updated': true,
  'location.deleted': true,
  'location.tokens_revoked': true,
  'notice.created': true,
  'notice.read': true,
  'webhook.created': true,
  'webhook.updated': true,
  'webhook.deleted': true,
  'webhook.secret_rotated': true,
  'webhook.tested': true,
  'webhook.replayed': true,
  'webhook.switched_off': true,
  'audit_key.created': true,
  'audit_key.rotated': true,
  'audit_events.removed': true,
  'instance.tokens_revoked': true,
  'instance.bootstrapped': true,
};

export const any = '*';
/** Everything of everything. */
export const everything = `${any}.${any}`;

/** By entity, in the order in which they are shown. */
export const operationsByEntity: ReadonlyMap<string, readonly string[]> = Object.keys(known)
  .map(parseSelection)
  .reduce(
    (byEntity, { entity, operation }) =>
      byEntity.set(entity, [...(byEntity.get(entity) ?? []), operation]),
    new Map<string, readonly string[]>(),
  );

export interface Selection {
  entity: string;
  operation: string;
}

export function formatSelection({ entity, operation }: Selection): string {
  return `${entity}.${operation}`;
}

export function parseSelection(selection: string): Selection {
  const [entity = '', operation = ''] = selection.split('.');
  return { entity, operation };
}
