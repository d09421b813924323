/** What the admin API answers, inferred from the very schemas it is described by. */
import type { z } from 'zod';
import type { accessHolderSchema } from '../../../src/admin/access.ts';
import type { apiSchema } from '../../../src/admin/apis.ts';
import type { auditEventSchema } from '../../../src/admin/audit-events.ts';
import type { verificationSchema } from '../../../src/admin/audit-log.ts';
import type {
  clientFailureSchema,
  listedFailureSchema,
} from '../../../src/admin/client-failures.ts';
import type { clientImpactSchema } from '../../../src/admin/client-impact.ts';
import type {
  clientSchema,
  createdClientSchema,
  regeneratedCredentialSchema,
} from '../../../src/admin/client-schemas.ts';
import type { clientSecretSchema, createdSecretSchema } from '../../../src/admin/client-secrets.ts';
import type { locationRecordSchema } from '../../../src/admin/locations.ts';
import type {
  apiAccessSchema,
  invitationSchema,
  issuedInvitationSchema,
  memberSchema,
  meSchema,
  openLinkSchema,
  shownApiAccessSchema,
} from '../../../src/admin/member-schemas.ts';
import type { noticeSchema } from '../../../src/admin/notices.ts';
import type { oneOffTokenSchema } from '../../../src/admin/one-off-token.ts';
import type { organizationRecordSchema } from '../../../src/admin/organizations.ts';
import type { quickStartSchema } from '../../../src/admin/quick-start.ts';
import type { problemSchema } from '../../../src/admin/schemas.ts';
import type { sessionSchema, signedInSchema } from '../../../src/admin/session-schemas.ts';
import type { signingKeySchema } from '../../../src/admin/signing-keys.ts';
import type { unusedScopeSchema, usageSchema } from '../../../src/admin/usage.ts';
import type {
  createdWebhookSchema,
  deliverySchema,
  listedWebhookSchema,
  rotatedWebhookSchema,
  webhookSchema,
} from '../../../src/admin/webhook-schemas.ts';
import type { AuditAction } from '../../../src/model/audit-event.ts';

export interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

export type AccessHolder = z.infer<typeof accessHolderSchema>;
export type Api = z.infer<typeof apiSchema>;
export type ApiAccess = z.infer<typeof apiAccessSchema>;
export type AuditEvent = z.infer<typeof auditEventSchema>;
export type AuditVerification = z.infer<typeof verificationSchema>;
export type Client = z.infer<typeof clientSchema>;
export type ClientFailure = z.infer<typeof clientFailureSchema>;
export type ClientImpact = z.infer<typeof clientImpactSchema>;
export type ClientSecret = z.infer<typeof clientSecretSchema>;
export type CreatedClient = z.infer<typeof createdClientSchema>;
export type CreatedSecret = z.infer<typeof createdSecretSchema>;
export type Grant = Client['grants'][number];
export type Invitation = z.infer<typeof invitationSchema>;
export type IssuedInvitation = z.infer<typeof issuedInvitationSchema>;
export type ListedWebhook = z.infer<typeof listedWebhookSchema>;
export type ListedFailure = z.infer<typeof listedFailureSchema>;
export type Location = z.infer<typeof locationRecordSchema>;
export type Me = z.infer<typeof meSchema>;
export type Member = z.infer<typeof memberSchema>;
export type MemberSession = z.infer<typeof sessionSchema>;
export type Notice = z.infer<typeof noticeSchema>;
export type OneOffToken = z.infer<typeof oneOffTokenSchema>;
export type OpenLink = z.infer<typeof openLinkSchema>;
export type Organization = z.infer<typeof organizationRecordSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type QuickStart = z.infer<typeof quickStartSchema>;
export type RegeneratedCredential = z.infer<typeof regeneratedCredentialSchema>;
export type ShownApiAccess = z.infer<typeof shownApiAccessSchema>;
export type SignedIn = z.infer<typeof signedInSchema>;
export type SigningKey = z.infer<typeof signingKeySchema>;
export type UnusedScope = z.infer<typeof unusedScopeSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type CreatedWebhook = z.infer<typeof createdWebhookSchema>;
export type RotatedWebhook = z.infer<typeof rotatedWebhookSchema>;
export type Webhook = z.infer<typeof webhookSchema>;
export type WebhookDelivery = z.infer<typeof deliverySchema>;
/** What a webhook can hear of. */
export type EventType = AuditAction | 'notice.created';

export type { Permission } from '../../../src/model/permission.ts';
export type { Role } from '../../../src/model/role.ts';
