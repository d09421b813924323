/** Table columns of clients and every client_id they ever had. */
import { EntitySchema } from 'typeorm';
import type { AuthenticationMethod, DeletionReason } from '../../model/records.ts';
import {
  text,
  integer,
  flag,
  moment,
  optionalMoment,
  optionalText,
  number64,
  key,
  named,
  given,
} from './column-types.ts';

export interface ClientRow {
  id: string;
  organizationId: string;
  locationId: string | null;
  name: string;
  description: string;
  active: boolean;
  authenticationMethod: AuthenticationMethod;
  accessTokenLifetimeSeconds: number | null;
  exemptFromInactivity: boolean;
  memberId: string | null;
  personal: boolean;
  cutoffVersion: bigint;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  lastUsedAt: Date | null;
  deletedAt: Date | null;
  deletedBecause: DeletionReason | null;
  activeWhenDeleted: boolean | null;
  /** null: no countdown to its deletion is under way. */
  inactivitySince: Date | null;
  inactivityNoticedAt: Date[];
  erasedAt: Date | null;
}

export const clientEntity = new EntitySchema<ClientRow>({
  name: 'client',
  tableName: 'clients',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    locationId: named('location_id', optionalText),
    name: text,
    description: text,
    active: flag,
    authenticationMethod: named('authentication_method', text),
    accessTokenLifetimeSeconds: named('access_token_lifetime_seconds', {
      ...integer,
      nullable: true,
    }),
    exemptFromInactivity: named('exempt_from_inactivity', flag),
    memberId: named('member_id', optionalText),
    personal: flag,
    cutoffVersion: named('cutoff_version', number64),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    lastUsedAt: named('last_used_at', optionalMoment),
    deletedAt: named('deleted_at', optionalMoment),
    deletedBecause: named('deleted_because', optionalText),
    activeWhenDeleted: named('active_when_deleted', { ...flag, nullable: true }),
    inactivitySince: named('inactivity_since', given(optionalMoment)),
    inactivityNoticedAt: named('inactivity_noticed_at', given({ ...moment, array: true })),
    erasedAt: named('erased_at', given(optionalMoment)),
  },
});

export interface ClientIdentifierRow {
  clientId: string;
  clientRecordId: string;
  isCurrent: boolean;
  createdAt: Date;
  expiresAt: Date | null;
}

export const clientIdentifierEntity = new EntitySchema<ClientIdentifierRow>({
  name: 'client_identifier',
  tableName: 'client_identifiers',
  columns: {
    clientId: named('client_id', key(text)),
    clientRecordId: named('client_record_id', text),
    isCurrent: named('is_current', flag),
    createdAt: named('created_at', moment),
    expiresAt: named('expires_at', optionalMoment),
  },
});
