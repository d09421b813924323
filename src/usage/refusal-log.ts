/**
 * Refusals of known clients, until they are flushed: the last 50 of each client, and not too many in all.
 * A flood of guesses overwrites what it wrote itself, and costs nothing more.
 */
import type { ClientRefusal } from '../model/client-use.ts';
import {
  failuresPerClientMax,
  type NewClientFailure,
} from '../store/records/client-failure-store.ts';
import { copyAddress } from './client-tally.ts';

const failuresMax = 2_000;

/** Full, it goes on at its beginning. */
interface Ring {
  failures: NewClientFailure[];
  oldest: number;
}

export class RefusalLog {
  readonly #rings = new Map<string, Ring>();
  #size = 0;
  #dropped = 0;

  note(refusal: ClientRefusal): void {
    const { id } = refusal.client;
    const ring = this.#rings.get(id);
    if (ring === undefined) {
      if (this.#size >= failuresMax) this.#dropped += 1;
      else {
        this.#rings.set(id, { failures: [toFailure(refusal)], oldest: 0 });
        this.#size += 1;
      }
    } else if (this.#size < failuresMax && ring.failures.length < failuresPerClientMax) {
      ring.failures.push(toFailure(refusal));
      this.#size += 1;
    } else {
      ring.failures[ring.oldest] = toFailure(refusal);
      ring.oldest = (ring.oldest + 1) % ring.failures.length;
      this.#dropped += 1;
    }
  }

  /** Removes and returns the failures of some clients, or of one, in the order they happened. */
  take(max: number, clientRecordId?: string): NewClientFailure[] {
    const taken: NewClientFailure[] = [];
    const ids = clientRecordId === undefined ? this.#rings.keys() : [clientRecordId];
    for (const id of ids) {
      if (taken.length >= max) break;
      const { failures, oldest } = this.#rings.get(id) ?? { failures: [], oldest: 0 };
      taken.push(...failures.slice(oldest), ...failures.slice(0, oldest));
      this.#rings.delete(id);
      this.#size -= failures.length;
    }
    return taken;
  }

  get size(): number {
    return this.#size;
  }

  /** How many were not kept since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}

/** Nothing of it is the request's own. */
function toFailure(refusal: ClientRefusal): NewClientFailure {
  const { client, reason, presentedDigest, address, requestId, nowSeconds } = refusal;
  return {
    clientRecordId: client.id,
    clientId: client.clientId,
    reason,
    presentedDigest: presentedDigest.toString('hex'),
    address: copyAddress(address),
    requestId,
    occurredAt: nowSeconds,
  };
}
