/**
 * Follows the registry's changes, and holds the lease under which this instance may answer from memory
 * (DESIGN §7). Correct by polling alone; notifications only tell of a change before the next poll reads it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import { ReadingTimes } from './reading-times.ts';
import { leaseMillis } from '../store/following/acknowledgement.ts';
import type { FeedEvent, NotifiedChange } from '../store/following/change-notification.ts';
import type { FeedPosition, RegistryFeed } from '../store/following/registry-feed.ts';

const pollMillis = 250;
/** Nobody else writes to an embedded database; this only follows its clock. */
const embeddedPollMillis = 1_000;
/** The two clocks of a machine are never so far apart within a poll, unless one was set or it was suspended. */
const clockJumpMillis = 500;
/** One poll to be waited for by others, one to be sure that they do. */
const attemptsMax = 3;

/** What polls are for: told before the version they bring counts as applied. */
export interface FeedReader {
  /** Catches up with the signing keys. */
  catchUpWithKeys(signingKeysVersion: bigint): Promise<void>;
  /** What is known is of another history: forgets all of it, and the signing keys. */
  startAnew(version: bigint): void;
  /** Forgets what the events changed; undefined: everything. `version` is the one of the last event. */
  forget(events: readonly FeedEvent[] | undefined, version: bigint): void;
}

interface Dependencies {
  feed: RegistryFeed;
  reader: FeedReader;
  /** Told of every poll. */
  readingTimes?: ReadingTimes;
  clockOffsetMillis: () => number;
  /** Told of what is no fault of the database's. */
  onError: (error: unknown) => void;
  /** Called when the database went away, and when it came back. */
  onDatabase: (up: boolean) => void;
}

export class RegistryFollower {
  readonly #dependencies: Dependencies;
  readonly #readingTimes: ReadingTimes;
  /** A timer keeps the async context it was set in, and that would be a request with its secret. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  /** The first is ahead of the second by what was only heard of. */
  #position: FeedPosition = { applied: 0n, read: 0n };
  #signingKeysVersion = 0n;
  /** How often the database was found not to be what it was. */
  #histories = 0;
  /** Of the monotonic and of the system's clock: only the second goes on while a machine is suspended. */
  #leasedFrom = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  /** Database clock less monotonic clock, in seconds. */
  #clockDifferenceSeconds = 0;
  #polling: Promise<void> | undefined;
  /** A change was heard of while a poll was under way, which may have missed it. */
  #heardMore = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #databaseUp = true;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    this.#readingTimes = dependencies.readingTimes ?? new ReadingTimes();
  }

  /** Everything up to this registry version is applied. */
  get version(): bigint {
    return this.#position.applied;
  }

  get signingKeysVersion(): bigint {
    return this.#signingKeysVersion;
  }

  get isDatabaseUp(): boolean {
    return this.#databaseUp;
  }

  /** Whether what is remembered may be used at this moment: a change would be waiting for us. */
  get isLeased(): boolean {
    const { monotonic, wall } = this.#leasedFrom;
    const elapsed = performance.now() - monotonic;
    const elapsedWall = Date.now() - wall;
    // Embedded nobody else changes anything; but the database's clock is this machine's, and followed at once.
    if (!this.#dependencies.feed.needsLease) {
      return Math.abs(elapsedWall - elapsed) < clockJumpMillis;
    }
    return elapsed < leaseMillis && elapsedWall < leaseMillis && elapsedWall >= 0;
  }

  /** The database's clock, in seconds since the epoch; never ahead of it by more than clocks drift. */
  get nowSeconds(): number {
    return (
      performance.now() / 1000 +
      this.#clockDifferenceSeconds +
      this.#dependencies.clockOffsetMillis() / 1000
    );
  }

  /** Resolves when the first lease is held; from then on it polls by itself. */
  async start(): Promise<void> {
    await this.requireLease();
  }

  /** Resolves when the lease is given back and nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#polling?.catch(() => undefined);
    this.#endLease();
    await this.#dependencies.feed.close({ givesBackLease: this.#databaseUp });
  }

  /** Throws StoreUnavailable when no lease is to be had. */
  async requireLease(): Promise<void> {
    for (let attempt = 1; !this.isLeased; attempt += 1) {
      if (attempt > attemptsMax) throw new StoreUnavailable(new Error('no lease on the registry'));
      await this.#poll();
    }
  }

  /**
   * What this instance did itself works here at once (S1b), also while it hears of nothing and its polls are
   * not answered. Others may have come before it, so this alone does not make its version count as applied.
   */
  hearOwnChange(change: NotifiedChange): void {
    if (change.version > this.version) {
      this.#dependencies.reader.forget([change.event], change.version);
    }
    this.#hear(change);
  }

  /** Resolves when everything up to `version` is applied; throws StoreUnavailable when it cannot be. */
  async catchUpWith(version: bigint): Promise<void> {
    const history = this.#histories;
    try {
      // In another history there may never be such a version.
      while (this.version < version && this.#histories === history) await this.#poll();
    } catch (error) {
      // Embedded there is no lease to run out: what is remembered is known to be old.
      if (!this.#dependencies.feed.needsLease) this.#endLease();
      throw error;
    }
  }

  #startAnew(version: bigint): void {
    this.#endLease();
    this.#histories += 1;
    this.#position = { applied: version, read: version };
    this.#signingKeysVersion = 0n;
    this.#dependencies.reader.startAnew(version);
    this.#dependencies.onError(
      new Error(
        'the database is not what it was, as after a restored backup: everything is read anew',
      ),
    );
  }

  #endLease(): void {
    const never = Number.NEGATIVE_INFINITY;
    this.#leasedFrom = { monotonic: never, wall: never };
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const millis = this.#dependencies.feed.needsLease ? pollMillis : embeddedPollMillis;
    this.#timer = setTimeout(() => this.#pollSoon(), millis);
    this.#timer.unref();
  }

  /** Polls for nobody in particular: whoever needs it to succeed asks again. */
  #pollSoon(): void {
    if (!this.#stopped) this.#poll().catch(() => undefined);
  }

  /** One at a time, which everyone who wants one waits for. */
  #poll(): Promise<void> {
    this.#polling ??= this.#outsideOfRequests(() => this.#pollAndGoOn());
    return this.#polling;
  }

  #pollAndGoOn(): Promise<void> {
    return this.#pollOnce().then(
      (hasNews) => {
        this.#polling = undefined;
        this.#reportDatabase(true);
        // What was applied is written down at once: somebody may be waiting for it.
        if (hasNews || this.#heardMore) this.#pollSoon();
        else this.#schedule();
      },
      (error: unknown) => {
        this.#polling = undefined;
        this.#schedule();
        if (error instanceof StoreUnavailable) this.#reportDatabase(false);
        else this.#dependencies.onError(error);
        throw error;
      },
    );
  }

  /** Whether there is something new to write down. */
  async #pollOnce(): Promise<boolean> {
    const { feed, reader } = this.#dependencies;
    this.#heardMore = false;
    const sentAt = { monotonic: performance.now(), wall: Date.now() };
    const seen = this.#position;
    const poll = await this.#readingTimes.measure(() =>
      feed.poll(seen, (change) => this.#hear(change)),
    );
    const receivedAt = performance.now();
    if (!poll.isSameHistory) this.#startAnew(poll.version);
    if (poll.signingKeysVersion > this.#signingKeysVersion) {
      await reader.catchUpWithKeys(poll.signingKeysVersion);
      this.#signingKeysVersion = poll.signingKeysVersion;
    }
    // More may have been heard of meanwhile than was read.
    const applied = poll.version > this.version ? poll.version : this.version;
    if (poll.isSameHistory && poll.version > seen.read) reader.forget(poll.events, applied);
    this.#position = { applied, read: poll.version };
    this.#clockDifferenceSeconds = poll.nowSeconds - receivedAt / 1000;
    if (poll.leased) this.#leasedFrom = sentAt;
    return !poll.leased || (applied > seen.applied && feed.needsLease);
  }

  /**
   * The very next change is applied by what is heard of it, and the next poll writes that down. While a poll
   * is under way it may have missed what is heard of now.
   */
  #hear(change: NotifiedChange | undefined): void {
    if (change !== undefined && change.version === this.version + 1n && this.isLeased) {
      this.#dependencies.reader.forget([change.event], change.version);
      this.#position = { applied: change.version, read: this.#position.read };
    }
    this.#heardMore = true;
    if (this.#polling === undefined) this.#pollSoon();
  }

  #reportDatabase(up: boolean): void {
    if (up !== this.#databaseUp) this.#dependencies.onDatabase(up);
    this.#databaseUp = up;
  }
}
