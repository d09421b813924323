/** Waits for what other processes bring about, which nothing else tells of. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Even on a busy machine it is so by then, or never. */
const patienceMillis = 60_000;
const pauseMillis = 10;

/** Asks again and again until it is so; `explain` adds to the error what is known when it never was. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  explain: () => string = () => '',
): Promise<void> {
  const deadline = performance.now() + patienceMillis;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      throw new Error(`not after ${patienceMillis} ms: ${what}\n${explain()}`);
    }
    await sleep(pauseMillis);
  }
}
