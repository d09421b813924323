/** Table columns of APIs, their scopes, and who may introspect their tokens. */
import { EntitySchema } from 'typeorm';
import type { SigningAlgorithm } from '../../model/signing-algorithm.ts';
import type { TokenType } from '../../model/records.ts';
import {
  text,
  optionalText,
  integer,
  flag,
  moment,
  optionalMoment,
  number64,
  key,
  named,
} from './column-types.ts';

export interface ApiRow {
  id: string;
  organizationId: string | null;
  identifier: string;
  name: string;
  accessTokenLifetimeSeconds: number;
  signingAlgorithm: SigningAlgorithm;
  tokenType: TokenType;
  builtIn: boolean;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
}

export const apiEntity = new EntitySchema<ApiRow>({
  name: 'api',
  tableName: 'apis',
  columns: {
    id: key(text),
    organizationId: named('organization_id', optionalText),
    identifier: text,
    name: text,
    accessTokenLifetimeSeconds: named('access_token_lifetime_seconds', integer),
    signingAlgorithm: named('signing_algorithm', text),
    tokenType: named('token_type', text),
    builtIn: named('built_in', flag),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    deletedAt: named('deleted_at', optionalMoment),
  },
});

export interface ApiScopeRow {
  apiId: string;
  value: string;
  description: string;
  position: number;
}

export const apiScopeEntity = new EntitySchema<ApiScopeRow>({
  name: 'api_scope',
  tableName: 'api_scopes',
  columns: {
    apiId: named('api_id', key(text)),
    value: key(text),
    description: text,
    position: integer,
  },
});

export interface ApiIntrospectionClientRow {
  apiId: string;
  clientRecordId: string;
}

export const apiIntrospectionClientEntity = new EntitySchema<ApiIntrospectionClientRow>({
  name: 'api_introspection_client',
  tableName: 'api_introspection_clients',
  columns: {
    apiId: named('api_id', key(text)),
    clientRecordId: named('client_record_id', key(text)),
  },
});
