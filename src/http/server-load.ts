/** Whether this process has more to do than it can: requests wait unread, and time out, if nobody says no. */

/** Whoever is reached this late in a turn of the event loop has waited as long, and so has the next turn. */
const turnMillisMax = 100;
/** A turn that is long with fewer requests is long for another reason, which will not come again at once. */
const requestsMin = 50;

export class ServerLoad {
  #turnStartedAt: number | undefined;
  #requests = 0;

  /**
   * Called at the beginning of every request. A turn of the event loop answers all who have asked by then,
   * one after the other; those at the end of a long one are told to come again, which costs next to nothing.
   */
  look(): { startedAt: number; overloaded: boolean } {
    const startedAt = performance.now();
    if (this.#turnStartedAt === undefined) {
      this.#turnStartedAt = startedAt;
      this.#requests = 0;
      setImmediate(() => {
        this.#turnStartedAt = undefined;
      });
    }
    this.#requests += 1;
    const isLate = startedAt - this.#turnStartedAt > turnMillisMax;
    return { startedAt, overloaded: isLate && this.#requests > requestsMin };
  }
}
