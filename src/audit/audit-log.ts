/** What a caller of the admin API may ask of the audit log as a whole: verification, export, keys. */
import type { AuditKey } from '../model/audit-key.ts';
import { formatCheckpoint } from '../model/audit-statement.ts';
import { sightOf, type Actor, type Principal } from '../model/principal.ts';
import { invalidAt } from '../model/registry-error.ts';
import type { AuditCheckpoints } from './audit-checkpoints.ts';
import type { AuditExport } from './audit-export.ts';
import type { AuditKeyRing } from './audit-key-ring.ts';
import type { AuditLogVerification, AuditVerification } from './audit-log-verification.ts';
import type { AuditTrailFilter } from './audit-trail.ts';
import type { ChainPosition } from './audit-verifier.ts';

export interface AuditReport extends AuditVerification {
  /** null: it is not, or not yet, verified. */
  checkpoint: string | null;
  nextCursor: string | null;
}

interface Dependencies {
  ring: AuditKeyRing;
  verification: AuditLogVerification;
  exports: AuditExport;
  checkpoints: Pick<AuditCheckpoints, 'witnessed'>;
  now: () => Date;
}

export class AuditLog {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** An organization's own events; an operator's is the whole log. Throws `invalid` for a cursor that is none. */
  async verify(
    principal: Principal,
    request: { limit: number; cursor?: string | undefined; checkpoint?: string | undefined },
  ): Promise<AuditReport> {
    const { verification, checkpoints, ring, now } = this.#dependencies;
    const sight = sightOf(principal);
    if (sight === undefined) throw new Error('whoever reads the audit log sees their own');
    const found = await verification.verify({
      sight,
      from: request.cursor === undefined ? undefined : parseCursor(request.cursor),
      eventsMax: request.limit,
      checkpoints: checkpoints.witnessed,
      held: request.checkpoint === undefined ? [] : [request.checkpoint],
    });
    const { position, isDone, fault, end, kid } = found;
    return {
      ...found,
      checkpoint:
        end === undefined || fault !== undefined || kid === null
          ? null
          : await ring.signNow(
              kid,
              'latchkey-audit-checkpoint',
              formatCheckpoint({ ...end, at: now() }),
            ),
      nextCursor: isDone || fault !== undefined ? null : formatCursor(position),
    };
  }

  /** `asked` is the filter in the caller's own words. It breaks off when the caller may not read it any more. */
  async export(
    actor: Actor,
    { organization, location, ...filter }: AuditTrailFilter,
    asked: Record<string, unknown>,
  ): Promise<AsyncIterable<string>> {
    const sight = sightOf(actor.principal, { organization, location });
    const named = Object.fromEntries(
      Object.entries({
        ...asked,
        ...(sight?.organizationId ? { organization: sight.organizationId } : {}),
        ...(sight?.locationId ? { location: sight.locationId } : {}),
      }).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
    return this.#dependencies.exports.open({
      reader: actor,
      // Nobody's events, where nothing may be seen.
      filter: { ...filter, sight: sight ?? { organizationId: '', locationId: null } },
      filterNamed: Object.keys(named).length === 0 ? null : named,
    });
  }

  async listKeys(): Promise<AuditKey[]> {
    return this.#dependencies.ring.list();
  }

  async rotateKey(actor: Actor): Promise<AuditKey> {
    return this.#dependencies.ring.rotate(actor);
  }
}

/** Whoever changes it is told something else about the log, and only they. */
function formatCursor({ sequence, link }: ChainPosition): string {
  return Buffer.from(JSON.stringify([Number(sequence), link])).toString('base64url');
}

function parseCursor(text: string): ChainPosition {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === 2) {
      const [sequence, link] = parts as [unknown, unknown];
      const isLink = link === null || typeof link === 'string';
      if (Number.isSafeInteger(sequence) && Number(sequence) >= 0 && isLink) {
        return { sequence: BigInt(Number(sequence)), link };
      }
    }
  } catch {
    // Falls through to the one message for whatever is no cursor.
  }
  throw invalidAt('cursor', 'cursor must be the next_cursor of the call before');
}
