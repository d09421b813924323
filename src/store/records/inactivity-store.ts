/**
 * Clients that nobody uses: which of them are due for a notice or for deletion, and what was told of each.
 * One statement decides, with the row locked, so that a use and a deletion never miss each other.
 */
import type { EntityManager } from 'typeorm';
import { daysAfterNotice, stepAfterDays } from '../../model/inactivity.ts';

/** A date before this is none: nobody was ever inactive since then. */
const earliestUse = '2000-01-01T00:00:00Z';

/** The last use; of a client that was never used its registration; or its restoration, if that was later. */
const since = 'greatest(client.last_used_at, client.created_at, client.restored_at)';

/**
 * Notices of the countdown that is under way. A use since then has ended it, and so has a clock that went
 * back: a notice of the future leaves nobody the days that it promised. Another instance's transaction may
 * have begun a little later than ours, and made its notice before us.
 */
const noticesMade = `CASE WHEN client.inactivity_since = ${since}
    AND client.inactivity_noticed_at[cardinality(client.inactivity_noticed_at)]
        <= $1::timestamptz + interval '1 hour'
  THEN cardinality(client.inactivity_noticed_at) ELSE 0 END`;

const isExempt = `(client.exempt_from_inactivity OR EXISTS (
  SELECT FROM api_introspection_clients listed JOIN apis api ON api.id = listed.api_id
   WHERE listed.client_record_id = client.id AND api.deleted_at IS NULL))`;

/**
 * `$1` is now, `$2` the days without use before each step, `$3` the days that must follow each notice. Days of 24 hours:
 * those of PostgreSQL are as long as the zone of its session says.
 */
const isDue = `client.deleted_at IS NULL
  -- First of all what nearly every client fails, and costs least.
  AND ${since} <= $1::timestamptz - ($2::int[])[1] * interval '24 hours'
  AND ${since} >= '${earliestUse}'
  AND $1::timestamptz - ${since} >= ($2::int[])[${noticesMade} + 1] * interval '24 hours'
  AND (${noticesMade} = 0
       OR $1::timestamptz - client.inactivity_noticed_at[${noticesMade}] >= ($3::int[])[${noticesMade}] * interval '24 hours')
  AND NOT ${isExempt}`;

export interface InactiveClient {
  id: string;
  clientId: string;
  organizationId: string;
  locationId: string | null;
  name: string;
  since: Date;
  lastUsedAt: Date | null;
  /** When each notice so far was made; three, and it is due for deletion. */
  noticedAt: Date[];
  /** It may operate the instance. */
  isOperator: boolean;
}

export class InactivityStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /**
   * Looks at `limit` clients by record id from after `after`. Returns those among them that seem due, and
   * the last one that was looked at; undefined: there are no more.
   */
  async findDue(
    after: string,
    limit: number,
    now: Date,
  ): Promise<{ due: string[]; last: string | undefined }> {
    const [found] = await this.#manager.query<{ due: string[]; last: string | null }[]>(
      `WITH page AS MATERIALIZED (
         SELECT id, last_used_at, created_at, restored_at, deleted_at, inactivity_since,
                inactivity_noticed_at, exempt_from_inactivity
           FROM clients WHERE id > $4 AND deleted_at IS NULL ORDER BY id LIMIT $5)
       SELECT (SELECT max(id) FROM page) AS last,
              ARRAY(SELECT client.id FROM page client WHERE ${isDue} ORDER BY client.id) AS due`,
      [now, stepAfterDays, daysAfterNotice, after, limit],
    );
    return { due: found?.due ?? [], last: found?.last ?? undefined };
  }

  /** Locks the row until the change is over; undefined when it is not due, or not any more. */
  async lockDue(id: string, now: Date): Promise<InactiveClient | undefined> {
    const [row] = await this.#manager.query<(InactiveClient & { made: number })[]>(
      `SELECT client.id, client.organization_id AS "organizationId", client.location_id AS "locationId",
              client.name, ${since} AS since,
              (SELECT client_id FROM client_identifiers
                WHERE client_record_id = client.id AND is_current) AS "clientId", client.last_used_at AS "lastUsedAt",
              ${noticesMade} AS made, client.inactivity_noticed_at AS "noticedAt",
              EXISTS (SELECT FROM grant_scopes held JOIN apis api ON api.id = held.api_id AND api.built_in
                       WHERE held.client_record_id = client.id AND held.scope = 'instance:operate') AS "isOperator"
         FROM clients client WHERE client.id = $4 AND ${isDue} FOR NO KEY UPDATE OF client`,
      [now, stepAfterDays, daysAfterNotice, id],
    );
    if (row === undefined) return undefined;
    const { made, ...client } = row;
    return { ...client, noticedAt: client.noticedAt.slice(0, made) };
  }

  /** One more notice of the countdown, or the first of a new one. The caller holds the row's lock. */
  async noteNotice(client: InactiveClient, now: Date): Promise<void> {
    await this.#manager.query(
      `UPDATE clients client SET inactivity_since = ${since}, inactivity_noticed_at = $2 WHERE id = $1`,
      [client.id, [...client.noticedAt, now]],
    );
  }

  /** A restored client has as long again as a new one. */
  async startAnew(id: string, now: Date): Promise<void> {
    await this.#manager.query(
      `UPDATE clients SET restored_at = $2, inactivity_since = NULL, inactivity_noticed_at = '{}' WHERE id = $1`,
      [id, now],
    );
  }

  /**
   * Ends the countdown of clients that have become exempt, so that one that is not any more is told anew.
   * No change of the registry: nobody's rights depend on it.
   */
  async endCountdownsOfExempt(): Promise<void> {
    await this.#manager.query(
      `UPDATE clients client SET inactivity_since = NULL, inactivity_noticed_at = '{}'
        WHERE client.inactivity_since IS NOT NULL AND client.deleted_at IS NULL AND ${isExempt}`,
    );
  }

  /** Clients that cannot be restored any more, those deleted first at the beginning. */
  async findErasable(deletedBefore: Date, limit: number): Promise<string[]> {
    const rows = await this.#manager.query<{ id: string }[]>(
      `SELECT id FROM clients WHERE deleted_at < $1 AND erased_at IS NULL ORDER BY deleted_at, id LIMIT $2`,
      [deletedBefore, limit],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Removes what a deleted client was: its secrets, grants, uses and texts. Its client_ids stay, and so do
   * the permissions it had, for whether anybody ever operated the instance must never be forgotten. False
   * when it was restored, or erased already.
   */
  async erase(
    id: string,
    deletedBefore: Date,
    now: Date,
  ): Promise<{ organizationId: string; locationId: string | null } | undefined> {
    const [[erased]] = await this.#manager.query<
      [{ organizationId: string; locationId: string | null }[], number]
    >(
      `UPDATE clients SET erased_at = $3, name = 'Erased client', description = ''
        WHERE id = $1 AND deleted_at < $2 AND erased_at IS NULL
       RETURNING organization_id AS "organizationId", location_id AS "locationId"`,
      [id, deletedBefore, now],
    );
    if (erased === undefined) return undefined;
    for (const table of [
      'client_secret_uses',
      'client_failures',
      'client_secrets',
      'revoked_tokens',
      'api_introspection_clients',
      'grants',
    ]) {
      const rest =
        table === 'grants' ? 'AND api_id NOT IN (SELECT id FROM apis WHERE built_in)' : '';
      await this.#manager.query(`DELETE FROM ${table} WHERE client_record_id = $1 ${rest}`, [id]);
    }
    return erased;
  }
}
