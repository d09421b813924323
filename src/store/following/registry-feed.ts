/**
 * The registry's changes as an instance follows them: polled, and told of at once where the database can
 * (LISTEN). On PostgreSQL each poll renews the lease under which the instance may answer from memory.
 */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { newRecordId } from '../../model/record-id.ts';
import { callDatabase } from '../database/database-fault.ts';
import type { Database } from '../database/database.ts';
import {
  changeChannel,
  readNotification,
  type FeedEvent,
  type NotifiedChange,
} from './change-notification.ts';

/** More changes than this in one poll: cheaper to forget everything. */
const eventsMax = 500;

/** How far an instance has come. */
export interface FeedPosition {
  /** Everything up to this registry version is applied. */
  applied: bigint;
  /** Everything up to this one was read here, and not merely heard of. */
  read: bigint;
}

/** Called when a change is heard of; undefined: there is something to read. */
export type OnChange = (change: NotifiedChange | undefined) => void;

export interface FeedPoll {
  /** False: nobody waits for this instance yet; poll again before anything is answered from memory. */
  leased: boolean;
  /**
   * False: what was read before is no part of the registry any more. A backup was restored, or a replica
   * took over that lacked the last commits.
   */
  isSameHistory: boolean;
  /** One for each version after the one that was read; undefined when there are too many to tell, or some are gone. */
  events: FeedEvent[] | undefined;
  version: bigint;
  signingKeysVersion: bigint;
  /** The database's clock, in seconds since the epoch, between sending and receiving. */
  nowSeconds: number;
}

interface FeedRow {
  leased: boolean;
  version: string;
  signingKeysVersion: string;
  nowSeconds: number;
  /** Ids of the audit events of the version that was read before, and of the last one. */
  readEvent: string | null;
  lastEvent: string | null;
  events: FeedEvent[] | null;
}

/** One statement, so one snapshot: a poll that runs after a commit sees that commit. */
const pollStatement = (leased: string) => `
  SELECT ${leased} AS leased, state.version::text AS version,
         state.signing_keys_version::text AS "signingKeysVersion",
         extract(epoch FROM clock_timestamp())::double precision AS "nowSeconds",
         (SELECT id FROM audit_events WHERE sequence = $1) AS "readEvent",
         (SELECT id FROM audit_events WHERE sequence = state.version) AS "lastEvent",
         (SELECT json_agg(json_build_object(
                   'affected', event.affected,
                   'clientIds', ARRAY(SELECT identifier.client_id FROM client_identifiers identifier
                                       WHERE identifier.client_record_id = ANY (event.affected)))
                 ORDER BY event.sequence)
            FROM (SELECT sequence, affected FROM audit_events
                   WHERE sequence > $1 AND state.version - $1 <= ${eventsMax}) event) AS events
    FROM registry_state state`;

/**
 * A renewal that a crash forgets makes others wait longer, and nothing worse: its commit waits for no disk.
 * Said within the statement and for it alone, since behind a pooler the session is somebody else's next.
 */
const renewAndPoll = `
  WITH renewed AS (
    UPDATE instance_leases SET seen_version = $3, renewals = renewals + 1
     WHERE instance_id = $2 AND set_config('synchronous_commit', 'off', true) = 'off'
    RETURNING instance_id)
  ${pollStatement('EXISTS (SELECT FROM renewed)')}`;

/** Durable before it counts: were it lost in a crash, nobody would wait for this instance. */
const registerInstance = `
  INSERT INTO instance_leases (instance_id, seen_version)
  SELECT $1, $2 FROM set_config('synchronous_commit', 'on', true)
      ON CONFLICT (instance_id) DO NOTHING`;

export class RegistryFeed {
  readonly #database: Database;
  readonly #listens: boolean;
  readonly #instanceId = newRecordId('instance', randomBytes(16));
  #connection: Promise<pg.Client> | undefined;
  #last: { version: bigint; event: string | null } | undefined;

  /** `listens` false: found by polls alone, as behind a pooler that keeps no session. */
  constructor(database: Database, listens = true) {
    this.#database = database;
    this.#listens = listens;
  }

  /** Whether an instance must hold a lease: embedded there is only one, which hears of its own commits. */
  get needsLease(): boolean {
    return this.#database.kind === 'postgresql';
  }

  /**
   * Writes down what is applied here, and reads what came after what was read. Throws StoreUnavailable, also
   * when there is no answer.
   */
  async poll({ applied, read }: FeedPosition, onChange: OnChange): Promise<FeedPoll> {
    const row = await callDatabase(async () => {
      const values = [read.toString()];
      if (!this.needsLease) {
        const statement = { name: 'poll-feed', text: pollStatement('true'), values };
        return (await this.#database.pool.query<FeedRow>(statement)).rows[0];
      }
      const connection = await this.#connect(onChange);
      const statement = { name: 'poll-feed', text: renewAndPoll };
      try {
        const { rows } = await connection.query<FeedRow>({
          ...statement,
          values: [...values, this.#instanceId, applied.toString()],
        });
        if (rows[0]?.leased === false) {
          await connection.query(registerInstance, [this.#instanceId, applied.toString()]);
        }
        return rows[0];
      } catch (error) {
        this.#disconnect(connection);
        throw error;
      }
    });
    if (row === undefined) throw new Error('registry_state has lost its row');
    const version = BigInt(row.version);
    const isRead = this.#last?.version === read;
    const isSameHistory = !isRead || this.#last?.event === row.readEvent;
    this.#last = { version, event: row.lastEvent };
    const events = row.events ?? [];
    return {
      leased: row.leased,
      isSameHistory,
      events: BigInt(events.length) === version - read ? events : undefined,
      version,
      signingKeysVersion: BigInt(row.signingKeysVersion),
      nowSeconds: row.nowSeconds,
    };
  }

  /** Gives the lease back where it can, so that nobody waits for an instance that is gone. */
  async close({ givesBackLease }: { givesBackLease: boolean }): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    if (connection === undefined) return;
    try {
      if (!givesBackLease) return;
      await connection.query('DELETE FROM instance_leases WHERE instance_id = $1', [
        this.#instanceId,
      ]);
    } catch {
      // The database is gone, and the lease runs out by itself.
    } finally {
      this.#disconnect(connection);
    }
  }

  async #connect(onChange: OnChange): Promise<pg.Client> {
    this.#connection ??= this.#open(onChange);
    try {
      return await this.#connection;
    } catch (error) {
      this.#connection = undefined;
      throw error;
    }
  }

  async #open(onChange: OnChange): Promise<pg.Client> {
    const connection = this.#database.createFeedConnection();
    connection.once('end', () => {
      this.#connection = undefined;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        connection.connect((error?: Error) => (error ? reject(error) : resolve()));
      });
      connection.on('notification', ({ payload }) => onChange(readNotification(payload)));
      if (this.#listens) await connection.query(`LISTEN ${changeChannel}`);
      return connection;
    } catch (error) {
      this.#disconnect(connection);
      throw error;
    }
  }

  #disconnect(connection: pg.Client): void {
    this.#connection = undefined;
    // It may never answer again, and then would not say good-bye either.
    void connection.end().catch(() => undefined);
  }
}
