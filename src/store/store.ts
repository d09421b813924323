/** The registry's store: readers, and the one way to change anything. */
import type { AuditSigner } from '../model/audit-key.ts';
import type { Actor } from '../model/principal.ts';
import { renewEntitlement } from './change/actor-entitlement.ts';
import {
  Acknowledgement,
  adoptionMillisMax,
  obedienceMillisMax,
} from './following/acknowledgement.ts';
import { AccessStore } from './records/access-store.ts';
import { ApiStore } from './records/api-store.ts';
import { readChainEnd, type WholeChainEnd } from './change/audit-chain-end.ts';
import { AuditEventStore } from './records/audit-event-store.ts';
import { AuditKeyStore } from './records/audit-key-store.ts';
import { ClientSecretStore } from './records/client-secret-store.ts';
import { ClientStore } from './records/client-store.ts';
import { ClientFailureStore } from './records/client-failure-store.ts';
import type { NotifiedChange } from './following/change-notification.ts';
import { ChangeQueue } from './change/change-queue.ts';
import type { Database } from './database/database.ts';
import { callDatabase } from './database/database-fault.ts';
import { LocationStore } from './records/location-store.ts';
import { InvitationStore } from './records/invitation-store.ts';
import { MemberSessionStore } from './records/member-session-store.ts';
import { MemberStore } from './records/member-store.ts';
import { GrantStore } from './records/grant-store.ts';
import { IdempotencyStore } from './records/idempotency-store.ts';
import { InactivityStore } from './records/inactivity-store.ts';
import { JobTurnStore } from './records/job-turn-store.ts';
import { NoticeStore } from './records/notice-store.ts';
import { OrganizationStore } from './records/organization-store.ts';
import {
  changeRegistry,
  type RegistryChange,
  type RegistryChanged,
} from './change/registry-change.ts';
import { RefusedAttemptStore } from './records/refused-attempt-store.ts';
import { RevokedTokenStore } from './records/revoked-token-store.ts';
import { SigningKeyStore } from './records/signing-key-store.ts';
import { TokenClientReader } from './records/token-client-reader.ts';
import { ClientImpactStore } from './records/client-impact-store.ts';
import { SecretEndingStore } from './records/secret-ending-store.ts';
import { SecretRetirementStore } from './records/secret-retirement-store.ts';
import { UnusedScopeStore } from './records/unused-scope-store.ts';
import { TokenUsageStore } from './records/token-usage-store.ts';
import { countOnce, storeUses, type UseRecords } from './records/use-record.ts';
import { UseStore, type UseCounts } from './records/use-store.ts';
import { WebhookDeliveryStore } from './records/webhook-delivery-store.ts';
import { WebhookQueue } from './records/webhook-queue.ts';
import { WebhookStore } from './records/webhook-store.ts';

export interface RegistryReaders {
  readonly organizations: OrganizationStore;
  readonly locations: LocationStore;
  readonly apis: ApiStore;
  readonly access: AccessStore;
  readonly clients: ClientStore;
  readonly grants: GrantStore;
  readonly clientSecrets: ClientSecretStore;
  readonly signingKeys: SigningKeyStore;
  readonly auditEvents: AuditEventStore;
  readonly auditKeys: AuditKeyStore;
  readonly clientFailures: ClientFailureStore;
  readonly tokenUsage: TokenUsageStore;
  readonly clientImpact: ClientImpactStore;
  readonly unusedScopes: UnusedScopeStore;
  readonly secretRetirements: SecretRetirementStore;
  readonly secretEndings: SecretEndingStore;
  readonly notices: NoticeStore;
  readonly webhooks: WebhookStore;
  readonly webhookDeliveries: WebhookDeliveryStore;
  readonly members: MemberStore;
  readonly invitations: InvitationStore;
  readonly memberSessions: MemberSessionStore;
  readonly inactivity: InactivityStore;
  readonly refusedAttempts: RefusedAttemptStore;
}

export interface RegistryState {
  version: bigint;
  signingKeysVersion: bigint;
  now: Date;
}

/** Whoever remembers parts of the registry, and must hear of this instance's own changes at once. */
export interface Follower {
  /** A change was committed here just now: whatever is heard or read of it elsewhere. */
  hearOwnChange(change: NotifiedChange): void;
  /** Resolves when everything up to `version` is applied; rejects when that cannot be known. */
  catchUpWith(version: bigint): Promise<void>;
}

export class Store {
  readonly kind: Database['kind'];
  readonly tokenClients: TokenClientReader;
  readonly webhookQueue: WebhookQueue;
  readonly #database: Database;
  readonly #readers: RegistryReaders;
  readonly #secretRetirements: SecretRetirementStore;
  readonly #changes: ChangeQueue;
  readonly #acknowledgement: Acknowledgement | undefined;
  #follower: Follower | undefined;
  #signer: AuditSigner | undefined;
  readonly #clockOffsetMillis: () => number;

  /** `clockOffsetMillis` is added to the database's clock, so that tests can move it. */
  constructor(database: Database, clockOffsetMillis: () => number = () => 0) {
    this.#database = database;
    this.#clockOffsetMillis = clockOffsetMillis;
    this.kind = database.kind;
    this.#changes = new ChangeQueue(database.changesAtOnceMax);
    this.#acknowledgement =
      database.kind === 'postgresql' ? new Acknowledgement(database.pool) : undefined;
    this.tokenClients = new TokenClientReader(database.pool, clockOffsetMillis);
    this.webhookQueue = new WebhookQueue(database, clockOffsetMillis);
    const { manager } = database.dataSource;
    this.#secretRetirements = new SecretRetirementStore(manager);
    this.#readers = {
      organizations: new OrganizationStore(manager),
      locations: new LocationStore(manager),
      apis: new ApiStore(manager),
      access: new AccessStore(manager),
      clients: new ClientStore(manager),
      grants: new GrantStore(manager),
      clientSecrets: new ClientSecretStore(manager),
      signingKeys: new SigningKeyStore(manager),
      auditEvents: new AuditEventStore(manager),
      auditKeys: new AuditKeyStore(manager),
      clientFailures: new ClientFailureStore(manager),
      tokenUsage: new TokenUsageStore(manager),
      clientImpact: new ClientImpactStore(manager),
      unusedScopes: new UnusedScopeStore(manager),
      secretRetirements: this.#secretRetirements,
      secretEndings: new SecretEndingStore(manager),
      notices: new NoticeStore(manager),
      webhooks: new WebhookStore(manager),
      webhookDeliveries: new WebhookDeliveryStore(manager),
      members: new MemberStore(manager),
      invitations: new InvitationStore(manager),
      memberSessions: new MemberSessionStore(manager, clockOffsetMillis),
      inactivity: new InactivityStore(manager),
      refusedAttempts: new RefusedAttemptStore(manager),
    };
  }

  /** Throws StoreUnavailable when the database does not answer. */
  async read<T>(work: (readers: RegistryReaders) => Promise<T>): Promise<T> {
    return callDatabase(() => work(this.#readers));
  }

  /** Throws StoreUnavailable when the database does not answer; then nothing was changed, or all of it. */
  async change<T>(
    actor: Actor,
    work: (change: RegistryChange) => Promise<T>,
  ): Promise<RegistryChanged<T>> {
    const signer = this.#signer;
    if (signer === undefined) throw new Error('nothing can be changed: nobody signs audit events');
    const clockOffsetMillis = this.#clockOffsetMillis;
    const changed = await this.#changes.run(() =>
      changeRegistry(this.#database.dataSource, actor, { clockOffsetMillis, signer }, work),
    );
    if (changed.deliveries > 0) this.webhookQueue.wake();
    if (changed.notified) this.#follower?.hearOwnChange(changed.notified);
    if (changed.version !== undefined) {
      await this.#untilObeyed(changed.version, changed.onlyAdds, actor.waits ?? true);
    }
    return changed;
  }

  /**
   * Resolves when every instance obeys whatever was changed before this call, with the registry version
   * of then: for whoever finds that its change was made already, perhaps a moment ago. Throws
   * StoreUnavailable.
   */
  async untilAllObey(actor: Actor): Promise<bigint> {
    const { version } = await this.readState();
    await this.#untilObeyed(version, false, actor.waits ?? true);
    return version;
  }

  /**
   * Writes what was counted in memory, which is no change of the registry, in one transaction; only once
   * for each `receipt` (a UUID), so it may be repeated when nobody knows what became of it. Throws
   * StoreUnavailable when the database does not answer.
   */
  async count(receipt: string, work: (records: UseRecords) => Promise<void>): Promise<void> {
    return countOnce(this.#database.dataSource, receipt, work);
  }

  /** Moves the last use of clients forward, and nothing else. Throws StoreUnavailable. */
  async storeUses(clients: UseCounts['clients']): Promise<void> {
    return storeUses(this.#database.dataSource, clients);
  }

  /** This instance counts uses in memory, and stores them a minute or two later. Throws StoreUnavailable. */
  async noteCounting(instanceId: string): Promise<void> {
    const { now } = await this.readState();
    return callDatabase(() => this.#secretRetirements.noteCounting(instanceId, now));
  }

  /** It has stored everything, and counts no more. Throws StoreUnavailable. */
  async endCounting(instanceId: string): Promise<void> {
    return callDatabase(() => this.#secretRetirements.endCounting(instanceId));
  }

  /** What instances that are gone may have known of a use goes for one. Throws StoreUnavailable. */
  async forgetSilenceOfTheLost(now: Date): Promise<void> {
    return callDatabase(() => this.#secretRetirements.forgetSilenceOfTheLost(now));
  }

  /** Removes some of what is too old to be kept of uses; false when nothing is left to remove. */
  async purgeUse(now: Date): Promise<boolean> {
    return callDatabase(() => new UseStore(this.#database.dataSource.manager).purge(now));
  }

  /** Removes what has expired and nobody asks for any more. Throws StoreUnavailable. */
  async purgeExpired(): Promise<void> {
    const { manager } = this.#database.dataSource;
    const { now } = await this.readState();
    for (const records of [
      new IdempotencyStore(manager),
      new RevokedTokenStore(manager),
      new MemberSessionStore(manager, this.#clockOffsetMillis),
      new InvitationStore(manager),
      new RefusedAttemptStore(manager),
    ]) {
      let isMore = true;
      while (isMore) isMore = await callDatabase(() => records.purge(now));
    }
  }

  /** Throws `unauthenticated` or `forbidden` when the actor was let in by what does not hold any more. */
  async requireStillEntitled(actor: Actor): Promise<void> {
    const { manager } = this.#database.dataSource;
    await callDatabase(() => renewEntitlement(manager, actor, this.#clockOffsetMillis));
  }

  /** True for one caller of all instances until `nextAt`: whoever it is does the job. */
  async takeTurn(job: string, now: Date, nextAt: Date): Promise<boolean> {
    return callDatabase(() =>
      new JobTurnStore(this.#database.dataSource.manager).take(job, now, nextAt),
    );
  }

  /** Those of clients that have become exempt from inactivity; no change of the registry. */
  async endCountdownsOfExempt(): Promise<void> {
    return callDatabase(() =>
      new InactivityStore(this.#database.dataSource.manager).endCountdownsOfExempt(),
    );
  }

  /** From now on `follower` hears of every change made here before it is acknowledged. */
  follow(follower: Follower): void {
    this.#follower = follower;
  }

  /** From now on changes can be made: `signer` signs their audit events. */
  signAuditEventsWith(signer: AuditSigner): void {
    this.#signer = signer;
  }

  /** The change is committed, so nothing here throws: at the latest every lease has run out. */
  async #untilObeyed(version: bigint, onlyAdds: boolean, waits: boolean): Promise<void> {
    const others =
      this.#acknowledgement?.untilSeen(
        version,
        onlyAdds ? adoptionMillisMax : obedienceMillisMax,
      ) ?? Promise.resolve();
    const here = this.#follower?.catchUpWith(version).catch(() => undefined);
    await (waits ? others : Promise.race([here, others]));
    if (this.kind === 'embedded') await here;
  }

  /** Throws StoreUnavailable. */
  async readChainEnd(organizationId: string | null = null): Promise<WholeChainEnd> {
    const end = await callDatabase(() => readChainEnd(this.#database.pool, organizationId));
    return { ...end, now: new Date(end.now.getTime() + this.#clockOffsetMillis()) };
  }

  async readState(): Promise<RegistryState> {
    const { rows } = await callDatabase(() =>
      this.#database.pool.query<{ version: string; signingKeysVersion: string; now: Date }>({
        name: 'read-registry-state',
        text: `SELECT version::text, signing_keys_version::text AS "signingKeysVersion", clock_timestamp() AS now
                 FROM registry_state`,
      }),
    );
    const [row] = rows;
    if (row === undefined) throw new Error('registry_state has lost its row');
    return {
      version: BigInt(row.version),
      signingKeysVersion: BigInt(row.signingKeysVersion),
      now: new Date(row.now.getTime() + this.#clockOffsetMillis()),
    };
  }
}
