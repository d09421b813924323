/** Messages to the people of an organization about what happened without their doing. */

import type { Permission } from './permission.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';

/** Of what a notice tells, with the parameters its text is made of. */
export interface NoticeParameters {
  /** A client asked about access tokens of an API that does not list it, and was told nothing. */
  introspection_not_listed: {
    /** Record id of the client that asked. */
    client: string;
    client_id: string;
    /** Record id of the API. */
    api: string;
    api_identifier: string;
    /** The API is the instance's, or the client another organization's: only an operator can list it. */
    needs_operator: boolean;
  };
  /** An API has lost scopes that clients held. */
  api_scopes_removed: {
    /** Record id of the API. */
    api: string;
    api_identifier: string;
    /** Of those that were removed, what the clients held. */
    scopes: string[];
    clients_count: number;
    /** The first of them, each with what it has lost. */
    clients: { id: string; client_id: string; name: string; scopes: string[] }[];
  };
  /** Nobody has used a client for long: it will be deleted. */
  client_inactive: {
    /** Record id. */
    client: string;
    client_id: string;
    name: string;
    /** null: never. */
    last_used_at: string | null;
    /** Not before, and not at all when it is used until then. */
    deletes_at: string;
  };
  /** A key stands in the JWKS that will sign later. */
  signing_key_published: SigningKeyParameters & { signs_at: string };
  /** Another key signs from now on. */
  signing_key_signing: SigningKeyParameters;
  /** A secret that should be gone, for another took its place, is still used, and stays. */
  secret_still_used: {
    /** Record id of the client. */
    client: string;
    client_id: string;
    name: string;
    /** Record id of the secret. */
    secret: string;
    secret_hint: string;
    due_at: string;
    quiet_for_seconds: number;
    last_used_at: string;
    last_used_address: string | null;
  };
  /** A secret ends soon, and may still be needed. */
  secret_ending: {
    /** Record id of the client. */
    client: string;
    client_id: string;
    name: string;
    /** Record id of the secret. */
    secret: string;
    secret_hint: string;
    ends_at: string;
    ends_by: 'expiry' | 'retirement';
    /** null: never. */
    last_used_at: string | null;
    last_used_address: string | null;
    /** The client has a newer secret that outlives it. */
    replaced: boolean;
  };
  /** No delivery has reached a webhook for an hour or more. */
  webhook_failing: WebhookParameters;
  /** Nothing is sent to it any more, because nothing has reached it for days. */
  webhook_switched_off: WebhookParameters;
}

interface SigningKeyParameters {
  kid: string;
  alg: SigningAlgorithm;
  /** Key id of the one whose place it takes; null: of none. */
  predecessor: string | null;
}

interface WebhookParameters {
  /** Record id of the webhook. */
  webhook: string;
  /** The origin of its URL; the rest may hold what only its owner should know. */
  origin: string;
  failing_since: string;
}

export type NoticeKind = keyof NoticeParameters;

export const noticeKinds = [
  'introspection_not_listed',
  'secret_still_used',
  'secret_ending',
  'webhook_failing',
  'webhook_switched_off',
  'client_inactive',
  'api_scopes_removed',
  'signing_key_published',
  'signing_key_signing',
] as const satisfies readonly NoticeKind[];

/** What a notice tells is for those who may see what it is about; null: everybody may. */
const readPermissions: Readonly<Record<NoticeKind, Permission | null>> = {
  introspection_not_listed: 'clients:read',
  secret_still_used: 'clients:read',
  secret_ending: 'clients:read',
  webhook_failing: 'webhooks:read',
  webhook_switched_off: 'webhooks:read',
  client_inactive: 'clients:read',
  api_scopes_removed: 'clients:read',
  signing_key_published: null,
  signing_key_signing: null,
};

/** What it takes to read notices of every kind. */
export const noticePermissions: readonly Permission[] = [
  ...new Set(Object.values(readPermissions).filter((needed) => needed !== null)),
];

/** Whether notices of this kind are to be read, on the board and by webhook alike; `audit:read` tells everything. */
export function mayReadNotice(held: ReadonlySet<Permission>, kind: NoticeKind): boolean {
  const needed = readPermissions[kind];
  return needed === null || held.has(needed) || held.has('audit:read');
}

/** The kinds that whoever holds these permissions sees. */
export function visibleNoticeKinds(held: ReadonlySet<Permission>): NoticeKind[] {
  return noticeKinds.filter((kind) => mayReadNotice(held, kind));
}

export function isNoticeKind(value: unknown): value is NoticeKind {
  return noticeKinds.some((kind) => kind === value);
}

/** A kind with the parameters that its text needs. */
export type NoticeSubject = {
  [Kind in NoticeKind]: { kind: Kind; parameters: NoticeParameters[Kind] };
}[NoticeKind];

export interface NoticeFacts {
  organizationId: string;
  /** null: the organization's own. */
  locationId: string | null;
  /** What distinguishes it from others of its kind: the same again is counted, not repeated. */
  occasion: string;
  count: number;
  firstOccurredAt: Date;
  lastOccurredAt: Date;
}

export type NoticeDraft = NoticeFacts & NoticeSubject;

export type Notice = Omit<NoticeFacts, 'occasion'> &
  NoticeSubject & {
    id: string;
    /** null: nobody has read it. */
    readAt: Date | null;
  };
