/** The tables as plain columns. Relations and invariants are PostgreSQL's (see `migrations/`). */
import { apiEntity, apiScopeEntity, apiIntrospectionClientEntity } from './entities/api-entity.ts';
import { auditEventEntity } from './entities/audit-event-entity.ts';
import { auditKeyEntity } from './entities/audit-key-entity.ts';
import { clientEntity, clientIdentifierEntity } from './entities/client-entity.ts';
import { clientFailureEntity } from './entities/client-failure-entity.ts';
import { clientSecretEntity } from './entities/client-secret-entity.ts';
import { grantEntity, grantScopeEntity } from './entities/grant-entity.ts';
import { locationEntity } from './entities/location-entity.ts';
import { invitationEntity } from './entities/invitation-entity.ts';
import { memberEntity } from './entities/member-entity.ts';
import { memberSessionEntity } from './entities/member-session-entity.ts';
import { noticeEntity } from './entities/notice-entity.ts';
import { organizationEntity } from './entities/organization-entity.ts';
import { revokedTokenEntity } from './entities/revoked-token-entity.ts';
import { signingKeyEntity } from './entities/signing-key-entity.ts';
import { webhookDeliveryEntity } from './entities/webhook-delivery-entity.ts';
import { refusedAttemptEntity } from './entities/refused-attempt-entity.ts';
import { webhookEntity } from './entities/webhook-entity.ts';

export const entities = [
  organizationEntity,
  locationEntity,
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
  auditKeyEntity,
  clientFailureEntity,
  noticeEntity,
  webhookEntity,
  webhookDeliveryEntity,
  memberEntity,
  invitationEntity,
  memberSessionEntity,
  refusedAttemptEntity,
];
