/**
 * The one way to change the registry: a transaction that ends by raising the registry's version and
 * writing exactly one audit event with that number. A change without its event cannot be committed.
 */
import { randomBytes } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { AuditEvent, AuditEventDraft } from '../../model/audit-event.ts';
import type { AuditSigner } from '../../model/audit-key.ts';
import type { Actor } from '../../model/principal.ts';
import { newRecordId } from '../../model/record-id.ts';
import { StoreUnavailable } from '../../model/store-unavailable.ts';
import { EntitlementOvertaken, renewEntitlement } from './actor-entitlement.ts';
import { ApiStore } from '../records/api-store.ts';
import { addToChain, ChainOvertaken, type ChainChange } from './audit-chain.ts';
import { AuditEventStore } from '../records/audit-event-store.ts';
import { AuditKeyStore } from '../records/audit-key-store.ts';
import { raiseVersion, recordChange, settleVersion } from './change-end.ts';
import type { NotifiedChange } from '../following/change-notification.ts';
import { ClientSecretStore } from '../records/client-secret-store.ts';
import { ClientStore } from '../records/client-store.ts';
import { isCommitted } from './commit-outcome.ts';
import { callDatabase, isRepeatable } from '../database/database-fault.ts';
import { GrantStore } from '../records/grant-store.ts';
import { IdempotencyStore } from '../records/idempotency-store.ts';
import { LocationStore } from '../records/location-store.ts';
import { InvitationStore } from '../records/invitation-store.ts';
import { MemberSessionStore } from '../records/member-session-store.ts';
import { MemberStore } from '../records/member-store.ts';
import { InactivityStore } from '../records/inactivity-store.ts';
import { NoticeStore } from '../records/notice-store.ts';
import { OrganizationStore } from '../records/organization-store.ts';
import { SecretEndingStore } from '../records/secret-ending-store.ts';
import { SecretRetirementStore } from '../records/secret-retirement-store.ts';
import { RevokedTokenStore } from '../records/revoked-token-store.ts';
import { SigningKeyStore } from '../records/signing-key-store.ts';
import { VersionStamps, type VersionedTable } from './version-stamps.ts';
import { WebhookDeliveryStore } from '../records/webhook-delivery-store.ts';
import { WebhookStore } from '../records/webhook-store.ts';

const attemptsMax = 4;

/** What a change may read and write; everything in it commits together, or not at all. */
export interface RegistryChange {
  /** The database's clock at the start of the transaction. */
  readonly now: Date;
  readonly organizations: OrganizationStore;
  readonly locations: LocationStore;
  readonly apis: ApiStore;
  readonly clients: ClientStore;
  readonly grants: GrantStore;
  readonly clientSecrets: ClientSecretStore;
  readonly secretRetirements: SecretRetirementStore;
  readonly secretEndings: SecretEndingStore;
  readonly revokedTokens: RevokedTokenStore;
  readonly signingKeys: SigningKeyStore;
  readonly idempotencyKeys: IdempotencyStore;
  readonly notices: NoticeStore;
  readonly auditKeys: AuditKeyStore;
  readonly auditEvents: AuditEventStore;
  readonly webhooks: WebhookStore;
  readonly webhookDeliveries: WebhookDeliveryStore;
  readonly members: MemberStore;
  readonly invitations: InvitationStore;
  readonly memberSessions: MemberSessionStore;
  /** The audit event of this change: exactly one. */
  audit(event: AuditEventDraft): void;
  /** Beside adding its event, the change does something to the chain of audit events itself. */
  changeChain(chainChange: ChainChange): void;
  readonly inactivity: InactivityStore;
  /** The record gets this change's version, which is its ETag. */
  touch(table: VersionedTable, id: string): void;
  /** The same of clients that instances forget anyway, with the API that is touched: they may be many. */
  touchHolders(clientIds: readonly string[]): void;
  /** Access tokens that were issued before this change's version become inactive. */
  cutOff(table: 'organizations' | 'locations' | 'clients' | 'client_secrets', id: string): void;
  /** The same for every access token there is. */
  cutOffEverything(): void;
  /** Every instance forgets what it remembers of a client, an API, a location or an organization that is not touched. */
  affects(recordId: string): void;
  /** Instances remember nothing of what is changed, and forget nothing. */
  affectsNothing(): void;
  /** Takes nothing away from anybody, so nobody needs to have heard of it before it is acknowledged. */
  onlyAdds(): void;
  /** Signing keys changed: every instance reloads them before it signs again. */
  touchSigningKeys(): void;
  /** Nothing was changed after all, so there is nothing to audit. */
  unchanged(): void;
  /** Waits for its turn among all instances, for what no row can lock because it does not exist yet. */
  serialize(
    name: 'bootstrap' | 'signing keys' | 'audit keys' | 'audit retention' | 'members' | 'webhooks',
  ): Promise<void>;
}

export interface RegistryChanged<T> {
  value: T;
  /** The registry version this change made; undefined when it changed nothing. */
  version: bigint | undefined;
  onlyAdds: boolean;
  /** How many webhooks are to be told of it. */
  deliveries: number;
  /** What it says of itself; undefined: instances must read it. */
  notified?: NotifiedChange | undefined;
}

export interface ChangeDependencies {
  /** Added to the database's clock. */
  clockOffsetMillis: () => number;
  signer: AuditSigner;
}

export async function changeRegistry<T>(
  dataSource: DataSource,
  actor: Actor,
  dependencies: ChangeDependencies,
  work: (change: RegistryChange) => Promise<T>,
): Promise<RegistryChanged<T>> {
  let isOvertaken = false;
  for (let attempt = 1; ; attempt += 1) {
    const eventId = newRecordId('event', randomBytes(16));
    /** Nothing is left to be done for it but the commit. */
    let written: RegistryChanged<T> | undefined;
    try {
      return await callDatabase(() =>
        dataSource.transaction(async (manager) => {
          const current = isOvertaken
            ? await renewEntitlement(manager, actor, dependencies.clockOffsetMillis)
            : actor;
          written = await runOnce(manager, current, { ...dependencies, eventId }, work);
          return written;
        }),
      );
    } catch (error) {
      const broke = error instanceof StoreUnavailable;
      if (broke && written?.version !== undefined && (await isCommitted(dataSource, eventId))) {
        return written;
      }
      const overtaken = error instanceof EntitlementOvertaken;
      isOvertaken ||= overtaken;
      const mayPass = overtaken || error instanceof ChainOvertaken || isRepeatable(error);
      if (attempt < attemptsMax && mayPass) continue;
      // Others are always in the way: not a failure of ours, and worth another request.
      throw mayPass ? new StoreUnavailable(error) : error;
    }
  }
}

async function runOnce<T>(
  manager: EntityManager,
  actor: Actor,
  { eventId, clockOffsetMillis, signer }: ChangeDependencies & { eventId: string },
  work: (change: RegistryChange) => Promise<T>,
): Promise<RegistryChanged<T>> {
  const [clock] = await manager.query<{ now: Date }[]>('SELECT now()');
  const now = new Date((clock?.now.getTime() ?? Number.NaN) + clockOffsetMillis());
  const events: AuditEventDraft[] = [];
  const stamps = new VersionStamps();
  const affected = new Set<string>();
  let chainChange: ChainChange | undefined;
  let everythingCutOff = false;
  let signingKeysTouched = false;
  let nothingAffected = false;
  let onlyAdds = false;
  let changed = true;

  const value = await work({
    now,
    organizations: new OrganizationStore(manager),
    locations: new LocationStore(manager),
    apis: new ApiStore(manager),
    clients: new ClientStore(manager),
    grants: new GrantStore(manager),
    clientSecrets: new ClientSecretStore(manager),
    secretRetirements: new SecretRetirementStore(manager),
    secretEndings: new SecretEndingStore(manager),
    revokedTokens: new RevokedTokenStore(manager),
    signingKeys: new SigningKeyStore(manager),
    idempotencyKeys: new IdempotencyStore(manager),
    auditKeys: new AuditKeyStore(manager),
    auditEvents: new AuditEventStore(manager),
    notices: new NoticeStore(manager),
    inactivity: new InactivityStore(manager),
    webhooks: new WebhookStore(manager),
    webhookDeliveries: new WebhookDeliveryStore(manager),
    members: new MemberStore(manager),
    invitations: new InvitationStore(manager),
    memberSessions: new MemberSessionStore(manager, clockOffsetMillis),
    audit: (event) => void events.push(event),
    changeChain: (asked) => {
      chainChange = asked;
    },
    touch: (table, id) => {
      stamps.add(table, 'version', [id]);
      // No instance remembers a webhook.
      if (table !== 'webhooks') affected.add(id);
    },
    touchHolders: (ids) => stamps.add('clients', 'version', ids),
    cutOff: (table, id) => {
      stamps.add(table, 'cutoff_version', [id]);
      // A secret is remembered with its client, which its change touches.
      if (table !== 'client_secrets') affected.add(id);
    },
    cutOffEverything: () => {
      everythingCutOff = true;
    },
    affects: (id) => void affected.add(id),
    affectsNothing: () => {
      nothingAffected = true;
    },
    onlyAdds: () => {
      onlyAdds = true;
    },
    touchSigningKeys: () => {
      signingKeysTouched = true;
    },
    unchanged: () => {
      changed = false;
    },
    serialize: async (name) => {
      await manager.query('SET LOCAL lock_timeout = 0');
      await manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`latchkey ${name}`]);
    },
  });

  if (!changed) return { value, version: undefined, onlyAdds, deliveries: 0 };
  const [event] = events;
  if (event === undefined || events.length > 1) {
    throw new Error(`a change must write exactly one audit event, this one wrote ${events.length}`);
  }
  const { version, end } = await raiseVersion(manager, { signingKeysTouched, everythingCutOff });
  // A change that does not say what it affects may have changed anything.
  const isDeclared =
    !everythingCutOff && (affected.size > 0 || signingKeysTouched || nothingAffected);
  const forgotten = isDeclared ? [...affected] : null;
  const auditEvent: AuditEvent = {
    ...event,
    sequence: version,
    id: eventId,
    occurredAt: now,
    actorType: actor.principal.type,
    actorId: actor.principal.id,
    actorName: actor.principal.name,
    credential: actor.origin.credential ?? null,
    requestId: actor.origin.requestId,
    address: actor.origin.address,
    userAgent: actor.origin.userAgent ?? null,
  };
  const settled = await settleVersion(manager, auditEvent, stamps, actor.entitlement);
  const chained = await addToChain(manager, {
    signer,
    ends: { all: end, organization: settled.organizationEnd },
    chainChange,
    affected: forgotten,
    event: auditEvent,
  });
  const { deliveries, notified } = await recordChange(manager, {
    event: auditEvent,
    chained,
    mayBeHeard: settled.mayBeHeard,
    forgotten,
    told: signingKeysTouched ? null : forgotten,
  });
  return { value, version, onlyAdds, deliveries, notified };
}
