/**
 * The audit event of a change, signed, and linked to the one before. Called when no other change can pass any
 * more, for only then is the predecessor known.
 */
import type { EntityManager } from 'typeorm';
import { formatAnchor, formatKeyStatement } from '../../model/audit-statement.ts';
import { formatAuditEventBody, linkOf, type EventLink } from '../../model/audit-event-body.ts';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { AuditSigner, AuditSignatureType, FreshAuditKey } from '../../model/audit-key.ts';
import type { ChainEnd } from './audit-chain-end.ts';
import { AuditKeyStore } from '../records/audit-key-store.ts';

/** What a change does to the chain itself, beside adding its event. */
export type ChainChange =
  /** The first key: it signs this very event, and seals what was written before, up to `after`. */
  | { kind: 'begin'; key: FreshAuditKey; after: bigint; link: string | null }
  /** The present key signs this event, and the next one from then on. */
  | { kind: 'rotate'; key: FreshAuditKey }
  /** Events up to this one are gone; `count` of them in all, with those removed before. */
  | { kind: 'remove'; through: bigint; link: string; count: number };

/** Events were written that the change does not know of: it must look again. */
export class ChainOvertaken extends Error {
  constructor() {
    super('audit events were written while the chain was about to begin');
    this.name = 'ChainOvertaken';
  }
}

interface Ends {
  /** Of the chain of all events. */
  all: ChainEnd;
  /** Of the event's organization; undefined: none of its events names one before it yet. */
  organization: EventLink | undefined;
}

interface Addition {
  signer: AuditSigner;
  ends: Ends;
  event: AuditEvent;
  affected: readonly string[] | null;
  chainChange: ChainChange | undefined;
}

/** What is to be written of the event, and the chain's end behind it. */
export interface ChainLink {
  /** Of the key that signs the next event. */
  kid: string;
  link: string;
  body: string;
  signature: string;
}

/** Makes the chain's next link, and does to its keys and its beginning what was asked for. */
export async function addToChain(manager: EntityManager, addition: Addition): Promise<ChainLink> {
  const { event, ends, affected, chainChange } = addition;
  const keys = new AuditKeyStore(manager);
  const sign = (kid: string, type: AuditSignatureType, payload: string) =>
    addition.signer.sign(kid, () => keys.find(kid), type, payload);

  let { kid, link } = ends.all;
  if (chainChange?.kind === 'begin') {
    if (kid !== null || chainChange.after !== event.sequence - 1n) throw new ChainOvertaken();
    ({ kid } = chainChange.key);
    ({ link } = chainChange);
    await insertKey(keys, chainChange.key, event.sequence, event.occurredAt, undefined);
  }
  if (kid === null) throw new Error('there is no audit key yet, so nothing can be changed');
  const signingKid = kid;
  const organizationPrevious =
    event.organizationId === null ? undefined : (ends.organization ?? null);
  const body = formatAuditEventBody({ ...event, previous: link, organizationPrevious, affected });
  const signature = detachPayload(await sign(signingKid, 'latchkey-audit-event', body));
  if (chainChange?.kind === 'rotate') {
    ({ kid } = chainChange.key);
    await insertKey(keys, chainChange.key, event.sequence + 1n, event.occurredAt, {
      kid: signingKid,
      endorse: (statement) => sign(signingKid, 'latchkey-audit-key', statement),
    });
  }
  if (chainChange?.kind === 'remove') {
    const payload = formatAnchor({ ...chainChange, at: event.occurredAt, by: event.sequence });
    await keys.replaceAnchor(await sign(signingKid, 'latchkey-audit-anchor', payload));
  }
  return { kid, link: linkOf(body), body, signature };
}

async function insertKey(
  keys: AuditKeyStore,
  key: FreshAuditKey,
  firstSequence: bigint,
  createdAt: Date,
  predecessor: { kid: string; endorse: (statement: string) => Promise<string> } | undefined,
): Promise<void> {
  const { kid, publicJwk, privateJwe } = key;
  const predecessorKid = predecessor?.kid ?? null;
  const payload = formatKeyStatement({ publicJwk, firstSequence, predecessorKid, createdAt });
  const endorsement = (await predecessor?.endorse(payload)) ?? null;
  // One key can sign, and no more.
  if (predecessor) await keys.erasePrivate(predecessor.kid);
  await keys.insert({
    kid,
    firstSequence,
    predecessorKid,
    statement: key.signStatement(payload),
    endorsement,
    privateJwe,
    createdAt,
  });
}

/** RFC 7515 appendix F: the payload is kept beside it. */
function detachPayload(compact: string): string {
  const [header, , signature] = compact.split('.');
  return `${header}..${signature}`;
}
