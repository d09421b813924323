/**
 * Slows whoever guesses at secrets: the more refusals a client_id has had from one network, or a network
 * has had in all, the later the next refusal leaves. It holds back refusals alone and never decides one:
 * a correct secret is never refused, nor made to wait, because others guess.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { addressBlock } from '../http/address-block.ts';

const windowMillis = 60_000;
/** More networks and client_ids than this at once: those longest quiet are forgotten. */
const countersMax = 50_000;
/** Each costs a connection and its memory: a flood on more of them is answered at once. */
const heldMax = 1_000;

/** From so many refusals in a minute on, the next one is held back for so long. */
const perClientSteps = [
  { refusals: 100, millis: 1_000 },
  { refusals: 30, millis: 300 },
  { refusals: 10, millis: 100 },
];
/** Many integrations may share an address, so this begins later. */
const perNetworkSteps = [
  { refusals: 10_000, millis: 1_000 },
  { refusals: 1_000, millis: 100 },
];

export class GuessBrake {
  readonly #refusals: LRUCache<number, number>;
  #held = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#refusals = new LRUCache({
      max: countersMax,
      ttl: windowMillis,
      // The minute begins with the first refusal.
      noUpdateTTL: true,
      ttlResolution: 0,
      perf: { now },
    });
  }

  /** Counts a refusal; `clientId` is what was presented, whether there is such a client or not. */
  countRefusal(clientId: string | undefined, address: string): number {
    const network = addressBlock(address);
    const inNetwork = this.#count(network);
    const ofClient = clientId === undefined ? 0 : this.#count(`${clientId} ${network}`);
    return Math.max(millisAt(perNetworkSteps, inNetwork), millisAt(perClientSteps, ofClient));
  }

  /** Holds a refusal back, unless too many are held already. */
  async hold(millis: number, wait: (millis: number) => Promise<unknown>): Promise<void> {
    if (millis === 0 || this.#held >= heldMax) return;
    this.#held += 1;
    try {
      await wait(millis);
    } finally {
      this.#held -= 1;
    }
  }

  /** Nothing of the request is kept: keys are digests. */
  #count(key: string): number {
    const fingerprint = hash('sha256', key, 'buffer').readUIntBE(0, 6);
    const count = (this.#refusals.get(fingerprint) ?? 0) + 1;
    this.#refusals.set(fingerprint, count);
    return count;
  }
}

function millisAt(steps: readonly { refusals: number; millis: number }[], count: number): number {
  return steps.find(({ refusals }) => count > refusals)?.millis ?? 0;
}
