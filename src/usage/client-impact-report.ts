/** What used a client lately, and so breaks with it: for whoever is about to take something away. */
import type { Client, ClientSecret } from '../model/records.ts';
import type { ClientImpactCounts } from '../model/usage.ts';
import type { Store } from '../store/store.ts';
import type { UseFlush } from './use-flush.ts';

export const impactDays = 30;

export interface ClientImpact extends ClientImpactCounts {
  client: Client;
  from: Date;
  to: Date;
  /** Those that authenticate still, and those that were used. */
  secrets: ClientSecret[];
}

export class ClientImpactReport {
  readonly #store: Store;
  readonly #flush: Pick<UseFlush, 'flushClients'>;

  constructor(dependencies: { store: Store; flush: Pick<UseFlush, 'flushClients'> }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  /** Whoever calls has made sure that the client may be seen. */
  async read(client: Client): Promise<ClientImpact> {
    await this.#flush.flushClients(({ id }) => id === client.id);
    const { now } = await this.#store.readState();
    const from = new Date(now.getTime() - impactDays * 86_400_000);
    return this.#store.read(async ({ clients, clientSecrets, clientImpact }) => ({
      ...(await clientImpact.read(client.id, from)),
      client: (await clients.find(client.id)) ?? client,
      secrets: await clientSecrets.listConcerned(client.id, from, now),
      from,
      to: now,
    }));
  }
}
