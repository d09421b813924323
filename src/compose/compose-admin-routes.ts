/** Every route of the admin API with the rules behind it. */
import type { AccessTokenVerification } from '../access-token/access-token-verification.ts';
import type { OneOffTokens } from '../access-token/one-off-tokens.ts';
import { accessRoutes } from '../admin/access.ts';
import { apiRoutes } from '../admin/apis.ts';
import { auditEventRoutes } from '../admin/audit-events.ts';
import { clientSecretRoutes } from '../admin/client-secrets.ts';
import { clientImpactRoutes } from '../admin/client-impact.ts';
import { oneOffTokenRoutes } from '../admin/one-off-token.ts';
import { clientFailureRoutes } from '../admin/client-failures.ts';
import { clientRoutes } from '../admin/clients.ts';
import { locationRoutes } from '../admin/locations.ts';
import { organizationRoutes } from '../admin/organizations.ts';
import { quickStartRoutes } from '../admin/quick-start.ts';
import { revocationRoutes } from '../admin/revocations.ts';
import { noticeRoutes } from '../admin/notices.ts';
import { invitationRoutes } from '../admin/invitations.ts';
import { meRoutes } from '../admin/me.ts';
import { memberRoutes } from '../admin/members.ts';
import { sessionRoutes } from '../admin/session.ts';
import type { SessionCookie } from '../admin/session-cookie.ts';
import type { Route } from '../admin/route.ts';
import { signingKeyRoutes } from '../admin/signing-keys.ts';
import { refusedAttemptRoutes } from '../admin/refused-attempts.ts';
import { usageRoutes } from '../admin/usage.ts';
import { webhookDeliveryRoutes } from '../admin/webhook-deliveries.ts';
import { webhookRoutes } from '../admin/webhooks.ts';
import { auditLogRoutes } from '../admin/audit-log.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { AuditTrail } from '../audit/audit-trail.ts';
import { AccessList } from '../directory/access-list.ts';
import { InvitationRegistry } from '../directory/invitation-registry.ts';
import { LocationDirectory } from '../directory/location-directory.ts';
import { MemberRegistry } from '../directory/member-registry.ts';
import { OrganizationDirectory } from '../directory/organization-directory.ts';
import { OwnApiAccess } from '../directory/own-api-access.ts';
import type { PasswordHashing } from '../directory/password-hashing.ts';
import { PrincipalNames } from '../directory/principal-names.ts';
import type { SessionRegistry } from '../directory/session-registry.ts';
import { NoticeBoard } from '../notice/notice-board.ts';
import { ApiRegistry } from '../registry/api-registry.ts';
import { ClientRegistry } from '../registry/client-registry.ts';
import { ClientSecretRegistry } from '../registry/client-secret-registry.ts';
import type { TokenRevocation } from '../registry/token-revocation.ts';
import type { SigningKeyRotation } from '../signing-key/signing-key-rotation.ts';
import type { Store } from '../store/store.ts';
import { ClientImpactReport } from '../usage/client-impact-report.ts';
import { UnusedScopeReport } from '../usage/unused-scope-report.ts';
import { ClientFailureReport } from '../usage/client-failure-report.ts';
import { RefusedAttemptReport } from '../usage/refused-attempt-report.ts';
import { UsageReport } from '../usage/usage-report.ts';
import type { UseFlush } from '../usage/use-flush.ts';
import { WebhookDeliveries } from '../webhook/webhook-deliveries.ts';
import { WebhookRegistry, type WebhookDependencies } from '../webhook/webhook-registry.ts';

/** Every route of the admin API, for the router and for the OpenAPI document. */
export function composeAdminRoutes(dependencies: {
  store: Store;
  rotation: SigningKeyRotation;
  verification: AccessTokenVerification;
  revocation: TokenRevocation;
  useFlush: UseFlush;
  oneOffTokens: OneOffTokens;
  webhooks: Omit<WebhookDependencies, 'store'>;
  auditLog: AuditLog;
  sessions: SessionRegistry;
  hashing: PasswordHashing;
  cookie: SessionCookie;
  issuer: string;
  adminUrl: string;
}): Route[] {
  const { store, rotation, verification, revocation, useFlush, oneOffTokens, auditLog } =
    dependencies;
  const webhooks = new WebhookRegistry({ store, ...dependencies.webhooks });
  const { sessions, hashing, cookie, issuer, adminUrl } = dependencies;
  const clients = new ClientRegistry({ store });
  const apis = new ApiRegistry({ store, signingKeys: rotation, issuer });
  const clientSecrets = new ClientSecretRegistry({ store });
  const invitations = new InvitationRegistry({ store, hashing });
  const apiAccess = new OwnApiAccess({ store, secrets: clientSecrets });
  return [
    ...organizationRoutes(new OrganizationDirectory({ store })),
    ...locationRoutes(new LocationDirectory({ store })),
    ...accessRoutes(new AccessList({ store })),
    ...apiRoutes(apis),
    ...clientRoutes(clients, clientSecrets),
    ...clientSecretRoutes(clientSecrets, useFlush),
    ...clientFailureRoutes(clients, new ClientFailureReport({ store, flush: useFlush })),
    ...clientImpactRoutes(clients, new ClientImpactReport({ store, flush: useFlush })),
    ...oneOffTokenRoutes(oneOffTokens),
    ...quickStartRoutes({ clients, apis, issuer, adminUrl }),
    ...signingKeyRoutes(rotation),
    ...revocationRoutes({ revocation, verification }),
    ...auditEventRoutes(new AuditTrail({ store })),
    ...auditLogRoutes(auditLog),
    ...refusedAttemptRoutes(new RefusedAttemptReport({ store, flush: useFlush })),
    ...usageRoutes(
      new UsageReport({ store, flush: useFlush }),
      new UnusedScopeReport({ store, flush: useFlush }),
    ),
    ...webhookRoutes(webhooks),
    ...webhookDeliveryRoutes(new WebhookDeliveries({ store })),
    ...memberRoutes({ members: new MemberRegistry({ store }), invitations, apiAccess }),
    ...invitationRoutes(invitations),
    ...sessionRoutes(sessions, cookie),
    ...meRoutes({ sessions, apiAccess, names: new PrincipalNames({ store }), issuer }),
    ...noticeRoutes(new NoticeBoard({ store, flush: useFlush })),
  ];
}
