/** The audit log of a database that no server uses, begun, and ready for changes made in this process. */
import { randomBytes } from 'node:crypto';
import { AuditKeyRing } from '../../src/audit/audit-key-ring.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { KeyEncryption } from '../../src/signing-key/key-encryption.ts';
import type { Database } from '../../src/store/database/database.ts';
import { Store } from '../../src/store/store.ts';

export interface OwnAuditLog {
  store: Store;
  ring: AuditKeyRing;
}

export async function beginAuditLog(
  database: Database,
  keyEncryptionKey = randomBytes(32).toString('base64'),
  clockOffsetMillis?: () => number,
): Promise<OwnAuditLog> {
  const store = new Store(database, clockOffsetMillis);
  const ring = new AuditKeyRing({ store, cipher: new KeyEncryption(keyEncryptionKey) });
  store.signAuditEventsWith(ring);
  await ring.ensureFirstKey(operatorAtTheMachine);
  return { store, ring };
}
