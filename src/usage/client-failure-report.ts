/** The last refusals of clients with their true reasons, this instance's newest included. */
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { sightOf, type Principal } from '../model/principal.ts';
import type { ClientFailure, ListedFailure } from '../model/usage.ts';
import type { Store } from '../store/store.ts';
import type { UseFlush } from './use-flush.ts';

export class ClientFailureReport {
  readonly #store: Store;
  readonly #flush: Pick<UseFlush, 'flushFailuresOf' | 'flushFailures'>;

  constructor(dependencies: {
    store: Store;
    flush: Pick<UseFlush, 'flushFailuresOf' | 'flushFailures'>;
  }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  /** Whoever calls has made sure that the client may be seen. */
  async list(clientRecordId: string, page: PageRequest): Promise<Page<ClientFailure>> {
    await this.#flush.flushFailuresOf(clientRecordId);
    return this.#store.read(({ clientFailures }) => clientFailures.list(clientRecordId, page));
  }

  /** Of every client that the principal may see. */
  async listAll(
    principal: Principal,
    place: { organization?: string | undefined; location?: string | undefined },
    page: PageRequest,
  ): Promise<Page<ListedFailure>> {
    const sight = sightOf(principal, place);
    if (sight === undefined) return emptyPage;
    if (page.cursor === null) await this.#flush.flushFailures();
    return this.#store.read(({ clientFailures }) => clientFailures.listInSight(sight, page));
  }
}
