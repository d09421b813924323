/** Refused attempts: counted up in batches, few kept of each actor, listed, purged. */
import type { EntityManager } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Sight } from '../../model/principal.ts';
import type { RefusedAttemptKind, RefusedAttempts } from '../../model/refused-attempt.ts';
import {
  refusedAttemptEntity,
  type RefusedAttemptRow,
} from '../entities/refused-attempt-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';
import { removeOlder } from '../query/old-rows.ts';
import { narrowToSight } from '../query/sight-filter.ts';

const keptMillis = 30 * 86_400_000;
/** Rows of one actor; whoever comes from ever new networks overwrites what they wrote themselves. */
const rowsPerActorMax = 100;
/** Rows of all that nobody in particular did. */
const rowsOfNobodyMax = 1_000;

export const refusedAttemptSortFields: SortFields = {
  last_occurred_at: { expression: 'attempt.lastAt', type: 'timestamptz' },
};

export class RefusedAttemptStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Each is there once in the batch. */
  async count(attempts: readonly RefusedAttempts[]): Promise<void> {
    // One instance at a time, so that each sees what the others have left of the rows there may be.
    await this.#manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [
      'latchkey refused attempts',
    ]);
    await this.#manager.query(
      `INSERT INTO refused_attempts AS known
              (kind, actor_id, actor_type, actor_name, organization_id, location_id, operation, network, day,
               count, first_occurred_at, last_occurred_at, address, request_id)
       SELECT kind, actor_id, actor_type, actor_name, organization_id, location_id, operation, network,
              (first_at AT TIME ZONE 'UTC')::date, count, first_at, last_at, address, request_id
         FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                     $9::bigint[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::text[])
              AS given (kind, actor_id, actor_type, actor_name, organization_id, location_id, operation, network,
                        count, first_at, last_at, address, request_id)
       ON CONFLICT (actor_id, kind, operation, network, day) DO UPDATE
          SET count = known.count + excluded.count,
              first_occurred_at = least(known.first_occurred_at, excluded.first_occurred_at),
              last_occurred_at = greatest(known.last_occurred_at, excluded.last_occurred_at),
              address = excluded.address, request_id = excluded.request_id,
              actor_name = excluded.actor_name, organization_id = excluded.organization_id,
              location_id = excluded.location_id`,
      [
        attempts.map(({ kind }) => kind),
        attempts.map(({ actor }) => actor?.id ?? null),
        attempts.map(({ actor }) => actor?.type ?? null),
        attempts.map(({ actor }) => actor?.name ?? null),
        attempts.map(({ actor }) => actor?.organizationId ?? null),
        attempts.map(({ actor }) => actor?.locationId ?? null),
        attempts.map(({ operation }) => operation),
        attempts.map(({ network }) => network),
        attempts.map(({ count }) => count),
        attempts.map(({ firstAt }) => firstAt),
        attempts.map(({ lastAt }) => lastAt),
        attempts.map(({ address }) => address),
        attempts.map(({ requestId }) => requestId),
      ],
    );
    const actors = new Set(attempts.map(({ actor }) => actor?.id ?? null));
    await this.#dropOldest([...actors]);
  }

  async #dropOldest(actorIds: readonly (string | null)[]): Promise<void> {
    await this.#manager.query(
      `DELETE FROM refused_attempts attempt
        USING (SELECT place, actor_id,
                      row_number() OVER (PARTITION BY actor_id
                                         ORDER BY last_occurred_at DESC, place DESC) AS rank
                 FROM refused_attempts
                WHERE actor_id = ANY ($1) OR ($2 AND actor_id IS NULL)) ranked
        WHERE attempt.place = ranked.place
          AND ranked.rank > CASE WHEN ranked.actor_id IS NULL THEN $3::int ELSE $4::int END`,
      [
        actorIds.filter((id) => id !== null),
        actorIds.includes(null),
        rowsOfNobodyMax,
        rowsPerActorMax,
      ],
    );
  }

  async list(
    filter: { sight: Sight; kind?: RefusedAttemptKind | undefined; actor?: string | undefined },
    page: PageRequest,
  ): Promise<Page<RefusedAttempts>> {
    const query = this.#manager
      .getRepository(refusedAttemptEntity)
      .createQueryBuilder('attempt')
      .where('TRUE');
    narrowToSight(query, 'attempt', filter.sight);
    const { kind, actor } = filter;
    if (kind !== undefined) query.andWhere('attempt.kind = :kind', { kind });
    if (actor !== undefined) query.andWhere('attempt.actorId = :actor', { actor });
    return readPage(query, page, {
      sortFields: refusedAttemptSortFields,
      key: 'attempt.place',
      keyType: 'bigint',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  /** Removes some that are too old; false when none is left. */
  async purge(now: Date): Promise<boolean> {
    const oldest = new Date(now.getTime() - keptMillis);
    return removeOlder(this.#manager, 'refused_attempts', 'last_occurred_at', oldest);
  }
}

function toRecord(row: RefusedAttemptRow): RefusedAttempts {
  const { actorId, actorType, actorName, organizationId, locationId } = row;
  const { place: _place, count, ...rest } = row;
  // The database's check: all of them are there, or none.
  const isKnown = actorId !== null && actorType !== null && actorName !== null;
  return {
    ...rest,
    count: Number(count),
    actor:
      isKnown && organizationId !== null
        ? { id: actorId, type: actorType, name: actorName, organizationId, locationId }
        : null,
  };
}
