/** A webhook in words. */
import { formatFields, formatTime } from '../terminal/text-table.ts';
import type { ListedWebhookRecord, WebhookRecord } from '../remote/wire-records.ts';

export function describeEvents({ events }: WebhookRecord): string {
  return events.map(({ entity, operation }) => `${entity}.${operation}`).join(' ');
}

export function describeState(webhook: WebhookRecord): string {
  if (!webhook.active) return webhook.switched_off_at === null ? 'off' : 'switched off: failing';
  return webhook.failing_since === null ? 'on' : 'failing';
}

/** What became of it, and when; a dash when nothing was sent lately. */
export function describeLastDelivery({ last_delivery: last }: ListedWebhookRecord): string {
  if (last === null) return '–';
  const at = formatTime(last.last_attempt_at ?? last.occurred_at);
  if (last.state === 'delivered') return `${at} delivered`;
  return [at, last.state, ...(last.last_outcome === null ? [] : [last.last_outcome])].join(' ');
}

export function describeWebhook(webhook: WebhookRecord): string[] {
  return formatFields([
    ['url', webhook.url],
    ['events', describeEvents(webhook)],
    ['client', webhook.client],
    ['location', webhook.location],
    ['member', webhook.member],
    ['state', describeState(webhook)],
    ['failing since', webhook.failing_since && formatTime(webhook.failing_since)],
    [
      'old secret ends',
      webhook.previous_secret_ends_at && formatTime(webhook.previous_secret_ends_at),
    ],
    ['id', webhook.id],
  ]);
}
