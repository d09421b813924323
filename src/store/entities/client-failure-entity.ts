/** Table columns of the last refusals of clients. */
import { EntitySchema } from 'typeorm';
import type { FailureReason } from '../../model/usage.ts';
import { text, optionalText, moment, number64, key, named, given } from './column-types.ts';

export interface ClientFailureRow {
  id: bigint;
  clientRecordId: string;
  occurredAt: Date;
  reason: FailureReason;
  secretId: string | null;
  address: string;
  requestId: string;
}

export const clientFailureEntity = new EntitySchema<ClientFailureRow>({
  name: 'client_failure',
  tableName: 'client_failures',
  columns: {
    id: key(given(number64)),
    clientRecordId: named('client_record_id', text),
    occurredAt: named('occurred_at', moment),
    reason: text,
    secretId: named('client_secret_id', optionalText),
    address: text,
    requestId: named('request_id', text),
  },
});
