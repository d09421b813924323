/** The tables as plain columns. Relations and invariants are PostgreSQL's (see `migrations/`). */
import { EntitySchema, type EntitySchemaColumnOptions } from 'typeorm';
import type { SigningKeyState } from '../model/signing-key.ts';
import type { SigningAlgorithm } from '../model/signing-algorithm.ts';
import type { AuthenticationMethod, TokenType } from '../model/records.ts';
import type { NoticeDraft } from '../model/notice.ts';
import type { FailureReason } from '../model/usage.ts';

const text: EntitySchemaColumnOptions = { type: 'text' };
const optionalText: EntitySchemaColumnOptions = { type: 'text', nullable: true };
const integer: EntitySchemaColumnOptions = { type: 'integer' };
const flag: EntitySchemaColumnOptions = { type: 'boolean' };
const moment: EntitySchemaColumnOptions = { type: 'timestamptz' };
const optionalMoment: EntitySchemaColumnOptions = { type: 'timestamptz', nullable: true };
const bytes: EntitySchemaColumnOptions = { type: 'bytea' };
const number64: EntitySchemaColumnOptions = {
  type: 'bigint',
  transformer: {
    from: (value: string) => BigInt(value),
    to: (value: bigint | undefined) => value?.toString(),
  },
};
const key = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  primary: true,
});
const named = (name: string, column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  name,
});
const given = (column: EntitySchemaColumnOptions): EntitySchemaColumnOptions => ({
  ...column,
  insert: false,
  update: false,
});

export interface OrganizationRow {
  id: string;
  name: string;
  cutoffVersion: bigint;
  createdAt: Date;
}

export const organizationEntity = new EntitySchema<OrganizationRow>({
  name: 'organization',
  tableName: 'organizations',
  columns: {
    id: key(text),
    name: text,
    cutoffVersion: named('cutoff_version', number64),
    createdAt: named('created_at', moment),
  },
});

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

export interface ClientRow {
  id: string;
  organizationId: string;
  name: string;
  description: string;
  active: boolean;
  authenticationMethod: AuthenticationMethod;
  accessTokenLifetimeSeconds: number | null;
  exemptFromInactivity: boolean;
  cutoffVersion: bigint;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  lastUsedAt: Date | null;
  deletedAt: Date | null;
}

export const clientEntity = new EntitySchema<ClientRow>({
  name: 'client',
  tableName: 'clients',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    name: text,
    description: text,
    active: flag,
    authenticationMethod: named('authentication_method', text),
    accessTokenLifetimeSeconds: named('access_token_lifetime_seconds', {
      ...integer,
      nullable: true,
    }),
    exemptFromInactivity: named('exempt_from_inactivity', flag),
    cutoffVersion: named('cutoff_version', number64),
    version: number64,
    createdAt: named('created_at', moment),
    updatedAt: named('updated_at', moment),
    lastUsedAt: named('last_used_at', optionalMoment),
    deletedAt: named('deleted_at', optionalMoment),
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
    cutoffVersion: named('cutoff_version', number64),
    lastUsedAt: named('last_used_at', optionalMoment),
    lastUsedAddress: named('last_used_address', optionalText),
  },
});

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
}

export const grantScopeEntity = new EntitySchema<GrantScopeRow>({
  name: 'grant_scope',
  tableName: 'grant_scopes',
  columns: {
    clientRecordId: named('client_record_id', key(text)),
    apiId: named('api_id', key(text)),
    scope: key(text),
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

export interface SigningKeyRow {
  kid: string;
  algorithm: SigningAlgorithm;
  state: SigningKeyState;
  publicJwk: object;
  privateJwe: string | null;
  createdAt: Date;
  signsAt: Date;
  retiredAt: Date | null;
  goneAt: Date | null;
  revokedAt: Date | null;
}

export const signingKeyEntity = new EntitySchema<SigningKeyRow>({
  name: 'signing_key',
  tableName: 'signing_keys',
  columns: {
    kid: key(text),
    algorithm: text,
    state: text,
    publicJwk: named('public_jwk', { type: 'jsonb' }),
    privateJwe: named('private_jwe', optionalText),
    createdAt: named('created_at', moment),
    signsAt: named('signs_at', moment),
    retiredAt: named('retired_at', optionalMoment),
    goneAt: named('gone_at', optionalMoment),
    revokedAt: named('revoked_at', optionalMoment),
  },
});

export interface AuditEventRow {
  sequence: bigint;
  id: string;
  occurredAt: Date;
  actorType: string;
  actorId: string;
  action: string;
  targetType: string;
  targetId: string;
  organizationId: string | null;
  affected: string[] | null;
  body: string;
}

export const auditEventEntity = new EntitySchema<AuditEventRow>({
  name: 'audit_event',
  tableName: 'audit_events',
  columns: {
    sequence: key(number64),
    id: text,
    occurredAt: named('occurred_at', moment),
    actorType: named('actor_type', text),
    actorId: named('actor_id', text),
    action: text,
    targetType: named('target_type', text),
    targetId: named('target_id', text),
    organizationId: named('organization_id', optionalText),
    affected: { type: 'text', array: true, nullable: true },
    body: text,
  },
});

export interface RevokedTokenRow {
  /** `jti` */
  tokenId: string;
  clientRecordId: string;
  expiresAt: Date;
  revokedAt: Date;
}

export const revokedTokenEntity = new EntitySchema<RevokedTokenRow>({
  name: 'revoked_token',
  tableName: 'revoked_tokens',
  columns: {
    tokenId: named('token_id', key(text)),
    clientRecordId: named('client_record_id', text),
    expiresAt: named('expires_at', moment),
    revokedAt: named('revoked_at', moment),
  },
});

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

export interface NoticeRow extends Omit<NoticeDraft, 'count'> {
  id: string;
  count: bigint;
  readAt: Date | null;
}

export const noticeEntity = new EntitySchema<NoticeRow>({
  name: 'notice',
  tableName: 'notices',
  columns: {
    id: key(text),
    organizationId: named('organization_id', text),
    kind: text,
    occasion: text,
    parameters: { type: 'jsonb' },
    count: number64,
    firstOccurredAt: named('first_occurred_at', moment),
    lastOccurredAt: named('last_occurred_at', moment),
    readAt: named('read_at', optionalMoment),
  },
});

export const entities = [
  organizationEntity,
  apiEntity,
  apiScopeEntity,
  clientEntity,
  clientIdentifierEntity,
  clientSecretEntity,
  grantEntity,
  grantScopeEntity,
  apiIntrospectionClientEntity,
  signingKeyEntity,
  revokedTokenEntity,
  auditEventEntity,
  clientFailureEntity,
  noticeEntity,
];
