/** Opens the database: PostgreSQL by its URL, or the embedded one in a folder. Same driver, same SQL. */
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { databaseConnectionClass } from './database-connection.ts';
import { openEmbeddedDatabase } from './embedded-database.ts';
import { entities } from '../entities.ts';
import { readMigrations } from './migrations.ts';

export interface DatabaseSettings {
  /** null: embedded. */
  databaseUrl: string | null;
  dataDir: string;
  /** Of the pool, on PostgreSQL; default 10. */
  connectionsMax?: number;
}

export interface Database {
  kind: 'postgresql' | 'embedded';
  dataSource: DataSource;
  /** The driver's own pool, for prepared statements on the token road. */
  pool: pg.Pool;
  /** Changes of the registry at once, each of which holds a connection: one is left for reading. */
  changesAtOnceMax: number;
  /** A connection of its own, not opened yet, for whoever listens (PostgreSQL only). */
  createFeedConnection(): pg.Client;
  close(): Promise<void>;
}

const connectMillisMax = 500;
const statementMillisMax = 2_000;
const lockMillisMax = 1_000;
/** An instance that stops in the middle of a change holds all others up for so long. */
const idleInTransactionMillisMax = 1_000;
/**
 * Ours, for when the server cannot answer at all. Together with the wait for a connection it stays well
 * below the 3 s in which every request is answered, also on a busy machine.
 */
const answerMillisMax = 2_000;
/**
 * An embedded database works on our own event loop, and there may be a queue for its one session. One that
 * takes longer than this has stopped for good, as when its disk is full: say so rather than wait for it.
 */
const embeddedMillisMax = 5_000;
/** A connection whose other end is gone without a word is noticed after this, and ten probes. */
const keepAliveMillis = 10_000;
const connectionsMax = 10;
const changesAtOnceMax = 4;
/** A poll must fail soon enough for another one, on a new connection, to keep the lease of 1 s. */
const pollMillisMax = 600;

/** `warn` hears of connections that broke while nobody was using them. */
export async function openDatabase(
  settings: DatabaseSettings,
  warn: (error: Error, message: string) => void,
): Promise<Database> {
  const embedded =
    settings.databaseUrl === null ? await openEmbeddedDatabase(settings.dataDir) : undefined;
  const Connection = databaseConnectionClass(warn);
  const connections = settings.connectionsMax ?? connectionsMax;
  const timeouts = {
    connectionTimeoutMillis: connectMillisMax,
    statement_timeout: statementMillisMax,
    lock_timeout: lockMillisMax,
    idle_in_transaction_session_timeout: idleInTransactionMillisMax,
    query_timeout: answerMillisMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveMillis,
    application_name: 'latchkey',
  };
  const dataSource = new DataSource({
    type: 'postgres',
    ...(settings.databaseUrl === null ? {} : { url: settings.databaseUrl }),
    entities,
    migrations: readMigrations(),
    synchronize: false,
    logging: false,
    // TypeORM would otherwise ask for the uuid-ossp extension.
    installExtensions: false,
    // The connection has said it already; without any listener the process would end.
    poolErrorHandler: () => undefined,
    extra: {
      Client: Connection,
      ...(embedded
        ? {
            stream: () => embedded.connect(),
            user: 'postgres',
            database: 'postgres',
            max: 1,
            idleTimeoutMillis: 0,
            connectionTimeoutMillis: embeddedMillisMax,
            query_timeout: embeddedMillisMax,
          }
        : { max: connections, ...timeouts }),
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
  return {
    kind: embedded ? 'embedded' : 'postgresql',
    dataSource,
    pool,
    changesAtOnceMax: Math.max(1, Math.min(changesAtOnceMax, connections - 1)),
    createFeedConnection: () =>
      new Connection({
        ...timeouts,
        connectionString: settings.databaseUrl ?? '',
        query_timeout: pollMillisMax,
      }),
    async close() {
      await dataSource.destroy();
      await embedded?.close();
    },
  };
}
