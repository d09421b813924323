/**
 * Runs the numbered files of `migrations/`, once across all instances: they start in one transaction
 * that holds an advisory lock, so several may start together on an empty database.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  MigrationExecutor,
  type DataSource,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';

const folder = fileURLToPath(new URL('../../../migrations', import.meta.url));
const filePattern = /^(\d{4})-([a-z0-9-]+)\.sql$/;
/** Any number will do, as long as it is always the same: "latchkey" read as a number, cut to 32 bits. */
const advisoryLockId = 1_818_326_115;

/** Its tables may already be in a form that this code would misread, or damage. */
export class DatabaseFromNewerVersion extends Error {
  constructor(unknown: readonly string[]) {
    super(
      `this database was made by a newer Latchkey: it has ${unknown.join(', ')}, which this one does not know. Start the newer one, or restore a backup from before its migration`,
    );
    this.name = 'DatabaseFromNewerVersion';
  }
}

/** In any other encoding than UTF-8 PostgreSQL counts bytes where we count characters, or cannot hold them at all. */
export class DatabaseNotInUtf8 extends Error {
  constructor(encoding: string) {
    super(
      `this database is in the encoding ${encoding}, and names may be in any language: make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0, and use that`,
    );
    this.name = 'DatabaseNotInUtf8';
  }
}

/**
 * Applies what is missing and returns the names of the files applied now. Throws DatabaseFromNewerVersion
 * or DatabaseNotInUtf8 before it changes anything; an instance that is running already is not asked again, so that a rolling
 * upgrade stops nobody.
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const queryRunner = dataSource.createQueryRunner();
  try {
    await queryRunner.startTransaction();
    // Others may take longer than a statement is usually given.
    await queryRunner.query('SET LOCAL statement_timeout = 0');
    await queryRunner.query('SET LOCAL lock_timeout = 0');
    await queryRunner.query('SELECT pg_advisory_xact_lock($1)', [advisoryLockId]);
    const executor = new MigrationExecutor(dataSource, queryRunner);
    executor.transaction = 'none';
    await requireUtf8(queryRunner);
    await requireOnlyKnown(dataSource, executor);
    const applied = await executor.executePendingMigrations();
    await queryRunner.commitTransaction();
    return applied.map(({ name }) => name);
  } catch (error) {
    if (queryRunner.isTransactionActive) await queryRunner.rollbackTransaction();
    throw error;
  } finally {
    await queryRunner.release();
  }
}

async function requireUtf8(queryRunner: QueryRunner): Promise<void> {
  // Typed any by TypeORM.
  const [row] = (await queryRunner.query('SHOW server_encoding')) as { server_encoding: string }[];
  if (row?.server_encoding !== 'UTF8') {
    throw new DatabaseNotInUtf8(row?.server_encoding ?? 'unknown');
  }
}

async function requireOnlyKnown(
  dataSource: DataSource,
  executor: MigrationExecutor,
): Promise<void> {
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  const unknown = (await executor.getExecutedMigrations())
    .map(({ name }) => name)
    .filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseFromNewerVersion(unknown.toReversed());
}

/** TypeORM takes a class per migration, and the last 13 characters of its name as its number. */
export function readMigrations(): (new () => MigrationInterface)[] {
  return readdirSync(folder)
    .filter((file) => filePattern.test(file))
    .sort()
    .map((file) => {
      const [, number = '', noun = ''] = filePattern.exec(file) ?? [];
      const sql = readFileSync(join(folder, file), 'utf8');
      return class implements MigrationInterface {
        readonly name = noun + number.padStart(13, '0');

        async up(queryRunner: QueryRunner): Promise<void> {
          await queryRunner.query(sql);
        }

        async down(): Promise<void> {
          throw new Error('migrations only go forward: they expand before they contract');
        }
      };
    });
}
