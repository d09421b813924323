/** Which records were touched at which registry version: what was read before is outdated. */
import { LRUCache } from 'lru-cache';
import type { TokenClient } from '../model/token-client.ts';

/** Of clients only what is being read while they change matters. */
const clientTouchesMax = 10_000;
const otherTouchesMax = 10_000;

export class Touches {
  /** What was read at a lower version than this is outdated, whatever it is. */
  #everything = 0n;
  /** The highest versions at which any client was touched, and anything else: most pass here. */
  #lastClient = 0n;
  #lastOther = 0n;
  /** A record that is not in here any more was touched at this version or before. */
  #clientsFloor = 0n;
  #othersFloor = 0n;
  readonly #clients = new LRUCache<string, bigint>({
    max: clientTouchesMax,
    dispose: (version, _id, reason) => {
      if (reason === 'evict') this.#clientsFloor = version;
    },
  });
  /** APIs, organizations and locations, which clients are compiled from. */
  readonly #others = new LRUCache<string, bigint>({
    max: otherTouchesMax,
    dispose: (version, _id, reason) => {
      if (reason === 'evict') this.#othersFloor = version;
    },
  });

  touch(recordId: string, version: bigint): void {
    // Nothing that is remembered is compiled from one of these: a member's clients are named beside it.
    if (/^(?:member|session|invitation)_/.test(recordId)) return;
    if (recordId.startsWith('client_')) {
      this.#clients.set(recordId, version);
      this.#lastClient = version;
    } else {
      this.#others.set(recordId, version);
      this.#lastOther = version;
    }
  }

  touchEverything(version: bigint): void {
    this.#everything = version;
  }

  /** Whether an API, an organization or a location was touched after `version`. */
  isTouchedSince(recordId: string, version: bigint): boolean {
    if (version < this.#everything) return true;
    return (
      version < this.#lastOther && version < (this.#others.peek(recordId) ?? this.#othersFloor)
    );
  }

  /** Whether the client itself, or what it is compiled from, was touched after `version`. */
  isOutdated(client: TokenClient, version: bigint): boolean {
    const isTouched =
      version < this.#lastClient && version < (this.#clients.peek(client.id) ?? this.#clientsFloor);
    if (isTouched) return true;
    return this.isAroundOutdated(client, version);
  }

  /** The same for the client's organization, its location and the APIs it is granted alone. */
  isAroundOutdated(client: TokenClient, version: bigint): boolean {
    if (version < this.#everything) return true;
    if (version >= this.#lastOther) return false;
    if (this.isTouchedSince(client.organizationId, version)) return true;
    if (client.locationId !== null && this.isTouchedSince(client.locationId, version)) return true;
    for (const { apiId } of client.grants) if (this.isTouchedSince(apiId, version)) return true;
    return false;
  }
}
