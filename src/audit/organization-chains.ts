/**
 * The chains of organizations within the chain of all events: each event names the one before it among those of
 * its organization, so that an organization, which sees no others, sees whether one of its own is missing.
 */
import type { ChainedEvent, EventLink } from '../model/audit-event-body.ts';
import type { Sight } from '../model/principal.ts';
import { AuditFault } from './audit-fault.ts';

/** Of which events none may be missing: of all, of one organization's, or of no others than those that are there. */
export type AuditScope =
  | { of: 'everything' }
  | { of: 'organization'; organizationId: string }
  | { of: 'part' };

export function scopeOf({ organizationId, locationId }: Sight): AuditScope {
  if (locationId !== null) return { of: 'part' };
  return organizationId === null ? { of: 'everything' } : { of: 'organization', organizationId };
}

export class OrganizationChains {
  /** What is not looked at: it was before, or is gone because of its age. */
  readonly #before: bigint;
  readonly #ends = new Map<string, EventLink>();

  constructor(before: bigint) {
    this.#before = before;
  }

  /** The last event of an organization that was looked at, and names the one before it. */
  endOf(organizationId: string): EventLink | undefined {
    return this.#ends.get(organizationId);
  }

  /** Throws AuditFault when it is not the next one of its organization. */
  add({ sequence, organizationId, organizationPrevious: named }: ChainedEvent, link: string): void {
    if (organizationId === null || named === undefined) return;
    const known = this.#ends.get(organizationId);
    const last = known?.sequence ?? this.#before;
    if (named !== null && named.sequence > last && named.sequence < sequence) {
      throw new AuditFault(
        'wrong_sequence',
        named.sequence,
        `event ${named.sequence} is missing: event ${sequence} of the same organization was written behind it`,
      );
    }
    const isBehind = known
      ? named?.sequence === known.sequence && named.link === known.link
      : named === null || named.sequence <= last;
    if (!isBehind) {
      throw new AuditFault(
        'wrong_link',
        sequence,
        `event ${sequence} was not written behind the one before it of its organization${known ? `, event ${known.sequence}` : ''}`,
      );
    }
    this.#ends.set(organizationId, { sequence, link });
  }
}
