/**
 * Slows whoever guesses at passwords: the attempts at one account from one network follow one another, later
 * and later after each that failed. It decides nothing, and nobody elsewhere waits: a correct password is
 * never refused because others guess (docs/adr, "Guesses are slowed, never refused").
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RegistryError } from '../model/registry-error.ts';

const rememberedMillis = 15 * 60_000;
const countersMax = 50_000;
/** Attempts at one account from one network that wait for their turn; more are turned away, unread. */
const waitingMax = 5;
/** A person mistypes so often without noticing any of this. */
const freeFailures = 4;
const firstPauseMillis = 250;
const pauseMillisMax = 10_000;
/** Of a whole network, whatever the accounts: many people may share it, so the pause is short. */
const networkFailures = 100;
const networkPauseMillis = 1_000;

interface Attempts {
  failures: number;
  waiting: number;
  /** Settles when the last one that came has its answer. */
  last: Promise<unknown>;
}

export class SignInBrake {
  readonly #wait: (millis: number) => Promise<unknown>;
  readonly #accounts: LRUCache<string, Attempts>;
  readonly #networks: LRUCache<string, number>;

  constructor(
    wait: (millis: number) => Promise<unknown>,
    now: () => number = () => performance.now(),
  ) {
    this.#wait = wait;
    const remembering = {
      max: countersMax,
      ttl: rememberedMillis,
      ttlResolution: 0,
      perf: { now },
    };
    this.#accounts = new LRUCache(remembering);
    this.#networks = new LRUCache({ ...remembering, noUpdateTTL: true });
  }

  /** Runs `attempt`, which says whether the password was right, in its turn. Known and unknown accounts alike. */
  async take(account: string, network: string, attempt: () => Promise<boolean>): Promise<boolean> {
    // Nothing of the request is kept: keys are digests.
    const key = hash('sha256', `${account} ${network}`, 'base64');
    const attempts = this.#accounts.get(key) ?? {
      failures: 0,
      waiting: 0,
      last: Promise.resolve(),
    };
    this.#accounts.set(key, attempts);
    if (attempts.waiting >= waitingMax) {
      throw new RegistryError(
        'too_many_requests',
        'several attempts to sign in to this account are under way from here: try again in a moment',
      );
    }
    attempts.waiting += 1;
    const turn = attempts.last.then(() => this.#run(attempts, network, attempt));
    attempts.last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      attempts.waiting -= 1;
    }
  }

  async #run(
    attempts: Attempts,
    network: string,
    attempt: () => Promise<boolean>,
  ): Promise<boolean> {
    const pause = Math.max(
      pauseAfter(attempts.failures),
      (this.#networks.get(network) ?? 0) >= networkFailures ? networkPauseMillis : 0,
    );
    if (pause > 0) await this.#wait(pause);
    const isRight = await attempt();
    attempts.failures = isRight ? 0 : attempts.failures + 1;
    if (!isRight) this.#networks.set(network, (this.#networks.get(network) ?? 0) + 1);
    return isRight;
  }
}

function pauseAfter(failures: number): number {
  if (failures <= freeFailures) return 0;
  return Math.min(firstPauseMillis * 2 ** (failures - freeFailures - 1), pauseMillisMax);
}
