/** What is to be done now and then without anybody's asking, once however many instances there are. */
import type { Store } from '../store/store.ts';

/** In memory only: the database is asked when a job is due. */
const lookMillis = 1_000;

export interface Job {
  /** Small letters and underscores. */
  name: string;
  everySeconds: number;
  work: () => Promise<void>;
}

interface Dependencies {
  store: Pick<Store, 'takeTurn'>;
  jobs: readonly Job[];
  /** The database's clock. */
  now: () => Date;
  onError: (error: unknown, job: string) => void;
}

export class Housekeeping {
  readonly #dependencies: Dependencies;
  /** When each job was looked at last, by its name. */
  readonly #lookedAt = new Map<string, Date>();
  #timer: NodeJS.Timeout | undefined;
  /** One round at a time: while the database is slow, they must not queue up. */
  #running: Promise<void> | undefined;
  #isStopping = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.look().finally(() => {
        this.#running = undefined;
      });
    }, lookMillis);
    this.#timer.unref();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Does what is due by now, unless another instance does it. */
  async look(): Promise<void> {
    for (const job of this.#dependencies.jobs) {
      if (this.#isStopping) return;
      await this.#lookAt(job);
    }
  }

  async #lookAt({ name, everySeconds, work }: Job): Promise<void> {
    const { store, onError } = this.#dependencies;
    const now = this.#dependencies.now();
    const nextAt = (from: Date) => new Date(from.getTime() + everySeconds * 1000);
    const lookedAt = this.#lookedAt.get(name);
    // A clock that went back is looked at as well.
    if (lookedAt !== undefined && lookedAt <= now && now < nextAt(lookedAt)) return;
    this.#lookedAt.set(name, now);
    try {
      if (await store.takeTurn(name, now, nextAt(now))) await work();
    } catch (error) {
      onError(error, name);
    }
  }
}
