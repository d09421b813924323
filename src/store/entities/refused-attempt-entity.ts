/** Table columns of refused attempts. */
import { EntitySchema } from 'typeorm';
import type { RefusedAttemptKind } from '../../model/refused-attempt.ts';
import { text, optionalText, moment, number64, key, named, given } from './column-types.ts';

export interface RefusedAttemptRow {
  place: bigint;
  kind: RefusedAttemptKind;
  actorId: string | null;
  actorType: string | null;
  actorName: string | null;
  organizationId: string | null;
  locationId: string | null;
  operation: string;
  network: string;
  count: bigint;
  firstAt: Date;
  lastAt: Date;
  address: string;
  requestId: string;
}

export const refusedAttemptEntity = new EntitySchema<RefusedAttemptRow>({
  name: 'refused_attempt',
  tableName: 'refused_attempts',
  columns: {
    place: key(given(number64)),
    kind: text,
    actorId: named('actor_id', optionalText),
    actorType: named('actor_type', optionalText),
    actorName: named('actor_name', optionalText),
    organizationId: named('organization_id', optionalText),
    locationId: named('location_id', optionalText),
    operation: text,
    network: text,
    count: number64,
    firstAt: named('first_occurred_at', moment),
    lastAt: named('last_occurred_at', moment),
    address: text,
    requestId: named('request_id', text),
  },
});
