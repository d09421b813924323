/** Reads the audit trail; events are written by the store, in the transaction of their change. */
import type { Page, PageRequest } from '../model/page.ts';
import type { AuditEvent } from '../model/audit-event.ts';
import { isOperator, type Principal } from '../model/principal.ts';

import type { Store } from '../store/store.ts';

export class AuditTrail {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /** An organization's own events; an operator sees all, the instance's included. */
  async list(
    principal: Principal,
    filter: {
      action?: string | undefined;
      actor?: string | undefined;
      target?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<AuditEvent>> {
    const organizationId = isOperator(principal) ? null : principal.organizationId;
    return this.#store.read(({ auditEvents }) =>
      auditEvents.list({ ...filter, organizationId }, page),
    );
  }
}
