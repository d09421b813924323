/** Keeps the life of the signing keys moving, whether or not anybody asks for a token. */
import type { Actor } from '../model/principal.ts';
import type { SigningKeyRing } from './signing-key-ring.ts';
import type { SigningKeyRotation } from './signing-key-rotation.ts';

const lookMillis = 1_000;

interface Dependencies {
  ring: SigningKeyRing;
  rotation: SigningKeyRotation;
  actor: Actor;
  /** The database's clock. */
  now: () => Date;
  onError: (error: unknown) => void;
}

export class SigningKeyWatch {
  readonly #dependencies: Dependencies;
  #timer: NodeJS.Timeout | undefined;
  /** One at a time: while the database is slow, they must not queue up. */
  #running: Promise<void> | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.#look().finally(() => {
        this.#running = undefined;
      });
    }, lookMillis);
    this.#timer.unref();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #look(): Promise<void> {
    const { ring, rotation, actor, now, onError } = this.#dependencies;
    try {
      // What it changes comes back through the feed, to this instance as to the others.
      if (ring.isAnyDue(now())) await rotation.advance(actor);
    } catch (error) {
      onError(error);
    }
  }
}
