/**
 * The use of a client whose stored last use is older than a day is stored before its token is answered, so
 * that a crash can cost a day of precision, never a client (DESIGN §7). Once for each client, however many
 * of its requests come together, and several clients at once.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { TokenClient } from '../model/token-client.ts';
import type { UseCounts } from '../store/records/use-store.ts';

const clientsAtOnceMax = 200;

interface FirstUse {
  clients: Set<TokenClient>;
  usedAt: number;
  stored: PromiseWithResolvers<void>;
}

export class FirstUses {
  readonly #store: { storeUses(clients: UseCounts['clients']): Promise<void> };
  /** Whoever comes first would otherwise be remembered as long as others follow. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  readonly #waiting = new Map<string, FirstUse>();
  #underWay = new Map<string, FirstUse>();

  constructor(store: { storeUses(clients: UseCounts['clients']): Promise<void> }) {
    this.#store = store;
  }

  /** Resolves when it is stored. Throws StoreUnavailable. */
  write(client: TokenClient, usedAt: number): Promise<void> {
    const known = this.#underWay.get(client.id) ?? this.#waiting.get(client.id);
    if (known !== undefined) {
      known.clients.add(client);
      return known.stored.promise;
    }
    const stored = Promise.withResolvers<void>();
    // Whoever waits for it hears of it; nobody may be left who does.
    stored.promise.catch(() => undefined);
    this.#waiting.set(client.id, { clients: new Set([client]), usedAt, stored });
    if (this.#underWay.size === 0) this.#outsideOfRequests(() => void this.#writeWaiting());
    return stored.promise;
  }

  async #writeWaiting(): Promise<void> {
    for (const [id, use] of this.#waiting) {
      if (this.#underWay.size === clientsAtOnceMax) break;
      this.#underWay.set(id, use);
      this.#waiting.delete(id);
    }
    const batch = this.#underWay;
    let settle: (use: FirstUse) => void;
    try {
      await this.#store.storeUses([...batch].map(([id, { usedAt }]) => ({ id, usedAt })));
      settle = (use) => {
        for (const client of use.clients) moveForward(client, use.usedAt);
        use.stored.resolve();
      };
    } catch (error) {
      settle = (use) => use.stored.reject(error);
    }
    this.#underWay = new Map();
    for (const use of batch.values()) settle(use);
    if (this.#waiting.size > 0) void this.#writeWaiting();
  }
}

/** What is stored is at least this. */
export function moveForward(client: TokenClient, usedAt: number): void {
  if (client.storedUseAt === null || client.storedUseAt < usedAt) client.storedUseAt = usedAt;
}
