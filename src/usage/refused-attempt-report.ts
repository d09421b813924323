/** Who tried what they may not, as far as the caller sees them; this instance's newest included. */
import type { Page, PageRequest } from '../model/page.ts';
import { emptyPage } from '../model/page.ts';
import { sightOf, type Principal } from '../model/principal.ts';
import type { RefusedAttemptKind, RefusedAttempts } from '../model/refused-attempt.ts';
import type { Store } from '../store/store.ts';
import type { UseFlush } from './use-flush.ts';

export class RefusedAttemptReport {
  readonly #store: Store;
  readonly #flush: Pick<UseFlush, 'flushRefusals'>;

  constructor(dependencies: { store: Store; flush: Pick<UseFlush, 'flushRefusals'> }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  /** What nobody in particular tried is for operators. */
  async list(
    principal: Principal,
    filter: {
      kind?: RefusedAttemptKind | undefined;
      actor?: string | undefined;
      organization?: string | undefined;
      location?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<RefusedAttempts>> {
    const sight = sightOf(principal, filter);
    if (sight === undefined) return emptyPage;
    await this.#flush.flushRefusals();
    const { kind, actor } = filter;
    return this.#store.read(({ refusedAttempts }) =>
      refusedAttempts.list({ sight, kind, actor }, page),
    );
  }
}
