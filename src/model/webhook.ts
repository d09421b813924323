/** Webhooks and what they are sent, as plain records. */
import type { Belonging } from './principal.ts';

export interface Webhook extends Belonging {
  id: string;
  /** Only events about this client; null: about any. */
  clientRecordId: string | null;
  /** Only events about this member and their clients; null: about any. */
  memberId: string | null;
  url: string;
  /** `entity.operation`, `*` in place of either. */
  events: string[];
  active: boolean;
  /** Since when no delivery has succeeded; null: the last one did, or none was attempted. */
  failingSince: Date | null;
  /** Attempts that have failed since then. */
  failures: number;
  /** When it was switched off because everything failed. */
  switchedOffAt: Date | null;
  /** Until then the secret before the present one signs as well. */
  previousSecretEndsAt: Date | null;
  createdBy: string;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
}

/** Its secrets are opened only to sign. */
export interface SealedSecrets {
  secretJwe: string;
  previousSecretJwe: string | null;
}

/** What may be inactive, so that nothing is sent to a webhook until it is active again: itself, or whose it is. */
export const webhookHolders = ['webhook', 'organization', 'location', 'member'] as const;
export type WebhookHolder = (typeof webhookHolders)[number];

export const deliveryStates = ['waiting', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** Nothing more of an answer is anybody's to know than its class. */
export const deliveryOutcomes = [
  '2xx',
  '3xx',
  '4xx',
  '5xx',
  'no_answer',
  'not_signed',
  'queue_full',
  'moved',
] as const;
export type DeliveryOutcome = (typeof deliveryOutcomes)[number];

export interface WebhookDelivery {
  id: string;
  webhookId: string;
  eventType: string;
  occurredAt: Date;
  state: DeliveryState;
  attempts: number;
  /** When a waiting one is attempted next. */
  dueAt: Date;
  lastAttemptAt: Date | null;
  lastOutcome: DeliveryOutcome | null;
  deliveredAt: Date | null;
  createdAt: Date;
}

/** In a list, with what became of what was sent to it last. */
export interface ListedWebhook extends Webhook {
  /** null: nothing was sent to it yet, or not lately. */
  lastDelivery: WebhookDelivery | null;
}

/** A delivery that an instance has taken upon itself, for a while. */
export interface ClaimedDelivery extends SealedSecrets {
  id: string;
  webhookId: string;
  /** Proves that it is still ours when it is done. */
  claim: string;
  url: string;
  eventType: string;
  occurredAt: Date;
  /** JSON. */
  data: string;
  /** This one included. */
  attempts: number;
}
