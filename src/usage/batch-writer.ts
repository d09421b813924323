/**
 * Writes batches, and keeps what could not be written to try it again: with the same receipt, so that a
 * batch whose fate is unknown is not counted twice. Nothing is thrown at whoever counts.
 */
import { randomUUID } from 'node:crypto';
import { StoreUnavailable } from '../model/store-unavailable.ts';

/** For what is no fault of the database's being away, and would fail for ever. */
const attemptsMax = 3;

interface Attempt<Item> {
  receipt: string;
  batch: Item[];
  failures: number;
}

export class BatchWriter<Item> {
  readonly #write: (receipt: string, batch: Item[]) => Promise<void>;
  readonly #onLost: (error: unknown, count: number) => void;
  readonly #underWay = new Set<Promise<boolean>>();
  #kept: Attempt<Item>[] = [];

  /** `onLost` hears of batches that are given up; a database that is away is waited for. */
  constructor(
    write: (receipt: string, batch: Item[]) => Promise<void>,
    onLost: (error: unknown, count: number) => void,
  ) {
    this.#write = write;
    this.#onLost = onLost;
  }

  /** True when it is written; false when it is kept. */
  async write(batch: Item[]): Promise<boolean> {
    return this.#attempt({ receipt: randomUUID(), batch, failures: 0 });
  }

  /** True when all are written; after one that is not, the others are kept without being tried. */
  async writeAll(batches: readonly Item[][]): Promise<boolean> {
    const [next, ...others] = batches;
    if (next === undefined) return true;
    if (await this.write(next)) return this.writeAll(others);
    for (const batch of others) this.#kept.push({ receipt: randomUUID(), batch, failures: 0 });
    return false;
  }

  /** True when nothing is kept any more. */
  async writeKept(): Promise<boolean> {
    const [next] = this.#kept;
    if (next === undefined) return true;
    this.#kept.shift();
    return (await this.#attempt(next)) ? this.writeKept() : false;
  }

  get kept(): number {
    return this.#kept.length;
  }

  /** Resolves when what is under way now is written or kept. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #attempt(attempt: Attempt<Item>): Promise<boolean> {
    const done = this.#writeOrKeep(attempt).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return done;
  }

  async #writeOrKeep(attempt: Attempt<Item>): Promise<boolean> {
    try {
      await this.#write(attempt.receipt, attempt.batch);
      return true;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) attempt.failures += 1;
      if (attempt.failures < attemptsMax) this.#kept.push(attempt);
      else this.#onLost(error, attempt.batch.length);
      return false;
    }
  }
}
