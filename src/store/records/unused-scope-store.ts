/** Scopes that are granted and were not requested for long, in the order of their clients. */
import type { EntityManager } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Sight } from '../../model/principal.ts';
import type { UnusedScope } from '../../model/usage.ts';
import {
  callWithCursor,
  formatCursor,
  parseCursor,
  readSort,
  type SortFields,
} from '../query/keyset-page.ts';

export interface UnusedScopeFilter {
  sight: Sight;
  /** Granted before this moment, or nobody knows when, and not requested since its day. */
  since: Date;
  /** Record id, or any client_id it ever had. */
  client?: string | undefined;
  /** Record id or identifier. */
  api?: string | undefined;
}

export const unusedScopeSortFields: SortFields = {
  client: { expression: 'held.client_record_id', type: 'text' },
};

/** The primary key of grants, so that a page reads no more than it shows, and the unused ones between. */
const key = '(held.client_record_id, held.api_id, held.scope)';

interface UnusedScopeRow extends UnusedScope {
  apiId: string;
}

export class UnusedScopeStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async list(filter: UnusedScopeFilter, page: PageRequest): Promise<Page<UnusedScope>> {
    const { direction, comparison } = readSort(page.sort, unusedScopeSortFields);
    const cursor = page.cursor === null ? undefined : parseCursor(page.cursor, page.sort);
    // A record id has no slash; a scope may.
    const [, apiId = null, scope = null] = /^([^/]*)\/(.*)$/s.exec(cursor?.id ?? '') ?? [];
    const rows = await callWithCursor(page, () =>
      this.#manager.query<UnusedScopeRow[]>(
        `SELECT held.client_record_id AS "clientRecordId", client.name AS "clientName",
                identifier.client_id AS "clientId", api.identifier AS "apiIdentifier", held.scope,
                held.granted_at AS "grantedAt", held.api_id AS "apiId",
                (SELECT max(usage.day)::text FROM token_usage usage
                  WHERE usage.client_record_id = held.client_record_id
                    AND usage.api_id = held.api_id AND usage.scope = held.scope) AS "lastRequestedOn"
           FROM grant_scopes held
           JOIN clients client ON client.id = held.client_record_id AND client.deleted_at IS NULL
           JOIN apis api ON api.id = held.api_id
           JOIN client_identifiers identifier
             ON identifier.client_record_id = client.id AND identifier.is_current
          WHERE ($1::text IS NULL OR client.organization_id = $1)
            AND ($2::text IS NULL OR client.location_id = $2)
            AND ($3::text IS NULL OR client.id IN (
                   SELECT $3 UNION ALL
                   SELECT client_record_id FROM client_identifiers WHERE client_id = $3))
            AND ($4::text IS NULL OR api.id = $4 OR api.identifier = $4)
            AND (held.granted_at IS NULL OR held.granted_at < $5)
            AND NOT EXISTS (
                  SELECT FROM token_usage usage
                   WHERE usage.client_record_id = held.client_record_id
                     AND usage.day >= ($5 AT TIME ZONE 'UTC')::date
                     AND usage.api_id = held.api_id AND usage.scope = held.scope)
            AND ($6::text IS NULL OR ${key} ${comparison} ($6::text, $7::text, $8::text))
          ORDER BY held.client_record_id ${direction}, held.api_id ${direction}, held.scope ${direction}
          LIMIT $9`,
        [
          filter.sight.organizationId,
          filter.sight.locationId,
          filter.client ?? null,
          filter.api ?? null,
          filter.since.toISOString(),
          cursor?.value ?? null,
          apiId,
          scope,
          page.limit + 1,
        ],
      ),
    );
    const last = rows[page.limit - 1];
    return {
      data: rows.slice(0, page.limit).map(({ apiId: _apiId, ...row }) => row),
      nextCursor:
        rows.length > page.limit && last !== undefined
          ? formatCursor({
              sort: page.sort,
              value: last.clientRecordId,
              id: `${last.apiId}/${last.scope}`,
            })
          : null,
    };
  }
}
