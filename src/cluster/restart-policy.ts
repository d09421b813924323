/** When a process that ended is started again, and when starting again has failed too often. */

/** Whoever has served for so long did not fail at its start. */
export const steadyMillis = 5_000;
const failuresMax = 5;
const waitMillisMin = 100;
const waitMillisMax = 10_000;

export class RestartPolicy {
  /** Ends in a row right after a start. */
  #failures = 0;

  /**
   * How many milliseconds to wait before the next start; undefined: give up. While another process is
   * steady nobody gives up, because it serves and the reason may pass.
   */
  noteEnd(servedMillis: number, isAnotherSteady: boolean): number | undefined {
    if (servedMillis >= steadyMillis) {
      this.#failures = 0;
      return 0;
    }
    this.#failures += 1;
    if (this.#failures >= failuresMax && !isAnotherSteady) return undefined;
    return Math.min(waitMillisMin * 2 ** (this.#failures - 1), waitMillisMax);
  }
}
