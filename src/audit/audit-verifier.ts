/**
 * Checks audit events one after the other, wherever they come from: the database, or a file without any
 * server. Believes nothing but keys, and what was held outside (checkpoints).
 */
import type { AuditEvent } from '../model/audit-event.ts';
import {
  linkOf,
  linkOfUnsigned,
  parseAuditEventBody,
  parseUnsignedBody,
  type AuditRecord,
  type EventLink,
} from '../model/audit-event-body.ts';
import type { Checkpoint } from '../model/audit-statement.ts';
import { AuditFault } from './audit-fault.ts';
import type { AuditKeyChain } from './audit-key-chain.ts';
import { OrganizationChains, type AuditScope } from './organization-chains.ts';
import { readKid, verifyDetached } from './audit-signature.ts';

/** How far a log is verified: its last event, and what the next one must name. */
export interface ChainPosition {
  sequence: bigint;
  link: string | null;
}

export const chainStart: ChainPosition = { sequence: 0n, link: null };

interface VerifierOptions {
  keys: AuditKeyChain;
  /** Every event of the scope from here on must be there. */
  start: ChainPosition;
  scope: AuditScope;
  /** Verified ones, from outside. */
  checkpoints: readonly Checkpoint[];
}

export class AuditVerifier {
  readonly #keys: AuditKeyChain;
  readonly #scope: AuditScope;
  readonly #start: bigint;
  readonly #organizations: OrganizationChains;
  readonly #checkpoints: ReadonlyMap<bigint, readonly Checkpoint[]>;
  readonly #seen = new Set<Checkpoint>();
  #position: ChainPosition;
  #isComplete: boolean;

  constructor({ keys, start, scope, checkpoints }: VerifierOptions) {
    this.#keys = keys;
    this.#scope = scope;
    this.#isComplete = scope.of !== 'part';
    this.#start = start.sequence;
    this.#organizations = new OrganizationChains(start.sequence);
    this.#position = start;
    this.#checkpoints = Map.groupBy(checkpoints, ({ sequence }) => sequence);
    if (this.#isWhole && start.link !== null) this.#requireAsWitnessed(start.sequence, start.link);
  }

  /** Had one been missing among those that were looked at, it had shown. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Of the organization in scope: the last event that names the one before it. */
  get organizationEnd(): EventLink | undefined {
    return this.#scope.of === 'organization'
      ? this.#organizations.endOf(this.#scope.organizationId)
      : undefined;
  }

  get #isWhole(): boolean {
    return this.#scope.of === 'everything';
  }

  get position(): ChainPosition {
    return this.#position;
  }

  /** Throws AuditFault; returns what the event says, and what is signed of it. */
  async verifyNext({ body, signature }: AuditRecord): Promise<AuditEvent> {
    const isOld = signature === null;
    const chained = isOld ? undefined : parseAuditEventBody(body);
    const event = isOld ? parseUnsignedBody(body) : chained;
    if (event === undefined) throw this.#fault('malformed', 'is no audit event');
    const { sequence } = event;
    const at = ` event ${sequence}`;
    if (this.#isWhole && sequence !== this.#position.sequence + 1n) {
      throw new AuditFault(
        'wrong_sequence',
        this.#position.sequence + 1n,
        `event ${this.#position.sequence + 1n} is missing, or not in its place:${at} stands there`,
      );
    }
    if (sequence <= this.#position.sequence) {
      throw new AuditFault('wrong_sequence', sequence, `${at.trim()} is not in its order`);
    }
    const link = isOld
      ? this.#linkUnsigned(sequence, body)
      : await this.#linkSigned(sequence, body, signature, chained?.previous ?? null);
    // The link of an unsigned event holds all before it, so among some of them there is none.
    if (this.#isWhole || !isOld) this.#requireAsWitnessed(sequence, link);
    if (chained && this.#scope.of !== 'part') this.#organizations.add(chained, link);
    // Organizations had no chains yet when it was written.
    if (!this.#isWhole && chained?.organizationPrevious === undefined) this.#isComplete = false;
    this.#position = { sequence, link };
    return event;
  }

  /** After the last event: whatever was seen elsewhere was there. Throws AuditFault. */
  finish(): void {
    const { sequence: last } = this.#position;
    const scope = this.#scope;
    if (scope.of === 'part') return;
    const missed = [...this.#checkpoints.values()]
      .flat()
      .find(
        (checkpoint) =>
          (scope.of === 'everything' || checkpoint.organization === scope.organizationId) &&
          checkpoint.sequence > this.#start &&
          !this.#seen.has(checkpoint),
      );
    if (missed === undefined) return;
    const witness = `a checkpoint of ${missed.at.toISOString()} has seen event ${missed.sequence}`;
    if (missed.sequence > last) {
      throw new AuditFault('truncated', last, `the log ends with event ${last}, but ${witness}`);
    }
    throw new AuditFault('wrong_checkpoint', missed.sequence, `${witness}, which is not there`);
  }

  #linkUnsigned(sequence: bigint, body: string): string {
    if (sequence >= this.#keys.signedFrom) {
      throw new AuditFault('unsigned', sequence, `event ${sequence} is not signed`);
    }
    return linkOfUnsigned(this.#position.link, body);
  }

  async #linkSigned(
    sequence: bigint,
    body: string,
    signature: string,
    previous: string | null,
  ): Promise<string> {
    const key = this.#keys.at(sequence);
    const kid = readKid(signature);
    if (key === undefined || kid !== key.kid) {
      const whose = kid === undefined ? 'by no audit key' : `by the key ${kid}`;
      throw new AuditFault(
        'wrong_signature',
        sequence,
        `event ${sequence} is signed ${whose}, and ${key ? `the key of its time is ${key.kid}` : 'there was no key at its time'}`,
      );
    }
    if (!(await verifyDetached(signature, body, key, 'latchkey-audit-event'))) {
      throw new AuditFault('wrong_signature', sequence, `event ${sequence} is not what was signed`);
    }
    if (this.#isWhole && previous !== this.#position.link) {
      throw new AuditFault(
        'wrong_link',
        sequence,
        `event ${sequence} was written behind another event than the one before it`,
      );
    }
    return linkOf(body);
  }

  #requireAsWitnessed(sequence: bigint, link: string): void {
    const witnesses = this.#checkpoints.get(sequence) ?? [];
    for (const witness of witnesses) this.#seen.add(witness);
    const other = witnesses.find((checkpoint) => checkpoint.link !== link);
    if (other) {
      throw new AuditFault(
        'wrong_checkpoint',
        sequence,
        `event ${sequence} is another one than a checkpoint of ${other.at.toISOString()} has seen`,
      );
    }
  }

  #fault(code: 'malformed', what: string): AuditFault {
    const next = this.#isWhole ? this.#position.sequence + 1n : null;
    return new AuditFault(
      code,
      next,
      `what stands ${next === null ? `behind event ${this.#position.sequence}` : `for event ${next}`} ${what}`,
    );
  }
}
