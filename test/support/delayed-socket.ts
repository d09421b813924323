/** Writes to a socket in order, later or not yet: one direction of a bad network. */
import type { Socket } from 'node:net';

interface Delivery {
  /** null: the end of the stream. */
  bytes: Buffer | null;
  dueAt: number;
}

export class DelayedSocket {
  readonly #socket: Socket;
  readonly #deliveries: Delivery[] = [];
  #timer: NodeJS.Timeout | undefined;
  #held = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.once('close', () => clearTimeout(this.#timer));
  }

  /** `bytes` null ends the stream. */
  write(bytes: Buffer | null, delayMillis: number): void {
    this.#deliveries.push({ bytes, dueAt: performance.now() + delayMillis });
    this.#deliver();
  }

  /** Nothing arrives any more until `release`; then everything does, as TCP sends again what was lost. */
  hold(): void {
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.#deliver();
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    for (;;) {
      const [next] = this.#deliveries;
      if (this.#held || next === undefined || this.#socket.destroyed) return;
      const wait = next.dueAt - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.#deliver(), wait);
        return;
      }
      this.#deliveries.shift();
      if (next.bytes === null) this.#socket.end();
      else this.#socket.write(next.bytes);
    }
  }
}
