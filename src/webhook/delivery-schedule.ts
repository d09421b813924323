/** When a delivery that failed is attempted again: soon at first, then ever later, for about a day. */

const minute = 60;
const hour = 3_600;
/** Seconds after the first, second, … failed attempt. */
const pausesSeconds = [
  5,
  30,
  2 * minute,
  10 * minute,
  30 * minute,
  hour,
  2 * hour,
  4 * hour,
  8 * hour,
  8 * hour,
] as const;

export const attemptsMax = pausesSeconds.length + 1;

/**
 * Milliseconds until the next attempt, a fifth more or less as `random` (0 to 1) says, so that what failed
 * together does not come back together. Undefined when there is none: the delivery is dead.
 */
export function pauseMillisAfter(attempts: number, random = Math.random()): number | undefined {
  const seconds = pausesSeconds[attempts - 1];
  return seconds === undefined ? undefined : seconds * 1000 * (0.8 + 0.4 * random);
}
