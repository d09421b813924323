/**
 * Verifies the audit log where it is, without trusting the database: whoever can write every table of it has
 * neither the audit keys, nor the key-encryption key they are sealed under.
 */
import type { AuditEvent } from '../model/audit-event.ts';
import { parseAuditEventBody, type EventLink } from '../model/audit-event-body.ts';
import type { Anchor, Checkpoint } from '../model/audit-statement.ts';
import type { SealedAuditKey } from '../model/audit-key.ts';
import { everything, type Sight } from '../model/principal.ts';
import type { AuditEventRow } from '../store/entities/audit-event-entity.ts';
import type { WholeChainEnd } from '../store/change/audit-chain-end.ts';
import type { Store } from '../store/store.ts';
import { verifyAnchor } from './audit-anchor.ts';
import { verifyCheckpoints } from './audit-checkpoint.ts';
import { AuditFault } from './audit-fault.ts';
import { AuditKeyChain } from './audit-key-chain.ts';
import type { AuditKeyRing } from './audit-key-ring.ts';
import { AuditVerifier, chainStart, type ChainPosition } from './audit-verifier.ts';
import { scopeOf } from './organization-chains.ts';

/** PGlite runs on our own event loop: short queries. */
const rowsPerPage = 200;
/** A log that changed while it was looked at is looked at again: a key, or the anchor, may have changed as well. */
const attemptsMax = 3;

export interface VerificationRequest {
  /** Everything: the whole log; else only the events of an organization or a location. */
  sight: Sight;
  /** Where an earlier call came to; undefined: from the beginning. */
  from: ChainPosition | undefined;
  /** After so many events it is for another call to go on. */
  eventsMax: number;
  /** Verified, and held outside of the database. */
  checkpoints: readonly Checkpoint[];
  /** The same as compact JWS, not verified yet. */
  held?: readonly string[];
}

export interface AuditVerification {
  /** Looked at by this call, and found to be good. */
  events: number;
  /** The first that must be signed: what is older was there before events were signed. */
  signedFrom: bigint | null;
  /** Removed because of their age: the last of them, and how many there were. */
  removed: Pick<Anchor, 'through' | 'count'> | undefined;
  /** How far it came. */
  position: ChainPosition;
  isDone: boolean;
  /** Had one been missing among those that were looked at, it had shown. */
  isComplete: boolean;
  /** When all is verified: the end of it, for a checkpoint. */
  end: (EventLink & { organization?: string }) | undefined;
  /** The key that signs now; null: it is not known which one to believe. */
  kid: string | null;
  /** The first that was found. */
  fault: AuditFault | undefined;
}

export class AuditLogVerification {
  readonly #store: Store;
  readonly #ring: AuditKeyRing;

  constructor(dependencies: { store: Store; ring: AuditKeyRing }) {
    this.#store = dependencies.store;
    this.#ring = dependencies.ring;
  }

  async verify(request: VerificationRequest): Promise<AuditVerification> {
    for (let attempt = 1; ; attempt += 1) {
      const { version } = await this.#store.readChainEnd();
      const found = await this.#verifyOnce(request);
      if (found.fault === undefined || attempt === attemptsMax) return found;
      if ((await this.#store.readChainEnd()).version === version) return found;
    }
  }

  /** The keys, as far as they are to be believed here. Throws AuditFault. */
  async verifyKeys(): Promise<AuditKeyChain> {
    return this.believe(await this.#store.read(({ auditKeys }) => auditKeys.list()));
  }

  /** The same of keys that were read already, in the order they signed. */
  async believe(keys: readonly SealedAuditKey[]): Promise<AuditKeyChain> {
    const chain = await AuditKeyChain.verify(keys);
    const last = keys.at(-1);
    if (last) await this.#ring.requireOwn(last);
    return chain;
  }

  /** The signed words about what was removed; undefined: nothing was. Throws AuditFault. */
  async verifyAnchor(keys: AuditKeyChain): Promise<Anchor | undefined> {
    const jws = await this.#store.read(({ auditKeys }) => auditKeys.findAnchor());
    return jws === undefined ? undefined : verifyAnchor(jws, keys);
  }

  async #verifyOnce(request: VerificationRequest): Promise<AuditVerification> {
    const found: AuditVerification = {
      events: 0,
      signedFrom: null,
      removed: undefined,
      position: request.from ?? chainStart,
      isDone: false,
      isComplete: false,
      end: undefined,
      kid: null,
      fault: undefined,
    };
    try {
      await this.#verifyInto(found, request);
    } catch (error) {
      if (!(error instanceof AuditFault)) throw error;
      found.fault = error;
    }
    return found;
  }

  async #verifyInto(found: AuditVerification, request: VerificationRequest): Promise<void> {
    const { sight } = request;
    const scope = scopeOf(sight);
    const isWhole = scope.of === 'everything';
    const end = await this.#store.readChainEnd(sight.organizationId);
    const keys = await this.verifyKeys();
    found.signedFrom = keys.signedFrom;
    if (end.kid !== keys.last?.kid) {
      throw new AuditFault(
        'wrong_key',
        null,
        `the next event would be signed by ${end.kid ?? 'nobody'}, which is not the last audit key`,
      );
    }
    found.kid = end.kid;
    const anchor = await this.verifyAnchor(keys);
    if (anchor) found.removed = { through: anchor.through, count: anchor.count };
    const beginning = anchor ? { sequence: anchor.through, link: anchor.link } : chainStart;
    const goesOn = request.from !== undefined && request.from.sequence >= beginning.sequence;
    const start = goesOn && request.from ? request.from : beginning;
    if (isWhole && !goesOn) await this.#requireNothingBefore(beginning.sequence);
    const held = await verifyCheckpoints(request.held ?? [], keys);
    const checkpoints = [...request.checkpoints, ...held];
    const verifier = new AuditVerifier({ keys, start, scope, checkpoints });
    found.position = start;
    found.isComplete = verifier.isComplete;
    while (found.events < request.eventsMax) {
      const limit = Math.min(rowsPerPage, request.eventsMax - found.events);
      const span = { after: verifier.position.sequence, through: end.version };
      const rows = await this.#readRows(sight, span, limit);
      for (const row of rows) {
        requireSameColumns(row, await verifier.verifyNext(row));
        found.events += 1;
        found.position = verifier.position;
        found.isComplete = verifier.isComplete;
      }
      found.isDone = rows.length < limit;
      if (found.isDone) break;
    }
    if (!found.isDone) return;
    verifier.finish();
    if (isWhole) found.end = requireEnd(verifier.position, end);
    if (scope.of === 'organization') {
      const last = requireOrganizationEnd(verifier, end.organization);
      found.end = last && { ...last, organization: scope.organizationId };
    }
  }

  #readRows(
    sight: Sight,
    span: { after: bigint; through: bigint },
    limit: number,
  ): Promise<AuditEventRow[]> {
    return this.#store.read(({ auditEvents }) => auditEvents.readChain({ sight }, span, limit));
  }

  async #requireNothingBefore(beginning: bigint): Promise<void> {
    const [row] = await this.#readRows(everything, { after: smallest, through: beginning }, 1);
    if (row) {
      throw new AuditFault(
        'wrong_sequence',
        row.sequence,
        `event ${row.sequence} stands before the beginning of the log, which is event ${beginning + 1n}`,
      );
    }
  }
}

/** Of a bigint of PostgreSQL. */
const smallest = -(2n ** 63n);

function requireEnd({ sequence, link }: ChainPosition, end: WholeChainEnd): EventLink | undefined {
  if (sequence < end.version) {
    throw new AuditFault(
      'truncated',
      sequence,
      `the log ends with event ${sequence}, but there were ${end.version}`,
    );
  }
  if (end.last !== null && end.last > end.version) {
    throw new AuditFault(
      'wrong_end',
      end.last,
      `event ${end.last} stands behind the end of the log, which is event ${end.version}`,
    );
  }
  if (link !== end.link) {
    throw new AuditFault(
      'wrong_end',
      sequence,
      `the next event would be written behind another event than ${sequence}`,
    );
  }
  return link === null ? undefined : { sequence, link };
}

/** undefined: its last event is from before it had a chain of its own. */
function requireOrganizationEnd(
  { position, organizationEnd: found }: AuditVerifier,
  end: EventLink | null,
): EventLink | undefined {
  if (end !== null && end.sequence > position.sequence) {
    throw new AuditFault(
      'truncated',
      position.sequence,
      `the organization's events end with ${position.sequence}, but there was event ${end.sequence}`,
    );
  }
  // Where an earlier call has seen the last one, this one sees none that names another.
  const last = found ?? (end?.sequence === position.sequence ? position : undefined);
  if (last === undefined) return undefined;
  if (end?.sequence !== last.sequence || end.link !== last.link) {
    throw new AuditFault(
      'wrong_end',
      last.sequence,
      `the organization's next event would be written behind another event than ${last.sequence}`,
    );
  }
  return end;
}

/** The columns only find an event; whoever reads by them must not be led astray. Throws AuditFault. */
function requireSameColumns(row: AuditEventRow, event: AuditEvent): void {
  const columns: Record<string, readonly [unknown, unknown]> = {
    sequence: [row.sequence, event.sequence],
    id: [row.id, event.id],
    occurred_at: [row.occurredAt.getTime(), event.occurredAt.getTime()],
    actor_type: [row.actorType, event.actorType],
    actor_id: [row.actorId, event.actorId],
    action: [row.action, event.action],
    target_type: [row.targetType, event.targetType],
    target_id: [row.targetId, event.targetId],
    organization_id: [row.organizationId, event.organizationId],
    location_id: [row.locationId, event.locationId ?? null],
    ...(row.signature === null ? {} : { affected: affectedOf(row) }),
  };
  for (const [column, [found, said]] of Object.entries(columns)) {
    if (found !== said) {
      throw new AuditFault(
        'wrong_column',
        event.sequence,
        `the column ${column} of event ${event.sequence} says something else than what was signed`,
      );
    }
  }
}

function affectedOf(row: AuditEventRow): readonly [unknown, unknown] {
  const said = parseAuditEventBody(row.body)?.affected;
  return [JSON.stringify(row.affected), JSON.stringify(said)];
}
