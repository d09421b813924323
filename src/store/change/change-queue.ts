/**
 * A few changes at a time, the others in the order they came. All of them wait for one row in the end, so
 * more at once would be no faster; they would only hold the connections that reading needs.
 */
import { StoreUnavailable } from '../../model/store-unavailable.ts';

/** With the change itself this stays near the 3 s in which every request is answered. */
const waitMillisMax = 2_000;

interface Turn {
  begin(): void;
  refuse(reason: StoreUnavailable): void;
}

export class ChangeQueue {
  readonly #atOnceMax: number;
  readonly #waiting = new Set<Turn>();
  #running = 0;

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  /** Throws StoreUnavailable when its turn does not come in time, or the database is found to be gone. */
  async run<T>(change: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnceMax) await this.#waitForTurn();
    else this.#running += 1;
    try {
      return await change();
    } catch (error) {
      // Whoever waits would find the same, one after the other and far too late.
      if (error instanceof StoreUnavailable) for (const turn of this.#waiting) turn.refuse(error);
      throw error;
    } finally {
      const [next] = this.#waiting;
      if (next) next.begin();
      else this.#running -= 1;
    }
  }

  #waitForTurn(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      clearTimeout(timer);
      this.#waiting.delete(turn);
    };
    const turn: Turn = {
      begin() {
        leave();
        resolve();
      },
      refuse(reason) {
        leave();
        reject(reason);
      },
    };
    const tooLate = new StoreUnavailable(new Error('too many changes are waiting for their turn'));
    const timer = setTimeout(() => turn.refuse(tooLate), waitMillisMax);
    this.#waiting.add(turn);
    return promise;
  }
}
