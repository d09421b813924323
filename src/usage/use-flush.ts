/**
 * Brings to the database what the ledger has counted (DESIGN §7): a client at most once a minute, in small
 * batches spread over time; refusals and notices every few seconds; everything at the end. While the
 * database is away nothing more is taken from the ledger, which is bounded.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { newRecordId } from '../model/record-id.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type { TokenClient } from '../model/token-client.ts';
import type { RefusedAttempts } from '../model/refused-attempt.ts';
import type { NewClientFailure } from '../store/records/client-failure-store.ts';
import { countingSeconds } from '../store/records/secret-retirement-store.ts';
import type { Store } from '../store/store.ts';
import type { UseCounts } from '../store/records/use-store.ts';
import { BatchWriter } from './batch-writer.ts';
import type { ClientTally } from './client-tally.ts';
import { toNotice, type UnlistedIntrospection } from './unlisted-introspections.ts';
import type { UseLedger } from './use-ledger.ts';

export const useFlushMillisDefault = 60_000;

/** An embedded database runs on our own event loop: short transactions. */
const clientsPerBatchMax = { postgresql: 500, embedded: 100 } as const;
const failuresPerBatchMax = { postgresql: 500, embedded: 100 } as const;
/** Of one flush interval; many clients that are due together are spread over half of it. */
const ticksPerInterval = 60;
const tickMillisMin = 50;
const recordsPerInterval = 12;
const purgeMillis = 3_600_000;
/** Whoever reads waits for no more clients than these to be flushed first. */
const clientsBeforeReadingMax = 2_000;
/** A database that does not answer must not keep the process from ending. */
const endMillisMax = 2_000;
const pauseAtTheEndMillis = 200;

interface Dependencies {
  ledger: UseLedger;
  store: Store;
  flushMillis: number;
  /** Told of what was lost, and of what is no fault of the database's being away. */
  onLoss: (message: string, facts: Record<string, unknown>) => void;
}

export class UseFlush {
  readonly #dependencies: Dependencies;
  readonly #tallies: BatchWriter<ClientTally>;
  readonly #failures: BatchWriter<NewClientFailure>;
  readonly #introspections: BatchWriter<UnlistedIntrospection>;
  readonly #adminRefusals: BatchWriter<RefusedAttempts>;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #running = new Map<string, Promise<void>>();
  /** Known while it counts, so that whoever misses it knows that uses were lost. */
  readonly #instanceId = newRecordId('instance', randomBytes(16));
  #isClosing = false;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
    const { onLoss } = dependencies;
    const onLost = (what: string) => (err: unknown, count: number) =>
      onLoss(`${what} could not be stored and are lost`, { err, count });
    this.#tallies = new BatchWriter(
      (receipt, batch) => this.#writeTallies(receipt, batch),
      onLost('uses of clients'),
    );
    this.#failures = new BatchWriter(
      (receipt, batch) => this.#writeFailures(receipt, batch),
      onLost('refusals'),
    );
    this.#introspections = new BatchWriter(
      (receipt, batch) => this.#writeIntrospections(receipt, batch),
      onLost('notices'),
    );
    this.#adminRefusals = new BatchWriter(
      (receipt, batch) =>
        dependencies.store.count(receipt, ({ refusedAttempts }) => refusedAttempts.count(batch)),
      onLost('refused attempts'),
    );
  }

  start(): void {
    const { flushMillis } = this.#dependencies;
    const every = (millis: number, name: string, work: () => Promise<void>) => {
      const timer = setInterval(() => this.#runAlone(name, work), Math.max(millis, tickMillisMin));
      timer.unref();
      this.#timers.push(timer);
    };
    every(flushMillis / ticksPerInterval, 'uses', () => this.#flushDue());
    every(flushMillis / recordsPerInterval, 'records', () => this.#flushRecords());
    every(purgeMillis, 'purge', () => this.#purge());
    every(countingSeconds * 1000, 'counting', () => this.#noteCounting());
    this.#runAlone('counting', () => this.#noteCounting());
    this.#runAlone('purge', () => this.#purge());
  }

  /** Resolves when everything that was counted is stored, or the database does not take it. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#running.values());
    const failsUntil = performance.now() + endMillisMax;
    while (!(await this.#flushEverything())) {
      if (performance.now() > failsUntil) return this.#reportRest();
      await sleep(pauseAtTheEndMillis);
    }
    await this.#dependencies.store.endCounting(this.#instanceId).catch(ignoreUnavailable);
  }

  #reportRest(): void {
    this.#dependencies.onLoss('stopping before everything that was counted could be stored', {
      clients: this.#dependencies.ledger.size,
      batches: [this.#tallies, this.#failures, this.#introspections, this.#adminRefusals].reduce(
        (kept, writer) => kept + writer.kept,
        0,
      ),
    });
  }

  /**
   * What this instance has counted of these clients is stored when this resolves. Throws StoreUnavailable
   * as soon as it cannot be, and tries again later: whoever asks is answered in time.
   */
  async flushClients(matches: (client: TokenClient) => boolean): Promise<void> {
    await requireNothingKept(this.#tallies);
    const taken = this.#dependencies.ledger.takeMatching(matches, clientsBeforeReadingMax);
    const batches: ClientTally[][] = [];
    for (let from = 0; from < taken.length; from += this.#clientsPerBatch) {
      batches.push(taken.slice(from, from + this.#clientsPerBatch));
    }
    if (!(await this.#tallies.writeAll(batches))) throw notStoredYet();
  }

  /** The same of the refusals of one client. */
  async flushFailuresOf(clientRecordId: string): Promise<void> {
    await requireNothingKept(this.#failures);
    if (!(await this.#flushFailures(clientRecordId))) throw notStoredYet();
  }

  /** The same of all refusals of clients. */
  async flushFailures(): Promise<void> {
    await requireNothingKept(this.#failures);
    if (!(await this.#flushFailures())) throw notStoredYet();
  }

  /** The same of all notices. */
  async flushNotices(): Promise<void> {
    await requireNothingKept(this.#introspections);
    if (!(await this.#flushIntrospections())) throw notStoredYet();
  }

  /** The same of what was refused on the admin API. */
  async flushRefusals(): Promise<void> {
    await requireNothingKept(this.#adminRefusals);
    if (!(await this.#flushAdminRefusals())) throw notStoredYet();
  }

  get #clientsPerBatch(): number {
    return clientsPerBatchMax[this.#dependencies.store.kind];
  }

  /** One at a time of each: while the database is slow, they must not queue up. */
  #runAlone(name: string, work: () => Promise<void>): void {
    if (this.#running.has(name)) return;
    const run = work()
      .catch((err: unknown) =>
        this.#dependencies.onLoss('what was counted could not be looked after', { err }),
      )
      .finally(() => this.#running.delete(name));
    this.#running.set(name, run);
  }

  async #noteCounting(): Promise<void> {
    await this.#dependencies.store.noteCounting(this.#instanceId).catch(ignoreUnavailable);
  }

  async #flushDue(): Promise<void> {
    const { ledger, onLoss } = this.#dependencies;
    const uncounted = ledger.takeUncounted();
    if (uncounted > 0) onLoss('too many clients to count all of their uses', { count: uncounted });
    if (!(await this.#tallies.writeKept())) return;
    const share = Math.ceil(ledger.size / (ticksPerInterval / 2));
    for (let left = Math.max(share, this.#clientsPerBatch); left > 0;) {
      const due = ledger.takeDue(performance.now(), Math.min(left, this.#clientsPerBatch));
      if (due.length === 0 || !(await this.#tallies.write(due))) return;
      left -= due.length;
    }
  }

  async #flushRecords(): Promise<void> {
    await this.#flushFailures();
    await this.#flushIntrospections();
    await this.#flushAdminRefusals();
  }

  async #flushFailures(clientRecordId?: string): Promise<boolean> {
    const { ledger, store, onLoss } = this.#dependencies;
    const dropped = ledger.refusals.takeDropped();
    if (dropped > 0) onLoss('too many refusals to keep all of them', { count: dropped });
    if (!(await this.#failures.writeKept())) return false;
    // Not what comes meanwhile: in a flood that would have no end.
    for (let left = ledger.refusals.size; left > 0;) {
      const taken = ledger.refusals.take(failuresPerBatchMax[store.kind], clientRecordId);
      if (taken.length === 0) return true;
      if (!(await this.#failures.write(taken))) return false;
      left -= taken.length;
    }
    return true;
  }

  async #flushIntrospections(): Promise<boolean> {
    if (!(await this.#introspections.writeKept())) return false;
    const taken = this.#dependencies.ledger.unlistedIntrospections.take();
    return taken.length === 0 || this.#introspections.write(taken);
  }

  async #flushAdminRefusals(): Promise<boolean> {
    const { ledger, onLoss } = this.#dependencies;
    const dropped = ledger.adminRefusals.takeDropped();
    if (dropped > 0) onLoss('too many refused attempts to count all of them', { count: dropped });
    if (!(await this.#adminRefusals.writeKept())) return false;
    const taken = ledger.adminRefusals.take();
    return taken.length === 0 || this.#adminRefusals.write(taken);
  }

  async #flushEverything(): Promise<boolean> {
    const { ledger } = this.#dependencies;
    if (!(await this.#tallies.writeKept())) return false;
    while (ledger.size > 0) {
      const rest = ledger.takeDue(Number.POSITIVE_INFINITY, this.#clientsPerBatch);
      if (!(await this.#tallies.write(rest))) return false;
    }
    return (
      (await this.#flushFailures()) &&
      (await this.#flushIntrospections()) &&
      (await this.#flushAdminRefusals())
    );
  }

  async #writeTallies(receipt: string, tallies: ClientTally[]): Promise<void> {
    const counts: UseCounts = { clients: [], secrets: [], addresses: [], tokens: [] };
    for (const tally of tallies) tally.collectInto(counts);
    await this.#dependencies.store.count(receipt, ({ uses }) => uses.add(counts));
    for (const tally of tallies) tally.noteStored();
  }

  async #writeFailures(receipt: string, failures: NewClientFailure[]): Promise<void> {
    await this.#dependencies.store.count(receipt, ({ clientFailures }) =>
      clientFailures.append(failures),
    );
  }

  async #writeIntrospections(receipt: string, asked: UnlistedIntrospection[]): Promise<void> {
    const { store } = this.#dependencies;
    const identifiers = new Set(asked.map(({ apiIdentifier }) => apiIdentifier));
    const apis = await store.read((readers) => readers.apis.listOwners([...identifiers]));
    const drafts = asked.flatMap((each) => {
      const api = apis.find(({ identifier }) => identifier === each.apiIdentifier);
      return api ? toNotice(each, api) : [];
    });
    await store.count(receipt, async ({ notices }) => void (await notices.raise(drafts)));
  }

  async #purge(): Promise<void> {
    const { store } = this.#dependencies;
    const { now } = await store.readState();
    let isMore = true;
    while (isMore && !this.#isClosing) isMore = await store.purgeUse(now);
  }
}

/** What is kept was tried a moment ago, and will be in another: nobody waits for that twice. */
async function requireNothingKept(
  writer: Pick<BatchWriter<unknown>, 'settled' | 'kept'>,
): Promise<void> {
  await writer.settled();
  if (writer.kept > 0) throw notStoredYet();
}

/** Whoever follows the database says so already; a counting instance that is missed only costs patience. */
function ignoreUnavailable(error: unknown): void {
  if (!(error instanceof StoreUnavailable)) throw error;
}

function notStoredYet(): StoreUnavailable {
  return new StoreUnavailable(new Error('what was counted could not be stored yet'));
}
