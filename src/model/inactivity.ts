/** How long a client may stay unused, and what happens then (DESIGN §10). Days are 24 hours, counted from the last use. */

/** Of its notices. */
export const noticeAfterDays = [75, 83, 89] as const;
export const deletionAfterDays = 90;
/** After its deletion, whoever deleted it; then it is erased. */
export const restorableDays = 30;

/** What is to come in their order: three notices, then the deletion. */
export const stepAfterDays: readonly number[] = [...noticeAfterDays, deletionAfterDays];

/** How long whoever is told has before the next of them, even when this one came late: 8, 6 and 1. */
export const daysAfterNotice: readonly number[] = noticeAfterDays.map(
  (days, index) => (stepAfterDays[index + 1] ?? days) - days,
);

const dayMillis = 86_400_000;

/** Until when what was deleted then can be restored. */
export function restorableUntil(deletedAt: Date): Date {
  return new Date(deletedAt.getTime() + restorableDays * dayMillis);
}

/** When a client is deleted at the earliest if nobody uses it, once `noticedAt` says what it was told so far. */
export function deletionTime(since: Date, noticedAt: readonly Date[]): Date {
  const planned = since.getTime() + deletionAfterDays * dayMillis;
  const last = noticedAt.at(-1);
  if (last === undefined) return new Date(planned);
  const daysLeft = daysAfterNotice.slice(noticedAt.length - 1).reduce((sum, days) => sum + days, 0);
  return new Date(Math.max(planned, last.getTime() + daysLeft * dayMillis));
}
