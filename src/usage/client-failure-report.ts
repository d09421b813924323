/** The last refusals of a client with their true reasons, this instance's newest included. */
import type { Page, PageRequest } from '../model/page.ts';
import type { ClientFailure } from '../model/usage.ts';
import type { Store } from '../store/store.ts';
import type { UseFlush } from './use-flush.ts';

export class ClientFailureReport {
  readonly #store: Store;
  readonly #flush: Pick<UseFlush, 'flushFailuresOf'>;

  constructor(dependencies: { store: Store; flush: Pick<UseFlush, 'flushFailuresOf'> }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  /** Whoever calls has made sure that the client may be seen. */
  async list(clientRecordId: string, page: PageRequest): Promise<Page<ClientFailure>> {
    await this.#flush.flushFailuresOf(clientRecordId);
    return this.#store.read(({ clientFailures }) => clientFailures.list(clientRecordId, page));
  }
}
