/** Table columns of which scopes of which API a client may ask for. */
import { EntitySchema } from 'typeorm';
import { text, integer, flag, key, named, optionalMoment } from './column-types.ts';

export interface GrantRow {
  clientRecordId: string;
  apiId: string;
  position: number;
  isDefault: boolean;
}

export const grantEntity = new EntitySchema<GrantRow>({
  name: 'grant',
  tableName: 'grants',
  columns: {
    clientRecordId: named('client_record_id', key(text)),
    apiId: named('api_id', key(text)),
    position: integer,
    isDefault: named('is_default', flag),
  },
});

export interface GrantScopeRow {
  clientRecordId: string;
  apiId: string;
  scope: string;
  /** null: before this was written down. */
  grantedAt: Date | null;
}

export const grantScopeEntity = new EntitySchema<GrantScopeRow>({
  name: 'grant_scope',
  tableName: 'grant_scopes',
  columns: {
    clientRecordId: named('client_record_id', key(text)),
    apiId: named('api_id', key(text)),
    scope: key(text),
    grantedAt: named('granted_at', optionalMoment),
  },
});
