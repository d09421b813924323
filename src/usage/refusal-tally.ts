/** Refusals of the admin API, counted until they are flushed: however many come, few are remembered. */
import type { Refusal, RefusedAttempts } from '../model/refused-attempt.ts';
import { copyAddress, copyText } from './client-tally.ts';

const talliesMax = 1_000;

export class RefusalTally {
  #tallies = new Map<string, RefusedAttempts>();
  #dropped = 0;

  note(refusal: Refusal, at: Date): void {
    const { kind, actor, operation, network, address, requestId } = refusal;
    const day = at.toISOString().slice(0, 10);
    const key = [kind, actor?.id ?? '', operation, network, day].join(' ');
    const known = this.#tallies.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.lastAt = at;
      known.address = copyAddress(address);
      known.requestId = requestId;
    } else if (this.#tallies.size >= talliesMax) {
      this.#dropped += 1;
    } else {
      this.#tallies.set(copyText(key), {
        kind,
        actor: actor ?? null,
        operation,
        network: copyAddress(network),
        address: copyAddress(address),
        requestId,
        count: 1,
        firstAt: at,
        lastAt: at,
      });
    }
  }

  /** Removes and returns them all. */
  take(): RefusedAttempts[] {
    const taken = [...this.#tallies.values()];
    this.#tallies = new Map();
    return taken;
  }

  /** How many were not counted since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
