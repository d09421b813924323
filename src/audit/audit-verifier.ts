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
} from '../model/audit-event-body.ts';
import type { Checkpoint } from '../model/audit-statement.ts';
import { AuditFault } from './audit-fault.ts';
import type { AuditKeyChain } from './audit-key-chain.ts';
import { readKid, verifyDetached } from './audit-signature.ts';

/** How far a log is verified: its last event, and what the next one must name. */
export interface ChainPosition {
  sequence: bigint;
  link: string | null;
}

export const chainStart: ChainPosition = { sequence: 0n, link: null };

interface VerifierOptions {
  keys: AuditKeyChain;
  /** Every event from here on must be there. */
  start: ChainPosition;
  /** False: only some events are looked at, so what is missing cannot show. */
  isWhole: boolean;
  /** Verified ones, from outside. */
  checkpoints: readonly Checkpoint[];
}

export class AuditVerifier {
  readonly #keys: AuditKeyChain;
  readonly #isWhole: boolean;
  readonly #checkpoints: ReadonlyMap<bigint, readonly Checkpoint[]>;
  #position: ChainPosition;

  constructor({ keys, start, isWhole, checkpoints }: VerifierOptions) {
    this.#keys = keys;
    this.#isWhole = isWhole;
    this.#position = start;
    this.#checkpoints = Map.groupBy(checkpoints, ({ sequence }) => sequence);
    if (isWhole && start.link !== null) this.#requireAsWitnessed(start.sequence, start.link);
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
    this.#position = { sequence, link };
    return event;
  }

  /** After the last event: nothing that was seen elsewhere lies behind it. Throws AuditFault. */
  finish(): void {
    if (!this.#isWhole) return;
    const { sequence: last } = this.#position;
    const beyond = [...this.#checkpoints.values()].flat().find(({ sequence }) => sequence > last);
    if (beyond) {
      throw new AuditFault(
        'truncated',
        last,
        `the log ends with event ${last}, but a checkpoint of ${beyond.at.toISOString()} has seen event ${beyond.sequence}`,
      );
    }
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
    const other = this.#checkpoints.get(sequence)?.find((checkpoint) => checkpoint.link !== link);
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
