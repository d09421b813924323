/** The signed words about events that were removed because of their age. */
import { parseAnchor, type Anchor } from '../model/audit-statement.ts';
import { AuditFault } from './audit-fault.ts';
import type { AuditKeyChain } from './audit-key-chain.ts';
import { readKid, verifyCompact } from './audit-signature.ts';

/** Throws AuditFault. */
export async function verifyAnchor(jws: string, keys: AuditKeyChain): Promise<Anchor> {
  const key = keys.find(readKid(jws));
  const payload = key && (await verifyCompact(jws, key, 'latchkey-audit-anchor'));
  const anchor = payload === undefined ? undefined : parseAnchor(payload);
  if (!anchor || keys.at(anchor.by)?.kid !== key?.kid) {
    throw new AuditFault(
      'wrong_anchor',
      null,
      'what is said of removed events is not signed by the key of its time',
    );
  }
  return anchor;
}
