/** Reads the audit trail; events are written by the store, in the transaction of their change. */
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import { sightOf, type Principal } from '../model/principal.ts';
import type { Store } from '../store/store.ts';

export class AuditTrail {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /** What one's organization or location was part of; an operator sees all, the instance's own included. */
  async list(
    principal: Principal,
    filter: {
      action?: string | undefined;
      actor?: string | undefined;
      target?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<AuditEvent>> {
    const sight = sightOf(principal);
    if (sight === undefined) return emptyPage;
    return this.#store.read(({ auditEvents }) => auditEvents.list({ ...filter, sight }, page));
  }
}
