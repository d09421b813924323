/** The one place that builds everything: by hand, in order, and takes it down in reverse. */
import type { Server } from 'node:http';
import { AccessTokenMint } from './access-token/access-token-mint.ts';
import { AccessTokenVerification } from './access-token/access-token-verification.ts';
import { adminRouter } from './admin/admin-router.ts';
import { apiRoutes } from './admin/apis.ts';
import { auditEventRoutes } from './admin/audit-events.ts';
import { AdminAuthorization } from './admin/authorization.ts';
import { clientSecretRoutes } from './admin/client-secrets.ts';
import { clientFailureRoutes } from './admin/client-failures.ts';
import { clientRoutes } from './admin/clients.ts';
import { docsRouter } from './admin/docs.ts';
import { revocationRoutes } from './admin/revocations.ts';
import { noticeRoutes } from './admin/notices.ts';
import { createOpenApiDocument } from './admin/openapi.ts';
import type { Route } from './admin/route.ts';
import { signingKeyRoutes } from './admin/signing-keys.ts';
import { usageRoutes } from './admin/usage.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import type { Settings } from './config.ts';
import { createApp } from './http/app.ts';
import { attachExchange } from './http/exchange.ts';
import { healthRouter } from './http/health.ts';
import { Listener, type RequestHandler } from './http/listener.ts';
import type { Log } from './http/log.ts';
import { Metrics } from './http/metrics.ts';
import { refuseOverloaded } from './http/refusals.ts';
import { RegistryError } from './model/registry-error.ts';
import { NoticeBoard } from './notice/notice-board.ts';
import { Engine, tokenPath } from './oauth/engine.ts';
import { FastLane } from './oauth/fast-lane.ts';
import { GuessBrake } from './oauth/guess-brake.ts';
import { ClientAuthentication } from './oauth/client-authentication.ts';
import { IntrospectionEndpoint, introspectionPath } from './oauth/introspection-endpoint.ts';
import { metadataRouter } from './oauth/metadata.ts';
import { RevocationEndpoint, revocationPath } from './oauth/revocation-endpoint.ts';
import { TokenEndpoint } from './oauth/token-endpoint.ts';
import { ApiRegistry } from './registry/api-registry.ts';
import {
  adminApiIdentifier,
  Bootstrap,
  operatorAtTheMachine,
  type BootstrapCredential,
} from './registry/bootstrap.ts';
import { ClientRegistry } from './registry/client-registry.ts';
import { ClientSecretRegistry } from './registry/client-secret-registry.ts';
import { TokenRevocation } from './registry/token-revocation.ts';
import { RegistryFollower } from './registry-memory/registry-follower.ts';
import { RegistryMemory } from './registry-memory/registry-memory.ts';
import {
  ensureKeyEncryptionKeyFile,
  keyEncryptionKeyFile,
} from './signing-key/key-encryption-key-file.ts';
import { KeyEncryption } from './signing-key/key-encryption.ts';
import { SigningKeyRing } from './signing-key/signing-key-ring.ts';
import { SigningKeyRotation } from './signing-key/signing-key-rotation.ts';
import { SigningKeyWatch } from './signing-key/signing-key-watch.ts';
import { isEmbeddedDatabaseMade } from './store/embedded-database.ts';
import { openDatabase, type Database, type DatabaseSettings } from './store/database.ts';
import { hasLiveInstance } from './store/live-instances.ts';
import { migrate } from './store/migrations.ts';
import { RegistryFeed } from './store/registry-feed.ts';
import { Store } from './store/store.ts';
import { ClientFailureReport } from './usage/client-failure-report.ts';
import { UsageReport } from './usage/usage-report.ts';
import { UseFlush, useFlushMillisDefault } from './usage/use-flush.ts';
import { UseLedger } from './usage/use-ledger.ts';

/** An open database with every migration applied, and nothing made in it yet. */
export interface MigratedStore {
  database: Database;
  store: Store;
  /** Migrations that were applied just now. */
  migrated: string[];
}

export interface Registry extends MigratedStore {
  bootstrap: Bootstrap;
  rotation: SigningKeyRotation;
  ring: SigningKeyRing;
}

/** How many connections it may have is not for everybody to set. */
export type InstanceSettings = Settings & DatabaseSettings;

export async function composeStore(
  settings: InstanceSettings,
  log: Log,
  clockOffsetMillis: () => number = () => 0,
): Promise<MigratedStore> {
  if (settings.databaseUrl === null && !isEmbeddedDatabaseMade(settings.dataDir)) {
    log.info({ folder: settings.dataDir }, 'setting up the database: this takes some seconds');
  }
  const database = await openDatabase(settings, (error, message) =>
    log.warn({ err: error }, message),
  );
  try {
    const migrated = await migrate(database.dataSource);
    return { database, store: new Store(database, clockOffsetMillis), migrated };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens and migrates the database and makes what every instance needs: foundation and signing keys. */
export async function composeRegistry(
  settings: InstanceSettings,
  log: Log,
  options: {
    clockOffsetMillis?: (() => number) | undefined;
    /** Servers may be running on it: refuse to move the admin API to another issuer under them. */
    keepIssuer?: boolean;
    /** Refuse to move it while a server is running. */
    moveAlone?: boolean;
  } = {},
): Promise<Registry> {
  const migratedStore = await composeStore(settings, log, options.clockOffsetMillis);
  const { database, store } = migratedStore;
  try {
    await requireSameIssuer(migratedStore, settings.issuer, options);
    const encryption = await openKeyEncryption(settings, store);
    const bootstrap = new Bootstrap({ store, issuer: settings.issuer });
    await bootstrap.ensureFoundation();
    const ring = new SigningKeyRing({ store, encryption });
    const rotation = new SigningKeyRotation({ store, encryption, ring });
    await rotation.ensureInitialKeys(operatorAtTheMachine);
    await ring.catchUpWith((await store.readState()).signingKeysVersion);
    return { ...migratedStore, bootstrap, rotation, ring };
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function requireSameIssuer(
  { database, store }: MigratedStore,
  issuer: string,
  { keepIssuer, moveAlone }: { keepIssuer?: boolean; moveAlone?: boolean },
): Promise<void> {
  const api = await store.read(({ apis }) => apis.findBuiltIn());
  if (api === undefined || api.identifier === adminApiIdentifier(issuer)) return;
  const found = `the servers on this database have the admin API ${api.identifier}, but LATCHKEY_ISSUER is ${issuer} here`;
  if (keepIssuer) {
    throw new RegistryError(
      'conflict',
      `${found}: set it (and PORT) as they have it, or move them all with "latchkey migrate --move-issuer"`,
    );
  }
  if (moveAlone && (await hasLiveInstance(database.pool))) {
    throw new RegistryError(
      'conflict',
      `${found}, and one of them is running: stop every server on this database, then move it`,
    );
  }
}

/** Under the key of the settings, or, in embedded mode, the one in the data directory. */
async function openKeyEncryption(settings: Settings, store: Store): Promise<KeyEncryption> {
  if (settings.keyEncryptionKey !== null) return new KeyEncryption(settings.keyEncryptionKey);
  const published = await store.read(({ signingKeys }) => signingKeys.listPublished());
  const isSealed = published.some(({ privateJwe }) => privateJwe !== null);
  const { dataDir } = settings;
  const key = ensureKeyEncryptionKeyFile(dataDir, isSealed);
  return new KeyEncryption(key, `that of ${keyEncryptionKeyFile(dataDir)}`);
}

export interface RunningServer {
  port: number;
  metricsPort: number | undefined;
  hasOperator: boolean;
  databaseKind: Database['kind'];
  /** Drains, closes every connection, then the database. `othersListen` on the same port, and go on. */
  close(drainSeconds?: number, othersListen?: boolean): Promise<void>;
}

export interface StartedServer {
  server: RunningServer;
  /** The first operator's credential, when it was made just now: to be shown once, and kept nowhere. */
  newOperator: BootstrapCredential | undefined;
}

/** Every route of the admin API, for the router and for the OpenAPI document. */
export function composeAdminRoutes(dependencies: {
  store: Store;
  rotation: SigningKeyRotation;
  verification: AccessTokenVerification;
  revocation: TokenRevocation;
  useFlush: UseFlush;
  issuer: string;
}): Route[] {
  const { store, rotation, verification, revocation, useFlush, issuer } = dependencies;
  const clients = new ClientRegistry({ store });
  const clientSecrets = new ClientSecretRegistry({ store });
  return [
    ...apiRoutes(new ApiRegistry({ store, signingKeys: rotation, issuer })),
    ...clientRoutes(clients, clientSecrets),
    ...clientSecretRoutes(clientSecrets),
    ...clientFailureRoutes(clients, new ClientFailureReport({ store, flush: useFlush })),
    ...signingKeyRoutes(rotation),
    ...revocationRoutes({ revocation, verification }),
    ...auditEventRoutes(new AuditTrail({ store })),
    ...usageRoutes(new UsageReport({ store, flush: useFlush })),
    ...noticeRoutes(new NoticeBoard({ store, flush: useFlush })),
  ];
}

export interface ServerOptions {
  /** Whether a new operator's secret has somewhere to be shown. */
  mayShowSecret: boolean;
  /** Added to the database's clock, so that tests can move it. */
  clockOffsetMillis?: () => number;
  /** False: changes of other instances are found by polls alone, as behind a pooler without sessions. */
  listensForChanges?: boolean;
  /** Told of every token request whether the fast lane answered it; `null` takes the lane away. */
  onFastLane?: ((answered: boolean) => void) | null;
  /** How long what a client does is counted in memory before it is stored. */
  useFlushMillis?: number;
  /** Counted here when somebody else reads them. */
  metrics?: Metrics;
  /** Called when it listens; ready when this resolves. */
  untilOthersListen?: (port: number) => Promise<void>;
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
  const { store, ring, rotation, bootstrap } = registry;
  if (registry.migrated.length > 0) log.info({ migrations: registry.migrated }, 'migrated');

  const { issuer } = settings;
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
  const { memory, follower } = composeMemory(registry, log, metrics, options);
  const verification = new AccessTokenVerification({ issuer, signingKeys: ring, clients: memory });
  const authentication = new ClientAuthentication({ clients: memory, use });
  const revocation = new TokenRevocation({ store });
  const brake = new GuessBrake();
  const introspectionEndpoint = new IntrospectionEndpoint({
    issuer,
    brake,
    authentication,
    verification,
    clients: memory,
    apis: memory,
    use,
  });
  const revocationEndpoint = new RevocationEndpoint({
    issuer,
    brake,
    authentication,
    verification,
    revocation,
    use,
  });
  const fastLane = new FastLane({
    mint,
    // Without a lane nothing is remembered by it, and the engine is asked.
    memory: options.onFastLane === null ? { recall: () => undefined } : memory,
    use,
    onAnswer: options.onFastLane ?? undefined,
  });
  const engine = new Engine({ issuer, mint, clients: memory, use });
  const tokenEndpoint = new TokenEndpoint({
    issuer,
    brake,
    fastLane,
    engine,
    clients: memory,
    use,
  });
  const watch = new SigningKeyWatch({
    ring,
    rotation,
    actor: operatorAtTheMachine,
    now: () => new Date(follower.nowSeconds * 1000),
    onError: (error) => log.warn({ err: error }, 'a signing key is due and could not be moved on'),
  });

  const adminRoutes = composeAdminRoutes({
    store,
    rotation,
    verification,
    revocation,
    useFlush,
    issuer,
  });
  const app = createApp(
    [
      healthRouter({
        isReady: () => started && ring.isLoaded && !listener.isDraining,
        isDatabaseUp: () => follower.isDatabaseUp,
      }),
      metadataRouter({ issuer, signingKeys: ring }),
      docsRouter(createOpenApiDocument(adminRoutes, issuer)),
      adminRouter(
        adminRoutes,
        new AdminAuthorization({ verification, audience: adminApiIdentifier(issuer) }),
      ),
    ],
    log,
  );
  const toApp = app.callback();
  const handleToken: RequestHandler = (req, res, exchange) =>
    tokenEndpoint.handle(req, res, exchange);
  const oauthHandlers = new Map<string, RequestHandler>([
    [tokenPath, handleToken],
    [introspectionPath, (...request) => introspectionEndpoint.handle(...request)],
    [revocationPath, (...request) => revocationEndpoint.handle(...request)],
  ]);
  const handleOthers: RequestHandler = (req, res, exchange) => {
    const isProbe = req.url?.startsWith('/health/');
    if (exchange.overloaded && !isProbe) return refuseOverloaded(res, exchange);
    attachExchange(req, res, exchange);
    void toApp(req, res);
  };
  const listener: Listener = new Listener({
    log,
    metrics,
    trustedProxies: settings.trustProxy,
    findHandler: (path) => oauthHandlers.get(path) ?? handleOthers,
  });

  let metricsServer: { port: number; server: Server } | undefined;
  const close = async (drainSeconds = settings.drainSeconds, othersListen = false) => {
    await listener.close(drainSeconds, othersListen);
    // Each waits for the database, which may not answer.
    await Promise.all([watch.stop(), useFlush.close(), follower.stop()]);
    metricsServer?.server.close();
    await registry.database.close();
  };
  try {
    if (settings.metricsPort >= 0) metricsServer = await metrics.listen(settings.metricsPort);
    await follower.start();
    memory.scanClientIds();
    const { port } = await listener.listen(settings.port, settings.host);
    watch.start();
    useFlush.start();
    if (options.untilOthersListen) {
      await options.untilOthersListen(port);
      // What was made meanwhile is known here when it is ready.
      await follower.catchUpWith((await store.readState()).version);
    }
    // Last of all: a secret that was made must not be lost to a port that is taken.
    const newOperator = await ensureOperator(bootstrap, settings, options.mayShowSecret);
    const hasOperator = newOperator !== undefined || (await bootstrap.hasOperator());
    started = true;
    const server = {
      port,
      metricsPort: metricsServer?.port,
      hasOperator,
      databaseKind: store.kind,
      close,
    };
    return { server, newOperator };
  } catch (error) {
    // Also the listener, or a server that is never ready would run on.
    await close(0);
    throw error;
  }
}

/** What this instance remembers of the registry, and how it follows the changes of others. */
function composeMemory(
  { database, store, ring }: Registry,
  log: Log,
  metrics: Metrics,
  options: ServerOptions,
): { memory: RegistryMemory; follower: RegistryFollower } {
  const embedded = database.kind === 'embedded';
  const memory = new RegistryMemory({
    reader: store.tokenClients,
    signingKeys: ring,
    onError: (error) => log.warn({ err: error }, 'the client_ids could not be read: trying again'),
    // An embedded database runs on our own event loop: short queries.
    idsPerPage: embedded ? 200 : 10_000,
  });
  const follower = new RegistryFollower({
    feed: new RegistryFeed(database, options.listensForChanges ?? true),
    reader: memory,
    clockOffsetMillis: options.clockOffsetMillis ?? (() => 0),
    onError: (error) => log.error({ err: error }, 'the registry could not be followed'),
    onDatabase: (up) => {
      metrics.setDatabaseUp(up);
      if (up) log.info('the database answers again');
      else log.warn('the database does not answer: trying again');
    },
  });
  memory.followWith(follower);
  store.follow(follower);
  metrics.setDatabaseUp(true);
  return { memory, follower };
}

/** The credential, when one was made that nobody else knows. */
export async function ensureOperator(
  bootstrap: Bootstrap,
  settings: Settings,
  mayShowSecret: boolean,
): Promise<BootstrapCredential | undefined> {
  const { bootstrapClientId: clientId, bootstrapClientSecret: clientSecret } = settings;
  if (clientId !== null && clientSecret !== null) {
    await bootstrap.createOperator({ credential: { clientId, clientSecret } });
    return undefined;
  }
  return mayShowSecret ? bootstrap.createOperator() : undefined;
}
