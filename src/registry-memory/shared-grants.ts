/** Clients with the same grants share one copy of them: many do, and most of a client is its grants. */
import { LRUCache } from 'lru-cache';
import type { TokenGrant } from '../model/token-client.ts';

const copiesMax = 10_000;

export class SharedGrants {
  readonly #copies = new LRUCache<string, readonly TokenGrant[]>({ max: copiesMax });

  share(grants: readonly TokenGrant[]): readonly TokenGrant[] {
    const text = JSON.stringify(grants);
    const copy = this.#copies.get(text);
    if (copy) return copy;
    this.#copies.set(text, grants);
    return grants;
  }
}
