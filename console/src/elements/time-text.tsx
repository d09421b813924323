/** A time as people say it, in the reader's zone; the exact one on hover, and for whoever reads the page aloud. */
import { Text } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { locale, text } from '../text/text.ts';

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
/** Further away than this, the day says more than the distance. */
const relativeSecondsMax = 30 * 86_400;
const tickMillis = 30_000;

export function formatDistance(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) > relativeSecondsMax) return day.format(at);
  for (const [unit, length] of units) {
    if (Math.abs(seconds) < length) continue;
    // What is a breath short of seven days away is in seven days.
    const distance = seconds < 0 ? Math.trunc(seconds / length) : Math.round(seconds / length);
    return relative.format(distance, unit);
  }
  return seconds < 0 ? text.everyPage.time.justNow : text.everyPage.time.soon;
}

export function formatExact(at: Date): string {
  return exact.format(at);
}

const readers = new Set<() => void>();
let clock: ReturnType<typeof setInterval> | undefined;

/** One clock for all the times of a page: a list has a hundred of them. */
function listenToClock(onTick: () => void): () => void {
  readers.add(onTick);
  clock ??= setInterval(() => {
    for (const read of readers) read();
  }, tickMillis);
  return () => {
    readers.delete(onTick);
    if (readers.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  };
}

/** Behind a word such as "until" or "since": the day and the hour, in the reader's zone. */
export function MomentText({ value }: { value: string | null }) {
  if (value === null) return <Never />;
  const at = new Date(value);
  return (
    <time dateTime={value} title={formatExact(at)}>
      {moment.format(at)}
    </time>
  );
}

function Never({ absent = text.everyPage.time.never }: { absent?: string | undefined }) {
  return (
    <Text span inherit c="dimmed">
      {absent}
    </Text>
  );
}

/** `value` is a time of the admin API (RFC 3339); null is shown as `never`, or as `absent` says. */
export function TimeText({ value, absent }: { value: string | null; absent?: string }) {
  const at = value === null ? undefined : new Date(value);
  // Written anew only when it reads differently.
  const distance = useSyncExternalStore(listenToClock, () =>
    at === undefined ? '' : formatDistance(at, new Date()),
  );
  if (value === null || at === undefined) return <Never absent={absent} />;
  return (
    <time dateTime={value} title={formatExact(at)}>
      {distance}
    </time>
  );
}
