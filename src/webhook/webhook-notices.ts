/** What the people of an organization are told of a webhook that fails, and when. */
import type { NoticeDraft, NoticeKind } from '../model/notice.ts';
import type { FailingWebhook } from '../store/records/webhook-queue.ts';

/** It is not worth a word before that: receivers are restarted. */
const noticeAfterMillis = 3_600_000;
const switchOffAfterMillis = 3 * 86_400_000;
/** And not after a single attempt at the end of a quiet week. */
const switchOffFailures = 10;

/** One notice for each time it has begun to fail, with the number of failed attempts since. */
export function failingNotice(webhook: FailingWebhook, at: Date): NoticeDraft | undefined {
  const failingMillis = at.getTime() - webhook.failingSince.getTime();
  return failingMillis < noticeAfterMillis ? undefined : draft('webhook_failing', webhook, at);
}

export function mustSwitchOff({ failingSince, failures }: FailingWebhook, at: Date): boolean {
  const failingMillis = at.getTime() - failingSince.getTime();
  return failingMillis >= switchOffAfterMillis && failures >= switchOffFailures;
}

export function switchedOffNotice(webhook: FailingWebhook, at: Date): NoticeDraft {
  return draft('webhook_switched_off', webhook, at);
}

function draft(
  kind: Extract<NoticeKind, 'webhook_failing' | 'webhook_switched_off'>,
  { webhookId, organizationId, locationId, url, failingSince }: FailingWebhook,
  at: Date,
): NoticeDraft {
  return {
    organizationId,
    locationId,
    kind,
    occasion: `${webhookId} ${failingSince.getTime()}`,
    parameters: {
      webhook: webhookId,
      origin: new URL(url).origin,
      failing_since: failingSince.toISOString(),
    },
    count: 1,
    firstOccurredAt: at,
    lastOccurredAt: at,
  };
}
