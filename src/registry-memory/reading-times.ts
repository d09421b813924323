/**
 * How long the database has taken lately to answer what the token road asks it: client readings and polls,
 * which come all the time. Refusals are held back by it (ADR 14), so that none tells whether it was asked for.
 */

/** The last one to two of these count. */
const periodMillis = 10_000;

export class ReadingTimes {
  readonly #now: () => number;
  /** When each of those under way began, in that order. */
  readonly #underWay = new Set<{ beganAt: number }>();
  #periodBeganAt = Number.NEGATIVE_INFINITY;
  #longestOfPeriod = 0;
  #longestOfLastPeriod = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Also when it fails: whoever waited for it knows how long that took. */
  async measure<T>(read: () => Promise<T>): Promise<T> {
    const reading = { beganAt: this.#now() };
    this.#underWay.add(reading);
    try {
      return await read();
    } finally {
      this.#underWay.delete(reading);
      this.#note(this.#now() - reading.beganAt);
    }
  }

  /** The longest, in milliseconds; one that is under way counts for as long as it has been. */
  get longestMillis(): number {
    this.#note(0);
    const [oldest] = this.#underWay;
    const age = oldest === undefined ? 0 : this.#now() - oldest.beganAt;
    return Math.max(age, this.#longestOfPeriod, this.#longestOfLastPeriod);
  }

  #note(millis: number): void {
    const periods = (this.#now() - this.#periodBeganAt) / periodMillis;
    if (periods >= 1) {
      this.#longestOfLastPeriod = periods < 2 ? this.#longestOfPeriod : 0;
      this.#longestOfPeriod = 0;
      this.#periodBeganAt = this.#now();
    }
    this.#longestOfPeriod = Math.max(this.#longestOfPeriod, millis);
  }
}
