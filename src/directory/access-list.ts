/** Who holds access, and when they used it last: one list, as far as its reader may see. */
import type { AccessHolder, AccessKind } from '../model/access.ts';
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { sightOf, type PlaceFilter, type Principal } from '../model/principal.ts';
import type { Store } from '../store/store.ts';

export interface AccessQuestion extends PlaceFilter {
  kind?: AccessKind | undefined;
  active?: boolean | undefined;
  q?: string | undefined;
}

export class AccessList {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  async list(
    principal: Principal,
    question: AccessQuestion,
    page: PageRequest,
  ): Promise<Page<AccessHolder>> {
    const sight = sightOf(principal, question);
    if (sight === undefined) return emptyPage;
    const { kind, active, q, hasLocation } = question;
    return this.#store.read(({ access }) =>
      access.list({ sight, hasLocation, kind, active, q }, page),
    );
  }
}
