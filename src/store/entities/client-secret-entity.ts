/** Table columns of client secrets. */
import { EntitySchema } from 'typeorm';
import {
  bytes,
  text,
  integer,
  optionalText,
  moment,
  optionalMoment,
  number64,
  key,
  named,
  given,
} from './column-types.ts';

export interface ClientSecretRow {
  id: string;
  serial: bigint;
  clientRecordId: string;
  secretDigest: Buffer;
  hint: string;
  slot: number | null;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  retiresAt: Date | null;
  revokedAt: Date | null;
  quietSeconds: number | null;
  quietFrom: Date | null;
  retirementDueAt: Date | null;
  cutoffVersion: bigint;
  lastUsedAt: Date | null;
  lastUsedAddress: string | null;
}

export const clientSecretEntity = new EntitySchema<ClientSecretRow>({
  name: 'client_secret',
  tableName: 'client_secrets',
  columns: {
    id: key(text),
    serial: given(number64),
    clientRecordId: named('client_record_id', text),
    // Never read by a list: only the token road compares it.
    secretDigest: named('secret_digest', { ...bytes, select: false }),
    hint: text,
    slot: { type: 'smallint', nullable: true },
    createdAt: named('created_at', moment),
    createdBy: named('created_by', text),
    expiresAt: named('expires_at', optionalMoment),
    retiresAt: named('retires_at', optionalMoment),
    revokedAt: named('revoked_at', optionalMoment),
    quietSeconds: named('quiet_seconds', { ...integer, nullable: true }),
    quietFrom: named('quiet_from', optionalMoment),
    retirementDueAt: named('retirement_due_at', optionalMoment),
    cutoffVersion: named('cutoff_version', number64),
    lastUsedAt: named('last_used_at', optionalMoment),
    lastUsedAddress: named('last_used_address', optionalText),
  },
});
