/** Table columns of the keys that sign audit events. */
import { EntitySchema } from 'typeorm';
import type { SealedAuditKey } from '../../model/audit-key.ts';
import { key, moment, named, number64, optionalText, text } from './column-types.ts';

export const auditKeyEntity = new EntitySchema<SealedAuditKey>({
  name: 'audit_key',
  tableName: 'audit_keys',
  columns: {
    kid: key(text),
    firstSequence: named('first_sequence', number64),
    predecessorKid: named('predecessor_kid', optionalText),
    statement: text,
    endorsement: optionalText,
    privateJwe: named('private_jwe', optionalText),
    createdAt: named('created_at', moment),
  },
});
