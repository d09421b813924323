/** Opens and migrates the database, and makes what every instance needs. */
import { AuditKeyRing } from '../audit/audit-key-ring.ts';
import type { Settings } from '../config.ts';
import { inviteFirstOwner } from '../directory/first-owner.ts';
import type { Log } from '../http/log.ts';
import { RegistryError } from '../model/registry-error.ts';
import {
  adminApiIdentifier,
  Bootstrap,
  operatorAtTheMachine,
  type BootstrapCredential,
} from '../registry/bootstrap.ts';
import {
  ensureKeyEncryptionKeyFile,
  keyEncryptionKeyFile,
} from '../signing-key/key-encryption-key-file.ts';
import { KeyEncryption } from '../signing-key/key-encryption.ts';
import { SigningKeyRing } from '../signing-key/signing-key-ring.ts';
import { SigningKeyRotation } from '../signing-key/signing-key-rotation.ts';
import { isEmbeddedDatabaseMade } from '../store/database/embedded-database.ts';
import { openDatabase, type Database, type DatabaseSettings } from '../store/database/database.ts';
import { hasLiveInstance } from '../store/database/live-instances.ts';
import { migrate } from '../store/database/migrations.ts';
import { Store } from '../store/store.ts';

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
  auditKeys: AuditKeyRing;
  encryption: KeyEncryption;
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
    const auditKeys = new AuditKeyRing({ store, cipher: encryption });
    store.signAuditEventsWith(auditKeys);
    // Before anything else: every change is signed.
    await auditKeys.ensureFirstKey(operatorAtTheMachine);
    const bootstrap = new Bootstrap({ store, issuer: settings.issuer });
    await bootstrap.ensureFoundation();
    const ring = new SigningKeyRing({ store, encryption });
    const rotation = new SigningKeyRotation({ store, encryption, ring });
    await rotation.ensureInitialKeys(operatorAtTheMachine);
    await ring.catchUpWith((await store.readState()).signingKeysVersion);
    return { ...migratedStore, bootstrap, rotation, ring, auditKeys, encryption };
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
  const auditKeys = await store.read((readers) => readers.auditKeys.list());
  const isSealed = [...published, ...auditKeys].some(({ privateJwe }) => privateJwe !== null);
  const { dataDir } = settings;
  const key = ensureKeyEncryptionKeyFile(dataDir, isSealed);
  return new KeyEncryption(key, `that of ${keyEncryptionKeyFile(dataDir)}`);
}

/** What was made just now and nobody else knows: to be shown once, and kept nowhere. */
export interface FirstStart {
  operator: BootstrapCredential;
  /** Where a person becomes the owner of the organization. */
  ownerLink: OwnerLink;
}

export interface OwnerLink {
  url: string;
  expiresAt: Date;
}

export async function ensureOperator(
  { bootstrap, store }: Pick<Registry, 'bootstrap' | 'store'>,
  settings: Settings,
  mayShowSecret: boolean,
): Promise<FirstStart | undefined> {
  const { bootstrapClientId: clientId, bootstrapClientSecret: clientSecret } = settings;
  if (clientId !== null && clientSecret !== null) {
    await bootstrap.createOperator({ credential: { clientId, clientSecret } });
    return undefined;
  }
  if (!mayShowSecret) return undefined;
  const operator = await bootstrap.createOperator();
  return operator && { operator, ownerLink: await createOwnerLink(store, settings) };
}

/** The token stands behind the `#`, which no browser sends to any server. */
export async function createOwnerLink(
  store: Store,
  { adminUrl }: Pick<Settings, 'adminUrl'>,
): Promise<OwnerLink> {
  const { invitation, token } = await inviteFirstOwner(store, operatorAtTheMachine);
  return { url: `${adminUrl}/console/first-run#${token}`, expiresAt: invitation.expiresAt };
}
