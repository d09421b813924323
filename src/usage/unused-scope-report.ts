/** Which granted scopes nobody has requested for long: what a client can do without. */
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { sightOf, type Principal } from '../model/principal.ts';
import type { UnusedScope } from '../model/usage.ts';
import type { Store } from '../store/store.ts';
import { isAskedFor } from './usage-report.ts';
import type { UseFlush } from './use-flush.ts';

export const unusedDaysDefault = 90;

export interface UnusedScopeQuestion {
  organization?: string | undefined;
  location?: string | undefined;
  client?: string | undefined;
  api?: string | undefined;
  days: number;
}

export class UnusedScopeReport {
  readonly #store: Store;
  readonly #flush: Pick<UseFlush, 'flushClients'>;

  constructor(dependencies: { store: Store; flush: Pick<UseFlush, 'flushClients'> }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  async list(
    principal: Principal,
    question: UnusedScopeQuestion,
    page: PageRequest,
  ): Promise<Page<UnusedScope>> {
    const { client, api, days } = question;
    const sight = sightOf(principal, question);
    if (sight === undefined) return emptyPage;
    if (page.cursor === null) {
      await this.#flush.flushClients((counted) => isAskedFor(counted, sight, client));
    }
    const { now } = await this.#store.readState();
    const since = new Date(now.getTime() - days * 86_400_000);
    return this.#store.read(({ unusedScopes }) =>
      unusedScopes.list({ sight, since, client, api }, page),
    );
  }
}
