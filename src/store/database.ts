/** Opens the database: PostgreSQL by its URL, or the embedded one in a folder. Same driver, same SQL. */
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { entities } from './entities.ts';
import { readMigrations } from './migrations.ts';

export interface DatabaseSettings {
  /** null: embedded. */
  databaseUrl: string | null;
  dataDir: string;
}

export interface Database {
  kind: 'postgresql' | 'embedded';
  dataSource: DataSource;
  /** The driver's own pool, for prepared statements on the token road. */
  pool: pg.Pool;
  close(): Promise<void>;
}

const connectMillisMax = 500;
const statementMillisMax = 2_000;
const lockMillisMax = 1_000;
const idleInTransactionMillisMax = 5_000;
/** A little above the server's own limit: it decides when the server cannot answer at all. */
const answerMillisMax = 2_500;
const connectionsMax = 10;

/** `warn` hears of connections that broke while nobody was using them. */
export async function openDatabase(
  settings: DatabaseSettings,
  warn: (error: Error, message: string) => void,
): Promise<Database> {
  const embedded =
    settings.databaseUrl === null ? await openEmbeddedDatabase(settings.dataDir) : undefined;
  const dataSource = new DataSource({
    type: 'postgres',
    ...(settings.databaseUrl === null ? {} : { url: settings.databaseUrl }),
    entities,
    migrations: readMigrations(),
    synchronize: false,
    logging: false,
    // TypeORM would otherwise ask for the uuid-ossp extension.
    installExtensions: false,
    poolErrorHandler: (error: Error) => warn(error, 'an idle database connection broke'),
    extra: embedded
      ? {
          stream: () => embedded.connect(),
          user: 'postgres',
          database: 'postgres',
          max: 1,
          idleTimeoutMillis: 0,
        }
      : {
          max: connectionsMax,
          connectionTimeoutMillis: connectMillisMax,
          statement_timeout: statementMillisMax,
          lock_timeout: lockMillisMax,
          idle_in_transaction_session_timeout: idleInTransactionMillisMax,
          query_timeout: answerMillisMax,
          keepAlive: true,
          application_name: 'latchkey',
        },
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    await embedded?.close();
    throw error;
  }
  // TypeORM keeps the pool in a field typed any.
  const pool = (dataSource.driver as PostgresDriver).master as pg.Pool;
  listenForErrors(pool, warn);
  return {
    kind: embedded ? 'embedded' : 'postgresql',
    dataSource,
    pool,
    async close() {
      await dataSource.destroy();
      await embedded?.close();
    },
  };
}

/** A connection that breaks while checked out has no listener of the pool's, and would end the process. */
function listenForErrors(pool: pg.Pool, warn: (error: Error, message: string) => void): void {
  const listen = (client: pg.ClientBase) =>
    client.on('error', (error: Error) => warn(error, 'a database connection broke'));
  // The pool made its first connection before it could be asked.
  for (const client of (pool as unknown as { _clients: pg.ClientBase[] })._clients) listen(client);
  pool.on('connect', listen);
}
