/**
 * What this instance remembers of the registry: compiled clients, bounded in number, and which client_ids
 * exist at all. It may be used only under the follower's lease, and forgets what a change affects before
 * that change counts as applied (DESIGN §7).
 */
import { getHeapStatistics } from 'node:v8';
import { LRUCache } from 'lru-cache';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type {
  TokenApi,
  TokenClient,
  TokenClientQuestion,
  TokenClientReading,
} from '../model/token-client.ts';
import type { FeedEvent } from '../store/following/change-notification.ts';
import type { TokenClientReader } from '../store/records/token-client-reader.ts';
import { ClientQuestions } from './client-questions.ts';
import { KnownClientIds } from './known-client-ids.ts';
import { ReadingTimes } from './reading-times.ts';
import type { FeedReader, RegistryFollower } from './registry-follower.ts';
import { SharedGrants } from './shared-grants.ts';
import { Touches } from './touches.ts';

/** A remembered client takes up to 1 KB; all of them at most a quarter of the heap. */
const clientsMaxDefault = Math.min(
  1_000_000,
  Math.floor(getHeapStatistics().heap_size_limit / 4 / 1024),
);
const apisMax = 10_000;
const scanAgainMillis = 1_000;
/** A reading that a change overtakes is read again, and again if need be. */
const readsMax = 5;

interface RememberedClient {
  value: TokenClient;
  /** What is remembered was true at this registry version, and has not been touched since. */
  version: bigint;
}

interface SigningKeys {
  catchUpWith(signingKeysVersion: bigint): Promise<void>;
  outdate(): void;
}

export class RegistryMemory implements FeedReader {
  readonly #reader: TokenClientReader;
  readonly #signingKeys: SigningKeys;
  readonly #onError: (error: unknown) => void;
  /**
   * In the order in which they were remembered, which is the one in which they go when there are too many. A
   * plain map: asking a cache which of them was used last costs each token more than reading a client again
   * costs the few that are forgotten.
   */
  readonly #clients = new Map<string, RememberedClient>();
  /** client_ids remembered by record id: one, or two during the overlap of a regeneration. */
  readonly #clientIds = new Map<string, string | string[]>();
  readonly #apis = new LRUCache<string, TokenApi>({ max: apisMax });
  readonly #clientsMax: number;
  readonly #known: KnownClientIds;
  readonly #questions: ClientQuestions;
  readonly #readingTimes: ReadingTimes;
  #touches = new Touches();
  readonly #sharedGrants = new SharedGrants();
  #follower: RegistryFollower | undefined;

  constructor(dependencies: {
    reader: TokenClientReader;
    signingKeys: SigningKeys;
    /** Told when the client_ids could not be read; every id may exist until they can. */
    onError: (error: unknown) => void;
    idsPerPage: number;
    clientsMax?: number;
    /** Told of every reading of a client. */
    readingTimes?: ReadingTimes;
  }) {
    const { reader, signingKeys, onError, idsPerPage } = dependencies;
    this.#clientsMax = dependencies.clientsMax ?? clientsMaxDefault;
    this.#readingTimes = dependencies.readingTimes ?? new ReadingTimes();
    this.#reader = reader;
    this.#signingKeys = signingKeys;
    this.#onError = onError;
    this.#known = new KnownClientIds(
      (after, limit) => reader.listClientIds(after, limit),
      idsPerPage,
    );
    this.#questions = new ClientQuestions((questions) => reader.readMany(questions));
  }

  /** The follower whose lease this memory is used under, and which tells it what to forget. */
  followWith(follower: RegistryFollower): void {
    this.#follower = follower;
  }

  get #lease(): RegistryFollower {
    if (this.#follower === undefined) throw new Error('the memory follows nobody yet');
    return this.#follower;
  }

  /** What is known of the client at this moment without asking anybody; undefined: it must be read. */
  recall(clientId: string): TokenClientReading | undefined {
    const follower = this.#lease;
    if (!follower.isLeased) return undefined;
    const entry = this.#clients.get(clientId);
    if (entry === undefined) {
      return this.#known.mayExist(clientId) ? undefined : this.#toReading(undefined, 0n);
    }
    // A client that was touched itself is not remembered any more.
    if (this.#touches.isAroundOutdated(entry.value, entry.version)) {
      this.#forgetClient(clientId);
      return undefined;
    }
    return this.#toReading(entry.value, entry.version);
  }

  /** Remembered, or read. Throws StoreUnavailable when this instance may not answer from what it knows. */
  async read(question: TokenClientQuestion): Promise<TokenClientReading> {
    for (let read = 1; read <= readsMax; read += 1) {
      await this.#lease.requireLease();
      const recalled = this.recall(question.clientId);
      if (recalled && answersWhole(recalled, question)) return recalled;
      const reading = await this.#readingTimes.measure(() => this.#questions.ask(question));
      await this.#signingKeys.catchUpWith(reading.signingKeysVersion);
      if (reading.client === undefined) return reading;
      if (!this.isCurrent(reading)) continue;
      return this.#remember(reading, reading.client);
    }
    throw new StoreUnavailable(new Error('the client changes faster than it can be read'));
  }

  /**
   * Whether a reading may still be acted upon: asked last of all, when nothing is waited for any more
   * before the answer. False: read again.
   */
  isCurrent({ client, registryVersion, signingKeysVersion }: TokenClientReading): boolean {
    if (!this.#lease.isLeased) return false;
    // A key may have been revoked.
    if (signingKeysVersion < this.#lease.signingKeysVersion) return false;
    return client === undefined || !this.#touches.isOutdated(client, registryVersion);
  }

  /** The API with this identifier. Throws StoreUnavailable. */
  async readApi(identifier: string): Promise<TokenApi | undefined> {
    await this.#lease.requireLease();
    const remembered = this.#apis.get(identifier);
    if (remembered && this.isApiCurrent(remembered)) return remembered;
    const api = await this.#reader.readApi(identifier);
    if (api && this.isApiCurrent(api)) this.#apis.set(identifier, api);
    return api;
  }

  /** Whether it may still be acted upon, as `isCurrent` says of a client. */
  isApiCurrent({ id, registryVersion }: TokenApi): boolean {
    return this.#lease.isLeased && !this.#touches.isTouchedSince(id, registryVersion);
  }

  async catchUpWithKeys(signingKeysVersion: bigint): Promise<void> {
    await this.#signingKeys.catchUpWith(signingKeysVersion);
  }

  startAnew(version: bigint): void {
    this.#touches = new Touches();
    this.#signingKeys.outdate();
    this.#forgetEverything(version);
  }

  forget(events: readonly FeedEvent[] | undefined, version: bigint): void {
    if (events === undefined || events.some(({ affected }) => affected === null)) {
      this.#forgetEverything(version);
      return;
    }
    for (const { affected, clientIds } of events) {
      for (const recordId of affected ?? []) {
        this.#touches.touch(recordId, version);
        for (const clientId of [this.#clientIds.get(recordId) ?? []].flat()) {
          this.#forgetClient(clientId);
        }
      }
      for (const clientId of clientIds) this.#known.add(clientId);
    }
  }

  #forgetEverything(version: bigint): void {
    this.#touches.touchEverything(version);
    this.#clients.clear();
    this.#clientIds.clear();
    this.#apis.clear();
    this.#known.mayHaveMissedSome();
    this.scanClientIds();
  }

  /** Learns in the background which client_ids exist. */
  scanClientIds(): void {
    this.#known.scan().catch((error: unknown) => {
      this.#onError(error);
      setTimeout(() => this.scanClientIds(), scanAgainMillis).unref();
    });
  }

  #remember(reading: TokenClientReading, client: TokenClient): TokenClientReading {
    const value = { ...client, grants: this.#sharedGrants.share(client.grants) };
    const { clientId } = client;
    this.#known.add(clientId);
    this.#forgetClient(clientId);
    if (this.#clients.size >= this.#clientsMax) this.#forgetOldest();
    this.#clients.set(clientId, { value, version: reading.registryVersion });
    const remembered = this.#clientIds.get(client.id);
    if (remembered === undefined) this.#clientIds.set(client.id, clientId);
    else if (![remembered].flat().includes(clientId)) {
      this.#clientIds.set(client.id, [remembered, clientId].flat());
    }
    return { ...reading, client: value };
  }

  #forgetOldest(): void {
    for (const clientId of this.#clients.keys()) return this.#forgetClient(clientId);
  }

  #forgetClient(clientId: string): void {
    const entry = this.#clients.get(clientId);
    if (entry === undefined) return;
    this.#clients.delete(clientId);
    const recordId = entry.value.id;
    const left = [this.#clientIds.get(recordId) ?? []].flat().filter((id) => id !== clientId);
    const [only] = left;
    if (only === undefined) this.#clientIds.delete(recordId);
    else this.#clientIds.set(recordId, left.length === 1 ? only : left);
  }

  #toReading(client: TokenClient | undefined, version: bigint): TokenClientReading {
    const follower = this.#lease;
    const applied = follower.version;
    return {
      client,
      registryVersion: applied > version ? applied : version,
      signingKeysVersion: follower.signingKeysVersion,
      nowSeconds: follower.nowSeconds,
    };
  }
}

/** A client that was read for a guess is remembered without its grants, and good for other guesses. */
function answersWhole({ client }: TokenClientReading, question: TokenClientQuestion): boolean {
  if (client === undefined || client.grantsRead) return true;
  const { presentedDigest } = question;
  return (
    presentedDigest !== undefined &&
    !client.secrets.some(({ secretDigest }) => presentedDigest.equals(secretDigest))
  );
}
