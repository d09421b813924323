/** An audit log with a history, in this process, for somebody who can write every table to tamper with. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AuditLogVerification,
  type AuditVerification,
} from '../../src/audit/audit-log-verification.ts';
import type { Checkpoint } from '../../src/model/audit-statement.ts';
import { everything } from '../../src/model/principal.ts';
import { openDatabase, type Database } from '../../src/store/database/database.ts';
import { migrate } from '../../src/store/database/migrations.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { beginAuditLog, type OwnAuditLog } from '../support/own-audit-log.ts';
import { createDatabase } from '../support/shared-servers.ts';

const tables = ['audit_events', 'audit_keys', 'audit_anchor', 'organization_audit_ends'] as const;

export class AttackedLog {
  readonly database: Database;
  readonly store: OwnAuditLog['store'];
  readonly ring: OwnAuditLog['ring'];
  readonly keyEncryptionKey: string;
  readonly verification: AuditLogVerification;
  readonly #dataDir: string;

  private constructor(
    database: Database,
    { store, ring }: OwnAuditLog,
    dataDir: string,
    keyEncryptionKey: string,
  ) {
    this.database = database;
    this.store = store;
    this.ring = ring;
    this.#dataDir = dataDir;
    this.keyEncryptionKey = keyEncryptionKey;
    this.verification = new AuditLogVerification({ store, ring });
  }

  /** `prepare` comes before the first key, as if by an earlier release. */
  static async begin(
    kind: 'postgresql' | 'embedded',
    prepare: (database: Database) => Promise<void> = async () => undefined,
    clockOffsetMillis?: () => number,
  ): Promise<AttackedLog> {
    const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-audit-'));
    const databaseUrl = kind === 'postgresql' ? await createDatabase() : null;
    if (databaseUrl === null) copyPreparedDatabase(dataDir);
    const database = await openDatabase({ databaseUrl, dataDir }, () => undefined);
    await migrate(database.dataSource);
    await prepare(database);
    const keyEncryptionKey = randomBytes(32).toString('base64');
    const log = await beginAuditLog(database, keyEncryptionKey, clockOffsetMillis);
    return new AttackedLog(database, log, dataDir, keyEncryptionKey);
  }

  async close(): Promise<void> {
    await this.database.close();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  /** One event each. */
  async write(count: number, details: Record<string, unknown> = {}): Promise<void> {
    for (let written = 0; written < count; written += 1) {
      await this.store.change(operatorAtTheMachine, async (change) => {
        change.affects('client_1');
        change.onlyAdds();
        change.audit({
          action: 'client.updated',
          targetType: 'client',
          targetId: `client_${written}`,
          organizationId: written % 2 === 0 ? 'org_even' : 'org_odd',
          locationId: written % 3 === 0 ? 'location_1' : null,
          details,
        });
      });
    }
  }

  async rotate(): Promise<void> {
    await this.ring.rotate(operatorAtTheMachine);
  }

  async checkpoint(): Promise<Checkpoint> {
    const { version, link, now } = await this.store.readChainEnd();
    return { sequence: version, link: String(link), at: now };
  }

  async verify(
    options: { checkpoints?: readonly Checkpoint[]; eventsMax?: number } = {},
  ): Promise<AuditVerification> {
    return this.verification.verify({
      sight: everything,
      from: undefined,
      eventsMax: options.eventsMax ?? 10_000,
      checkpoints: options.checkpoints ?? [],
    });
  }

  async sql<Row extends object = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
  ): Promise<Row[]> {
    const { rows } = await this.database.pool.query<Row>(text, values);
    return rows;
  }

  /** As if what came later had never been, in every table. */
  async cutBehind(sequence: number): Promise<void> {
    const ends = `SELECT organization_id, sequence,
        rtrim(translate(encode(sha256(convert_to(body, 'UTF8')), 'base64'), '+/', '-_'), '=') AS link
      FROM audit_events`;
    await this.sql('DELETE FROM audit_events WHERE sequence > $1', [sequence]);
    await this.sql('DELETE FROM organization_audit_ends');
    await this.sql(
      `INSERT INTO organization_audit_ends
       SELECT DISTINCT ON (organization_id) * FROM (${ends}) ends
        WHERE organization_id IS NOT NULL ORDER BY organization_id, sequence DESC`,
    );
    await this.sql(
      `UPDATE registry_state SET version = ends.sequence, audit_link = ends.link
         FROM (${ends}) ends WHERE ends.sequence = $1`,
      [sequence],
    );
  }

  /** Everything an attacker could change, to be put back by `restore`. */
  async keepCopy(): Promise<void> {
    for (const table of tables) {
      await this.sql(`CREATE TABLE kept_${table} AS TABLE ${table}`);
    }
    await this.sql(
      'CREATE TABLE kept_state AS SELECT version, audit_kid, audit_link FROM registry_state',
    );
  }

  async restore(): Promise<void> {
    await this.sql('UPDATE registry_state SET audit_kid = NULL');
    for (const table of tables) await this.sql(`DELETE FROM ${table}`);
    await this.sql(`INSERT INTO audit_keys SELECT * FROM kept_audit_keys ORDER BY first_sequence`);
    await this.sql('INSERT INTO audit_events SELECT * FROM kept_audit_events');
    await this.sql('INSERT INTO audit_anchor SELECT * FROM kept_audit_anchor');
    await this.sql(
      'INSERT INTO organization_audit_ends SELECT * FROM kept_organization_audit_ends',
    );
    await this.sql(
      `UPDATE registry_state SET signing_keys_version = 0, cutoff_version = 0, version = kept.version,
         audit_kid = kept.audit_kid, audit_link = kept.audit_link FROM kept_state kept`,
    );
  }
}
