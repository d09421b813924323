/**
 * Which keys may sign which audit events. A key is believed because the one before it says so, and because
 * it names the one before: a row that is exchanged, added or left out shows in its neighbours.
 */
import type { KeyObject } from 'node:crypto';
import type { AuditKey } from '../model/audit-key.ts';
import { parseKeyStatement } from '../model/audit-statement.ts';
import { AuditFault } from './audit-fault.ts';
import { thumbprintOf, toPublicKey, verifyCompact, readPayload } from './audit-signature.ts';

export interface VerifiedAuditKey {
  kid: string;
  publicKey: KeyObject;
  firstSequence: bigint;
}

/** What a key says of itself, and what is said of it. */
export type AuditKeyClaims = Pick<AuditKey, 'kid' | 'statement' | 'endorsement'>;

export class AuditKeyChain {
  /** In the order they signed; never empty. */
  readonly keys: readonly VerifiedAuditKey[];

  private constructor(keys: readonly VerifiedAuditKey[]) {
    this.keys = keys;
  }

  /** Of keys in the order they signed. Throws AuditFault for the first that has no place there. */
  static async verify(claims: readonly AuditKeyClaims[]): Promise<AuditKeyChain> {
    const keys: VerifiedAuditKey[] = [];
    for (const claim of claims) keys.push(await verifyNext(claim, keys.at(-1)));
    if (keys.length === 0) throw new AuditFault('wrong_key', null, 'there is no audit key');
    return new AuditKeyChain(keys);
  }

  /** The first event that must be signed. */
  get signedFrom(): bigint {
    return this.keys[0]?.firstSequence ?? 0n;
  }

  get last(): VerifiedAuditKey | undefined {
    return this.keys.at(-1);
  }

  find(kid: string | undefined): VerifiedAuditKey | undefined {
    return this.keys.find((key) => key.kid === kid);
  }

  /** The one that signs the event with this number; undefined: it is older than the first key. */
  at(sequence: bigint): VerifiedAuditKey | undefined {
    return this.keys.findLast(({ firstSequence }) => firstSequence <= sequence);
  }
}

async function verifyNext(
  { kid, statement, endorsement }: AuditKeyClaims,
  predecessor: VerifiedAuditKey | undefined,
): Promise<VerifiedAuditKey> {
  const said = parseKeyStatement(readPayload(statement));
  const fault = (detail: string) => new AuditFault('wrong_key', null, `audit key ${kid} ${detail}`);
  if (said === undefined || thumbprintOf(said.publicJwk) !== kid) {
    throw fault('is not the key that it says it is');
  }
  const publicKey = toPublicKey(said.publicJwk);
  const payload = await verifyCompact(statement, { kid, publicKey }, 'latchkey-audit-key');
  if (payload === undefined) throw fault('has not signed what is said of it');
  if (said.predecessorKid !== (predecessor?.kid ?? null)) {
    throw fault(
      said.predecessorKid === null
        ? 'says that it is the first, and is not'
        : `names ${said.predecessorKid} as the key before it, which is not there`,
    );
  }
  if (predecessor && said.firstSequence <= predecessor.firstSequence) {
    throw fault('says that it signed before the key before it');
  }
  const endorsed = predecessor
    ? await verifyCompact(endorsement ?? '', predecessor, 'latchkey-audit-key')
    : payload;
  if (endorsed !== payload) throw fault(`is not vouched for by the key before it`);
  return { kid, publicKey, firstSequence: said.firstSequence };
}
