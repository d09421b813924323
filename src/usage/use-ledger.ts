/** Counts in memory what the token road tells: about a microsecond for a token, and no promise (P1). */
import {
  isUseStored,
  type ClientRefusal,
  type ClientUse,
  type ClientUseObserver,
} from '../model/client-use.ts';
import type { TokenClient, TokenGrant } from '../model/token-client.ts';
import type { UseCounts } from '../store/records/use-store.ts';
import { ClientTally } from './client-tally.ts';
import { FirstUses } from './first-uses.ts';
import { RefusalLog } from './refusal-log.ts';
import { RefusalTally } from './refusal-tally.ts';
import { UnlistedIntrospections } from './unlisted-introspections.ts';

/** About 400 bytes each; from half of them on they are flushed before their time. */
const clientsMax = 200_000;

export class UseLedger implements ClientUseObserver {
  readonly refusals = new RefusalLog();
  readonly unlistedIntrospections = new UnlistedIntrospections();
  /** Of the admin API. */
  readonly adminRefusals = new RefusalTally();
  readonly #firstUses: FirstUses;
  readonly #flushMillis: number;
  /** By record id, and in the order in which they are due. */
  readonly #tallies = new Map<string, ClientTally>();
  /** The one that was added to last, unless it was taken since. */
  #last: ClientTally | undefined;
  #uncounted = 0;

  /** A client is due for a flush `flushMillis` after the first of its uses that has not been flushed. */
  constructor(dependencies: {
    store: { storeUses(clients: UseCounts['clients']): Promise<void> };
    flushMillis: number;
  }) {
    this.#firstUses = new FirstUses(dependencies.store);
    this.#flushMillis = dependencies.flushMillis;
  }

  noteUse({ client, secret, address, nowSeconds }: ClientUse): Promise<void> | undefined {
    this.#tallyOf(client)?.addUse(secret.id, address, nowSeconds);
    return isUseStored(client, nowSeconds) ? undefined : this.#firstUses.write(client, nowSeconds);
  }

  /** Also a use, for what needs no authentication of its own: a one-off token. */
  noteToken(
    client: TokenClient,
    grant: TokenGrant,
    scopes: readonly string[],
    nowSeconds: number,
  ): void {
    this.#tallyOf(client)?.addToken(grant, scopes, nowSeconds);
  }

  noteRefusal(refusal: ClientRefusal): void {
    this.refusals.note(refusal);
  }

  noteUnlistedIntrospection(
    introspecting: TokenClient,
    apiIdentifier: string,
    nowSeconds: number,
  ): void {
    this.unlistedIntrospections.note(introspecting, apiIdentifier, nowSeconds);
  }

  /** undefined when there are too many already: what is stored of it is less than a day old. */
  #tallyOf(client: TokenClient): ClientTally | undefined {
    // A token is noted right after the use that it was asked with.
    if (this.#last?.client === client) return this.#last;
    const known = this.#tallies.get(client.id);
    if (known !== undefined) {
      known.client = client;
      this.#last = known;
      return known;
    }
    if (this.#tallies.size >= clientsMax) {
      this.#uncounted += 1;
      return undefined;
    }
    const tally = new ClientTally(client, performance.now() + this.#flushMillis);
    this.#tallies.set(client.id, tally);
    this.#last = tally;
    return tally;
  }

  /** Clients that have something to flush. */
  get size(): number {
    return this.#tallies.size;
  }

  /** Removes and returns those that are due at `now`, on the monotonic clock; with too many, any. */
  takeDue(now: number, max: number): ClientTally[] {
    const early = this.#tallies.size > clientsMax / 2;
    this.#last = undefined;
    const taken: ClientTally[] = [];
    for (const [id, tally] of this.#tallies) {
      if (taken.length === max || (!early && tally.dueAt > now)) break;
      this.#tallies.delete(id);
      taken.push(tally);
    }
    return taken;
  }

  /** Removes and returns those of the clients that match, due or not. */
  takeMatching(matches: (client: TokenClient) => boolean, max: number): ClientTally[] {
    this.#last = undefined;
    const taken: ClientTally[] = [];
    for (const [id, tally] of this.#tallies) {
      if (taken.length === max) break;
      if (!matches(tally.client)) continue;
      this.#tallies.delete(id);
      taken.push(tally);
    }
    return taken;
  }

  /** How many uses and tokens were not counted since this was asked last. */
  takeUncounted(): number {
    const uncounted = this.#uncounted;
    this.#uncounted = 0;
    return uncounted;
  }
}
