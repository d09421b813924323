/** Reads the audit trail; events are written by the store, in the transaction of their change. */
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import { sightOf, type Principal } from '../model/principal.ts';
import type { AuditEventFilter } from '../store/records/audit-event-store.ts';
import type { Store } from '../store/store.ts';

/** What somebody asks for: of what they may see. */
export interface AuditTrailFilter extends Omit<AuditEventFilter, 'sight'> {
  organization?: string | undefined;
  location?: string | undefined;
}

export class AuditTrail {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /** What one's organization or location was part of; an operator sees all, the instance's own included. */
  async list(
    principal: Principal,
    { organization, location, ...filter }: AuditTrailFilter,
    page: PageRequest,
  ): Promise<Page<AuditEvent>> {
    const sight = sightOf(principal, { organization, location });
    if (sight === undefined) return emptyPage;
    return this.#store.read(({ auditEvents }) => auditEvents.list({ ...filter, sight }, page));
  }
}
