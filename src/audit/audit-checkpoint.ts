/** Checkpoints that were held elsewhere, and are to be believed. */
import { parseCheckpoint, type Checkpoint } from '../model/audit-statement.ts';
import { AuditFault } from './audit-fault.ts';
import type { AuditKeyChain } from './audit-key-chain.ts';
import { readKid, verifyCompact } from './audit-signature.ts';

/** Throws AuditFault when one is not signed by any of these keys. */
export async function verifyCheckpoints(
  checkpoints: readonly string[],
  keys: AuditKeyChain,
): Promise<Checkpoint[]> {
  return Promise.all(
    checkpoints.map(async (jws) => {
      const key = keys.find(readKid(jws));
      const payload = key && (await verifyCompact(jws, key, 'latchkey-audit-checkpoint'));
      const checkpoint = payload === undefined ? undefined : parseCheckpoint(payload);
      if (checkpoint === undefined) {
        throw new AuditFault(
          'wrong_checkpoint',
          null,
          `a checkpoint is signed by the key ${readKid(jws) ?? 'of nobody'}, which this log does not have: they are not of the same log, or its keys were exchanged`,
        );
      }
      return checkpoint;
    }),
  );
}
