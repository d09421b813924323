/**
 * What one client did since it was last flushed. Compact, for there may be a hundred thousand of them, and
 * cheap to add to: nothing is allocated for what was seen before. Linked lists: nearly always of one.
 */
import type { TokenClient, TokenGrant } from '../model/token-client.ts';
import { addressesPerClientMax, type UseCounts } from '../store/records/use-store.ts';
import { moveForward } from './first-uses.ts';

/** No IP address is longer, whatever a proxy says. */
const addressCharactersMax = 64;
const daySeconds = 86_400;

interface AddressTally {
  readonly secretId: string;
  readonly address: string;
  uses: number;
  readonly firstUsedAt: number;
  lastUsedAt: number;
  next: AddressTally | undefined;
}

interface ApiTally {
  readonly apiId: string;
  /** Days since the epoch. */
  readonly day: number;
  tokens: number;
  /** What was granted, in the API's order. */
  grantedScopes: readonly string[];
  /** Tokens with all of them, which most have. */
  withAll: number;
  /** Further tokens by the position of a scope they have. */
  withSome: number[] | undefined;
  readonly next: ApiTally | undefined;
}

export class ClientTally {
  /** The record whose last use is moved forward when this is stored. */
  client: TokenClient;
  /** On the monotonic clock, in milliseconds. */
  readonly dueAt: number;
  #usedAt = 0;
  /** The one used last comes first. */
  #addresses: AddressTally | undefined;
  #apis: ApiTally | undefined;

  constructor(client: TokenClient, dueAt: number) {
    this.client = client;
    this.dueAt = dueAt;
  }

  /** `address` may be cut from a request: it is copied when it is new. */
  addUse(secretId: string, address: string, nowSeconds: number): void {
    if (nowSeconds > this.#usedAt) this.#usedAt = nowSeconds;
    if (address.length > addressCharactersMax) address = address.slice(0, addressCharactersMax);
    let before: AddressTally | undefined;
    let count = 0;
    for (let tally = this.#addresses; tally !== undefined; tally = tally.next) {
      if (tally.address === address && tally.secretId === secretId) {
        tally.uses += 1;
        if (nowSeconds > tally.lastUsedAt) tally.lastUsedAt = nowSeconds;
        if (before !== undefined) {
          before.next = tally.next;
          tally.next = this.#addresses;
          this.#addresses = tally;
        }
        return;
      }
      before = tally;
      count += 1;
    }
    if (count >= addressesPerClientMax) this.#dropOldestAddress();
    this.#addresses = {
      secretId,
      address: copyText(address),
      uses: 1,
      firstUsedAt: nowSeconds,
      lastUsedAt: nowSeconds,
      next: this.#addresses,
    };
  }

  /** But not the last one of a secret, which would then seem unused. */
  #dropOldestAddress(): void {
    const seen = new Set<string>();
    let before: AddressTally | undefined;
    let beforeOldest: AddressTally | undefined;
    for (let tally = this.#addresses; tally !== undefined; before = tally, tally = tally.next) {
      if (seen.has(tally.secretId)) beforeOldest = before;
      seen.add(tally.secretId);
    }
    if (beforeOldest !== undefined) beforeOldest.next = beforeOldest.next?.next;
  }

  /** `scopes` are some of the grant's, or all of them. */
  addToken(grant: TokenGrant, scopes: readonly string[], nowSeconds: number): void {
    if (nowSeconds > this.#usedAt) this.#usedAt = nowSeconds;
    const tally = this.#tallyOf(grant, Math.floor(nowSeconds / daySeconds));
    tally.tokens += 1;
    if (scopes === grant.scopes) {
      tally.withAll += 1;
      return;
    }
    tally.withSome ??= tally.grantedScopes.map(() => 0);
    // Both are in the API's order, so that each is found where the last one was, or a little later.
    let position = -1;
    for (const scope of scopes) {
      position = tally.grantedScopes.indexOf(scope, position + 1);
      if (position < 0) position = tally.grantedScopes.indexOf(scope);
      if (position >= 0) tally.withSome[position] = (tally.withSome[position] ?? 0) + 1;
    }
  }

  #tallyOf({ apiId, scopes }: TokenGrant, day: number): ApiTally {
    for (let tally = this.#apis; tally !== undefined; tally = tally.next) {
      if (tally.apiId !== apiId || tally.day !== day) continue;
      if (tally.grantedScopes === scopes) return tally;
      if (areEqual(tally.grantedScopes, scopes)) {
        // The client was read anew; next time one look at the list is enough.
        tally.grantedScopes = scopes;
        return tally;
      }
    }
    this.#apis = {
      apiId,
      day,
      tokens: 0,
      grantedScopes: scopes,
      withAll: 0,
      withSome: undefined,
      next: this.#apis,
    };
    return this.#apis;
  }

  /** Adds all of it to a batch. */
  collectInto(counts: UseCounts): void {
    counts.clients.push({ id: this.client.id, usedAt: this.#usedAt });
    const lastOfSecret = new Map<string, AddressTally>();
    for (let tally = this.#addresses; tally !== undefined; tally = tally.next) {
      const { secretId, address, uses, firstUsedAt, lastUsedAt } = tally;
      counts.addresses.push({ secretId, address, uses, firstUsedAt, lastUsedAt });
      const last = lastOfSecret.get(secretId);
      if (last === undefined || last.lastUsedAt < lastUsedAt) lastOfSecret.set(secretId, tally);
    }
    for (const [id, { lastUsedAt, address }] of lastOfSecret) {
      counts.secrets.push({ id, usedAt: lastUsedAt, address });
    }
    for (let tally = this.#apis; tally !== undefined; tally = tally.next) {
      this.#collectTokens(tally, counts);
    }
  }

  #collectTokens(
    { apiId, day, tokens, grantedScopes, withAll, withSome }: ApiTally,
    counts: UseCounts,
  ): void {
    const key = { clientRecordId: this.client.id, day, apiId };
    counts.tokens.push({ ...key, scope: '', tokens });
    grantedScopes.forEach((scope, position) => {
      const ofScope = withAll + (withSome?.[position] ?? 0);
      if (ofScope > 0) counts.tokens.push({ ...key, scope, tokens: ofScope });
    });
  }

  /** It is stored: the client stays warm. */
  noteStored(): void {
    moveForward(this.client, this.#usedAt);
  }
}

function areEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((value, index) => value === others[index]);
}

/** A string that was cut from another keeps all of that one in memory; this keeps nothing. */
export function copyText(text: string): string {
  return Buffer.from(text).toString();
}

/** Cut to what is stored, and copied. */
export function copyAddress(address: string): string {
  return copyText(address.slice(0, addressCharactersMax));
}
