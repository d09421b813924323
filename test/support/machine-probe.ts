/** What a busy machine adds to every answer: to be allowed for in whatever is timed at the same moment. */
import { setTimeout as sleep } from 'node:timers/promises';

const pauseMillis = 20;

/** The slowest of the questions, which need no database, that were asked all the while `work` went on. */
export async function whileProbing<T>(
  questions: readonly (() => Promise<unknown>)[],
  work: () => Promise<T>,
): Promise<{ result: T; busyMillis: number }> {
  const over = new AbortController();
  let busyMillis = 0;
  const probes = questions.map(async (ask) => {
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      await ask();
      busyMillis = Math.max(busyMillis, performance.now() - startedAt);
      await sleep(pauseMillis);
    }
  });
  try {
    const result = await work();
    return { result, busyMillis };
  } finally {
    over.abort();
    await Promise.all(probes);
  }
}
