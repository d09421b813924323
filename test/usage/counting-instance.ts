/** The counting part of an instance in this process, on a real database, driven as the token road drives it. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenClient, TokenClientSecret, TokenGrant } from '../../src/model/token-client.ts';
import { AuditKeyRing } from '../../src/audit/audit-key-ring.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { KeyEncryption } from '../../src/signing-key/key-encryption.ts';
import { createRecordId } from '../../src/registry/credential.ts';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrations.ts';
import { Store } from '../../src/store/store.ts';
import { UseFlush } from '../../src/usage/use-flush.ts';
import { UseLedger } from '../../src/usage/use-ledger.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { createDatabase } from '../support/shared-servers.ts';

export const scopes = ['orders:read', 'orders:write', 'orders:delete'];

export interface Counted {
  client: TokenClient;
  secret: TokenClientSecret;
  grant: TokenGrant;
}

/** Of all of them, for some share a database. */
const keyEncryptionKey = createHash('sha256').update('counting').digest('base64');
/** Flushes only when it is told to, unless it is given a shorter time. */
const never = 3_600_000;

export class CountingInstance {
  readonly database: Database;
  readonly store: Store;
  readonly ledger: UseLedger;
  readonly flush: UseFlush;
  readonly losses: string[] = [];
  /** What signs the audit events of its store, and of any other on its database. */
  readonly auditKeys: AuditKeyRing;
  /** How far its clock is from the database's. */
  offsetMillis = 0;
  readonly #dataDir: string | undefined;

  private constructor(database: Database, dataDir: string | undefined, flushMillis: number) {
    this.database = database;
    this.#dataDir = dataDir;
    this.store = new Store(database, () => this.offsetMillis);
    const cipher = new KeyEncryption(keyEncryptionKey);
    this.auditKeys = new AuditKeyRing({ store: this.store, cipher });
    this.store.signAuditEventsWith(this.auditKeys);
    ({ ledger: this.ledger, flush: this.flush } = this.count(flushMillis));
  }

  /** What another instance on the same database counts; `store` may be a worse one. */
  count(flushMillis = 1, store = this.store): { ledger: UseLedger; flush: UseFlush } {
    const ledger = new UseLedger({ store, flushMillis });
    const onLoss = (message: string) => void this.losses.push(message);
    return { ledger, flush: new UseFlush({ ledger, store, flushMillis, onLoss }) };
  }

  /** null: embedded, in a folder of its own. */
  static async open(databaseUrl: string | null, flushMillis = never): Promise<CountingInstance> {
    const dataDir =
      databaseUrl === null ? await mkdtemp(join(tmpdir(), 'latchkey-counting-')) : undefined;
    if (dataDir !== undefined) copyPreparedDatabase(dataDir);
    const database = await openDatabase({ databaseUrl, dataDir: dataDir ?? '' }, () => undefined);
    await migrate(database.dataSource);
    const instance = new CountingInstance(database, dataDir, flushMillis);
    await instance.auditKeys.ensureFirstKey(operatorAtTheMachine);
    return instance;
  }

  async close(): Promise<void> {
    await this.flush.close();
    await this.database.close();
    if (this.#dataDir !== undefined) await rm(this.#dataDir, { recursive: true, force: true });
  }

  async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
    // Whoever asks knows what it asked for.
    return (await this.database.pool.query(sql, values)).rows as Row[];
  }

  async addOrganization(): Promise<string> {
    const id = createRecordId('org');
    await this.query(`INSERT INTO organizations (id, name) VALUES ($1, 'Ours')`, [id]);
    return id;
  }

  async addApi(organizationId: string | null): Promise<{ id: string; identifier: string }> {
    const id = createRecordId('api');
    const identifier = `https://${randomBytes(6).toString('hex')}.example.com`;
    await this.query(
      `INSERT INTO apis (id, organization_id, identifier, name) VALUES ($1, $2, $3, 'Orders')`,
      [id, organizationId, identifier],
    );
    await this.query(
      `INSERT INTO api_scopes (api_id, value, position)
       SELECT $1, value, position - 1 FROM unnest($2::text[]) WITH ORDINALITY AS given (value, position)`,
      [id, scopes],
    );
    return { id, identifier };
  }

  /** A client with all scopes of an API of its own. */
  async addClient(organizationId?: string): Promise<Counted> {
    const owner = organizationId ?? (await this.addOrganization());
    const api = await this.addApi(owner);
    const id = createRecordId('client');
    await this.query(`INSERT INTO clients (id, organization_id, name) VALUES ($1, $2, 'Shop')`, [
      id,
      owner,
    ]);
    await this.query(
      'INSERT INTO client_identifiers (client_id, client_record_id) VALUES ($1, $2)',
      [`lkc_${randomBytes(11).toString('hex')}`, id],
    );
    await this.query(
      'INSERT INTO grants (client_record_id, api_id, position, is_default) VALUES ($1, $2, 0, true)',
      [id, api.id],
    );
    await this.query('INSERT INTO grant_scopes SELECT $1, $2, unnest($3::text[])', [
      id,
      api.id,
      scopes,
    ]);
    await this.addSecret(id);
    return this.read(id);
  }

  /** Returns its record id and its digest. */
  async addSecret(
    clientRecordId: string,
    ends: { expiresAt?: Date; retiresAt?: Date; revokedAt?: Date } = {},
  ): Promise<{ id: string; digest: Buffer }> {
    const id = createRecordId('secret');
    const digest = createHash('sha256').update(randomBytes(32)).digest();
    await this.query(
      `INSERT INTO client_secrets (id, client_record_id, secret_digest, hint, slot, created_by,
                                   expires_at, retires_at, revoked_at)
       VALUES ($1, $2, $3, $4, CASE WHEN $7::timestamptz IS NULL THEN
                 (SELECT count(*) + 1 FROM client_secrets
                   WHERE client_record_id = $2 AND slot IS NOT NULL) END,
               'system', $5, $6, $7)`,
      [
        id,
        clientRecordId,
        digest,
        `lks_…${digest.toString('hex').slice(0, 4)}`,
        ends.expiresAt ?? null,
        ends.retiresAt ?? null,
        ends.revokedAt ?? null,
      ],
    );
    return { id, digest };
  }

  /** As the token road gets it: every time another object. */
  async read(clientRecordId: string): Promise<Counted> {
    const [identifier] = await this.query<{ clientId: string }>(
      `SELECT client_id AS "clientId" FROM client_identifiers WHERE client_record_id = $1 AND is_current`,
      [clientRecordId],
    );
    const { client } = await this.store.tokenClients.read({
      clientId: identifier?.clientId ?? '',
      presentedDigest: undefined,
    });
    const [secret] = client?.secrets ?? [];
    const [grant] = client?.grants ?? [];
    if (!client || !secret || !grant) throw new Error('there is no such client');
    return { client, secret, grant };
  }

  /** Stores everything that was counted so far. */
  async flushAll(): Promise<void> {
    await this.flush.flushClients(() => true);
  }
}

/** `[name, open]`, for describe.each. */
export const countingInstances: [string, () => Promise<CountingInstance>][] = [
  ['PostgreSQL', async () => CountingInstance.open(await createDatabase())],
  ['embedded database', () => CountingInstance.open(null)],
];
