/** The one place that builds a server: by hand, in order, and takes it down in reverse. */
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AccessTokenMint } from '../access-token/access-token-mint.ts';
import { OneOffTokens } from '../access-token/one-off-tokens.ts';
import { AccessTokenVerification } from '../access-token/access-token-verification.ts';
import { AdminAuthorization } from '../admin/authorization.ts';
import { SessionCookie } from '../admin/session-cookie.ts';
import { PasswordHashing } from '../directory/password-hashing.ts';
import { SessionRegistry } from '../directory/session-registry.ts';
import { SignInBrake } from '../directory/sign-in-brake.ts';
import type { ConnectionLimits } from '../http/listener.ts';
import type { Log } from '../http/log.ts';
import { Metrics } from '../http/metrics.ts';
import { adminApiIdentifier, operatorAtTheMachine } from '../registry/bootstrap.ts';
import { Housekeeping } from '../registry/housekeeping.ts';
import { Inactivity } from '../registry/inactivity.ts';
import { SecretEnding } from '../registry/secret-ending.ts';
import { SecretRetirement } from '../registry/secret-retirement.ts';
import { systemActor } from '../registry/system-actor.ts';
import { TokenRevocation } from '../registry/token-revocation.ts';
import { SigningKeyWatch } from '../signing-key/signing-key-watch.ts';
import type { Database } from '../store/database/database.ts';
import type { Refusal } from '../model/refused-attempt.ts';
import { AddressPolicy } from '../webhook/address-policy.ts';
import { DeliveryWorker } from '../webhook/delivery-worker.ts';
import { WebhookSender } from '../webhook/webhook-sender.ts';
import { UseFlush, useFlushMillisDefault } from '../usage/use-flush.ts';
import { UseLedger } from '../usage/use-ledger.ts';
import {
  composeRegistry,
  ensureOperator,
  type FirstStart,
  type InstanceSettings,
} from './compose-registry.ts';
import { composeAdminRoutes } from './compose-admin-routes.ts';
import { composeAudit } from './compose-audit.ts';
import { Listeners, type ListeningPorts } from './compose-listeners.ts';
import { composeMemory, type MemoryOptions } from './compose-memory.ts';
import { composeOAuth, type OAuthOptions } from './compose-oauth.ts';
import { composeRouters } from './compose-routers.ts';

export interface RunningServer extends ListeningPorts {
  metricsPort: number | undefined;
  hasOperator: boolean;
  databaseKind: Database['kind'];
  /** Drains, closes every connection, then the database. `othersListen` on the same port, and go on. */
  close(drainSeconds?: number, othersListen?: boolean): Promise<void>;
}

export interface StartedServer {
  server: RunningServer;
  /** When it was the first. */
  firstStart: FirstStart | undefined;
}

export interface ServerOptions extends MemoryOptions, OAuthOptions {
  /** Whether a new operator's secret has somewhere to be shown. */
  mayShowSecret: boolean;
  /** How long what a client does is counted in memory before it is stored. */
  useFlushMillis?: number;
  /** How often it is looked for deliveries that nobody here has made; null: none is ever sent. */
  webhookPollMillis?: number | null | undefined;
  /** Counted here when somebody else reads them. */
  metrics?: Metrics;
  /** Called when it listens; ready when this resolves. */
  untilOthersListen?: (ports: ListeningPorts) => Promise<void>;
  /** Of each listener, so that tests can fill it. */
  connectionLimits?: ConnectionLimits;
}

export async function composeServer(
  settings: InstanceSettings,
  log: Log,
  options: ServerOptions,
): Promise<StartedServer> {
  const registry = await composeRegistry(settings, log, {
    clockOffsetMillis: options.clockOffsetMillis,
    // Alone on its database, an instance may move; beside others it would take their admin API away.
    keepIssuer: settings.databaseUrl !== null,
  });
  const { store, ring, rotation, bootstrap, encryption } = registry;
  if (registry.migrated.length > 0) log.info({ migrations: registry.migrated }, 'migrated');

  const { issuer, adminUrl } = settings;
  let started = false;
  const metrics = options.metrics ?? new Metrics();
  metrics.readLossesOf(log);
  const mint = new AccessTokenMint({ issuer, signingKeys: ring });
  const flushMillis = options.useFlushMillis ?? useFlushMillisDefault;
  const use = new UseLedger({ store, flushMillis });
  const useFlush = new UseFlush({
    ledger: use,
    store,
    flushMillis,
    onLoss: (message, facts) => log.warn(facts, message),
  });
  const { memory, follower, readingTimes } = composeMemory(registry, log, metrics, options);
  const verification = new AccessTokenVerification({ issuer, signingKeys: ring, clients: memory });
  const revocation = new TokenRevocation({ store });
  const oauth = composeOAuth(
    { issuer, mint, verification, revocation, memory, readingTimes, use },
    options,
  );
  const watch = new SigningKeyWatch({
    ring,
    rotation,
    actor: operatorAtTheMachine,
    now: () => new Date(follower.nowSeconds * 1000),
    onError: (error) => log.warn({ err: error }, 'a signing key is due and could not be moved on'),
  });

  const policy = new AddressPolicy({
    allowedHosts: settings.webhookAllowedHosts,
    ownHosts: [issuer, adminUrl].map((url) => new URL(url).hostname),
  });
  if (settings.webhookAllowedHosts.length > 0) {
    log.info({ hosts: settings.webhookAllowedHosts }, 'webhooks may be sent to what is not public');
  }
  const deliveries = new DeliveryWorker({
    store,
    sender: new WebhookSender({ policy }),
    encryption,
    actor: operatorAtTheMachine,
    pollMillis: options.webhookPollMillis ?? undefined,
    onError: (error) =>
      log.warn({ err: error }, 'webhooks could not be looked after: trying again'),
    onUnreadableSecret: (error, webhook) =>
      log.error({ err: error, webhook }, 'the signing secret of a webhook cannot be opened'),
    onAttempt: (facts) => log.info(facts, 'webhook'),
  });
  const inactivity = new Inactivity({ store });
  const retirement = new SecretRetirement({ store, actor: systemActor('secret_retirement') });
  const ending = new SecretEnding({ store });
  const housekeeping = new Housekeeping({
    store,
    jobs: [
      { name: 'inactivity', everySeconds: 3600, work: () => inactivity.look() },
      { name: 'purge', everySeconds: 3600, work: () => store.purgeExpired() },
      {
        name: 'signing_key_rotation',
        everySeconds: 600,
        work: async () => {
          const days = settings.signingKeyRotationDays;
          if (days > 0) await rotation.rotateDue(systemActor('signing key rotation'), days);
        },
      },
      { name: 'secret_retirement', everySeconds: 60, work: () => retirement.look() },
      { name: 'secret_ending', everySeconds: 600, work: () => ending.look() },
    ],
    now: () => new Date(follower.nowSeconds * 1000),
    onError: (error, job) => log.warn({ err: error, job }, 'a job could not be done: later again'),
  });

  const audit = composeAudit(registry, log, {
    retentionDays: settings.auditRetentionDays,
    version: () => follower.version,
    now: () => new Date(follower.nowSeconds * 1000),
  });
  const cookie = new SessionCookie(adminUrl);
  const onRefusal = (refusal: Refusal) =>
    use.adminRefusals.note(refusal, new Date(follower.nowSeconds * 1000));
  const hashing = new PasswordHashing();
  const sessions = new SessionRegistry({
    store,
    hashing,
    brake: new SignInBrake(sleep),
    onRefusal,
  });
  const adminRoutes = composeAdminRoutes({
    auditLog: audit.auditLog,
    store,
    webhooks: { encryption, policy },
    rotation,
    verification,
    revocation,
    useFlush,
    oneOffTokens: new OneOffTokens({ store, mint, clients: memory, use }),
    sessions,
    hashing,
    cookie,
    issuer,
    adminUrl,
  });
  const listeners: Listeners = new Listeners({
    settings,
    log,
    metrics,
    oauth,
    limits: options.connectionLimits,
    ...composeRouters({
      issuer,
      adminUrl,
      isAdminApart: settings.adminPort !== null,
      health: {
        isReady: () => started && ring.isLoaded && !listeners.isDraining,
        isDatabaseUp: () => follower.isDatabaseUp,
      },
      signingKeys: ring,
      adminRoutes,
      authorization: new AdminAuthorization({
        verification,
        sessions,
        cookie,
        audience: adminApiIdentifier(issuer),
      }),
      onRefusal,
    }),
  });

  let metricsServer: { port: number; server: Server } | undefined;
  const close = async (drainSeconds = settings.drainSeconds, othersListen = false) => {
    await listeners.close(drainSeconds, othersListen);
    // Each waits for the database, which may not answer.
    await Promise.all([
      watch.stop(),
      housekeeping.stop(),
      useFlush.close(),
      follower.stop(),
      deliveries.stop(),
      audit.stop(),
    ]);
    metricsServer?.server.close();
    await registry.database.close();
  };
  try {
    if (settings.metricsPort >= 0) metricsServer = await metrics.listen(settings.metricsPort);
    await follower.start();
    memory.scanClientIds();
    const ports = await listeners.listen();
    watch.start();
    if (options.webhookPollMillis !== null) deliveries.start();
    audit.start();
    housekeeping.start();
    useFlush.start();
    if (options.untilOthersListen) {
      await options.untilOthersListen(ports);
      // What was made meanwhile is known here when it is ready.
      await follower.catchUpWith((await store.readState()).version);
    }
    // Last of all: a secret that was made must not be lost to a port that is taken.
    const firstStart = await ensureOperator(registry, settings, options.mayShowSecret);
    const hasOperator = firstStart !== undefined || (await bootstrap.hasOperator());
    started = true;
    const server = {
      ...ports,
      metricsPort: metricsServer?.port,
      hasOperator,
      databaseKind: store.kind,
      close,
    };
    return { server, firstStart };
  } catch (error) {
    // Also the listener, or a server that is never ready would run on.
    await close(0);
    throw error;
  }
}
