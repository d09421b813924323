/** Keeps the ring current and the life of the keys moving, whether or not anybody asks for a token. */
import type { Actor } from '../model/principal.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { Store } from '../store/store.ts';
import type { SigningKeyRing } from './signing-key-ring.ts';
import type { SigningKeyRotation } from './signing-key-rotation.ts';

const pollMillis = 1_000;

interface Dependencies {
  store: Store;
  ring: SigningKeyRing;
  rotation: SigningKeyRotation;
  actor: Actor;
  onError: (error: unknown) => void;
  /** Called when the database went away, and when it came back. */
  onDatabase: (up: boolean) => void;
}

export class SigningKeyWatch {
  readonly #dependencies: Dependencies;
  #timer: NodeJS.Timeout | undefined;
  /** One at a time: while the database is slow, polls must not queue up. */
  #running: Promise<void> | undefined;
  #databaseUp = true;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  get isDatabaseUp(): boolean {
    return this.#databaseUp;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#running ??= this.#poll().finally(() => {
        this.#running = undefined;
      });
    }, pollMillis);
    this.#timer.unref();
  }

  /** Resolves when no poll is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #poll(): Promise<void> {
    const { store, ring, rotation, actor, onError } = this.#dependencies;
    try {
      const { signingKeysVersion, now } = await store.readState();
      await ring.catchUpWith(signingKeysVersion);
      if (ring.isAnyDue(now)) {
        await rotation.advance(actor);
        await ring.catchUpWith((await store.readState()).signingKeysVersion);
      }
      this.#reportDatabase(true);
    } catch (error) {
      if (error instanceof StoreUnavailable) this.#reportDatabase(false);
      onError(error);
    }
  }

  #reportDatabase(up: boolean): void {
    if (up !== this.#databaseUp) this.#dependencies.onDatabase(up);
    this.#databaseUp = up;
  }
}
