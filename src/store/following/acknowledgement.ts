/**
 * Waits, after a commit, until no instance can answer from what it remembered before: until every lease
 * has seen the change or has run out (DESIGN §7). No clocks are compared: an instance may use its memory
 * for 1 s from when it *sent* a poll, a poll that runs after the commit sees it, so 1 s after the commit
 * nobody can be left. The database only makes the wait shorter.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** How long an instance may answer from memory, from when it sent its last answered poll. */
export const leaseMillis = 1_000;
/** For clocks that run at slightly different speed, and timers that fire late. */
const marginMillis = 20;
/** After this nobody is left who has not seen a change. */
export const obedienceMillisMax = leaseMillis + marginMillis;
/** What only adds may be seen a second later elsewhere, so nobody waits long for it. */
export const adoptionMillisMax = 250;
/** Instances renew every 250 ms: one that has not for longer is probably gone. */
const suspectMillis = 700;
const lookMillis = 4;
/** Between looks when only leases that ran out are left to be removed. */
const idleLookMillis = 50;

interface Waiter {
  version: bigint;
  resolve: () => void;
}

interface LeaseRow {
  instanceId: string;
  seenVersion: string;
  renewals: string;
}

export class Acknowledgement {
  readonly #pool: pg.Pool;
  readonly #waiters = new Set<Waiter>();
  /** When each lease was first seen with its present number of renewals. */
  readonly #sightings = new Map<string, { renewals: string; at: number }>();
  #watching = false;
  /** Ends the pause of a watch that nobody waits for. */
  #idle = new AbortController();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Call it after the commit. Resolves when every instance has seen `version`, at the latest after `millisMax`. */
  untilSeen(version: bigint, millisMax: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiter.resolve(), millisMax);
      const waiter: Waiter = {
        version,
        resolve: () => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      if (this.#watching) this.#idle.abort();
      else void this.#watch();
    });
  }

  /** One look at the leases serves everyone who waits. */
  async #watch(): Promise<void> {
    this.#watching = true;
    let lagging = true;
    while (this.#waiters.size > 0 || lagging) {
      // Who comes during the look may have committed after it.
      const asked = [...this.#waiters];
      try {
        const leases = await this.#readLeases();
        const behind = (version: bigint) =>
          leases.some(({ seenVersion }) => BigInt(seenVersion) < version);
        for (const waiter of asked) if (!behind(waiter.version)) waiter.resolve();
        lagging = await this.#removeExpired(leases);
      } catch {
        // The database is away: whoever waits is told when the last lease must have run out.
        lagging = false;
      }
      if (this.#waiters.size > 0) await sleep(lookMillis);
      else if (lagging) await this.#pause();
    }
    this.#watching = false;
  }

  async #pause(): Promise<void> {
    this.#idle = new AbortController();
    const { signal } = this.#idle;
    // Aborted: somebody waits.
    await sleep(idleLookMillis, undefined, { signal }).catch(() => undefined);
  }

  async #readLeases(): Promise<LeaseRow[]> {
    const { rows } = await this.#pool.query<LeaseRow>({
      name: 'read-leases',
      text: `SELECT instance_id AS "instanceId", seen_version::text AS "seenVersion",
                    renewals::text AS renewals FROM instance_leases`,
    });
    return rows;
  }

  /** Removes leases not renewed for longer than they last. Whether some may have to be removed soon. */
  async #removeExpired(leases: readonly LeaseRow[]): Promise<boolean> {
    const now = performance.now();
    const ids = new Set(leases.map(({ instanceId }) => instanceId));
    for (const id of this.#sightings.keys()) if (!ids.has(id)) this.#sightings.delete(id);
    let suspect = false;
    for (const { instanceId, renewals } of leases) {
      const sighting = this.#sightings.get(instanceId);
      if (sighting?.renewals !== renewals) {
        this.#sightings.set(instanceId, { renewals, at: now });
      } else if (now - sighting.at > obedienceMillisMax) {
        await this.#pool.query(
          'DELETE FROM instance_leases WHERE instance_id = $1 AND renewals = $2',
          [instanceId, renewals],
        );
      } else if (now - sighting.at > suspectMillis) {
        suspect = true;
      }
    }
    return suspect;
  }
}
