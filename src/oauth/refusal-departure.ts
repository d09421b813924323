/**
 * When a 401 leaves (S6, ADR 14): never sooner than 10 ms after its request, and then only at steps that
 * cover what reading a client has taken lately. So it does not tell whether there was anything to be read.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const stepMillisMin = 10;
/** A database that takes longer is as good as away, and nobody is to be held back for it. */
const stepMillisMax = 640;
/** The next reading may take longer than the longest so far. */
const margin = 2;

/** How long readings have taken lately, in milliseconds; it may rise while a refusal waits. */
export type ReadingMillis = () => number;

export async function untilRefusalsLeave(
  receivedAt: number,
  readingMillis: ReadingMillis,
): Promise<void> {
  const decidedAt = performance.now();
  for (;;) {
    const leavesAt = receivedAt + departureMillis(decidedAt - receivedAt, readingMillis());
    const wait = leavesAt - performance.now();
    if (wait <= 0) return;
    // A timer counts from when the event loop last looked at the clock, so it may fire early.
    await sleep(Math.ceil(wait));
  }
}

/** For a refusal that was decided `elapsedMillis` after its request, from then on. */
export function departureMillis(elapsedMillis: number, readingMillis: number): number {
  let step = stepMillisMin;
  // Coarse, or the steps themselves would tell how long readings take.
  while (step < readingMillis * margin && step < stepMillisMax) step *= 2;
  return (Math.floor(elapsedMillis / step) + 1) * step;
}
