/** Access tokens that were issued, summed by day, client, API and scope as asked for. */
import type { EntityManager } from 'typeorm';
import { invalidAt } from '../../model/registry-error.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Sight } from '../../model/principal.ts';
import type { TokenUsage, UsageDimension } from '../../model/usage.ts';
import {
  callWithCursor,
  formatCursor,
  parseCursor,
  readSort,
  type SortFields,
} from '../query/keyset-page.ts';

export interface TokenUsageFilter {
  sight: Sight;
  /** Days such as `2026-11-23`, both included. */
  from: string;
  to: string;
  /** Record id, or any client_id it ever had. */
  client?: string | undefined;
  /** Record id or identifier. */
  api?: string | undefined;
  scope?: string | undefined;
  groupBy: readonly UsageDimension[];
}

const columns: Record<UsageDimension, { expression: string; type: string }> = {
  day: { expression: 'usage.day', type: 'date' },
  client: { expression: 'usage.client_record_id', type: 'text' },
  api: { expression: 'usage.api_id', type: 'text' },
  scope: { expression: 'usage.scope', type: 'text' },
};

/** Nothing sorts by a dimension that is not asked for; its rows are all alike there. */
export const tokenUsageSortFields: SortFields = {
  day: { expression: "coalesce(counted.day, date 'epoch')", type: 'date' },
  tokens: { expression: 'counted.tokens', type: 'bigint' },
};

interface TokenUsageRow extends Omit<TokenUsage, 'tokens'> {
  tokens: string;
  sortValue: string;
  key: string;
}

export class TokenUsageStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async list(filter: TokenUsageFilter, page: PageRequest): Promise<Page<TokenUsage>> {
    const { field, direction, comparison } = readSort(page.sort, tokenUsageSortFields);
    const cursor = page.cursor === null ? undefined : parseCursor(page.cursor, page.sort);
    const rows = await callWithCursor(page, () =>
      this.#manager.query<TokenUsageRow[]>(
        `SELECT counted.day::text AS day, counted.client AS "clientRecordId",
                identifier.client_id AS "clientId", named.name AS "clientName", api.identifier AS "apiIdentifier",
                counted.scope, counted.tokens::text AS tokens,
                (${field.expression})::text AS "sortValue", counted.key
           FROM (${groupedStatement(filter.groupBy)}) counted
           LEFT JOIN client_identifiers identifier
                  ON identifier.client_record_id = counted.client AND identifier.is_current
           LEFT JOIN clients named ON named.id = counted.client
           LEFT JOIN apis api ON api.id = counted.api
          WHERE $8::text IS NULL OR (${field.expression}, counted.key) ${comparison} ($8::${field.type}, $9::text)
          ORDER BY ${field.expression} ${direction}, counted.key ${direction}
          LIMIT $10`,
        [
          filter.sight.organizationId,
          filter.from,
          filter.to,
          filter.client ?? null,
          filter.api ?? null,
          filter.scope ?? null,
          filter.groupBy.includes('scope'),
          cursor?.value ?? null,
          cursor?.id ?? null,
          page.limit + 1,
          filter.sight.locationId,
        ],
      ),
    );
    const last = rows[page.limit - 1];
    return {
      data: rows.slice(0, page.limit).map(toRecord),
      nextCursor:
        rows.length > page.limit && last !== undefined
          ? formatCursor({ sort: page.sort, value: last.sortValue, id: last.key })
          : null,
    };
  }
}

/** Of each client, API and day there is one row for every scope, and one ('') for the tokens themselves. */
function groupedStatement(groupBy: readonly UsageDimension[]): string {
  const selected = Object.entries(columns).map(([dimension, { expression, type }]) =>
    // The keys of the literal above.
    groupBy.includes(dimension as UsageDimension)
      ? `${expression} AS ${dimension}`
      : `NULL::${type} AS ${dimension}`,
  );
  const grouped = groupBy.map((dimension) => columns[dimension].expression).join(', ');
  if (grouped === '') throw invalidAt('group_by', 'group_by must name something to count by');
  return `
    SELECT ${selected.join(', ')}, sum(usage.tokens)::bigint AS tokens, concat_ws('/', ${grouped}) AS key
      FROM token_usage usage JOIN clients client ON client.id = usage.client_record_id
     WHERE ($1::text IS NULL OR client.organization_id = $1)
       AND ($11::text IS NULL OR client.location_id = $11)
       AND usage.day BETWEEN $2 AND $3
       AND ($4::text IS NULL OR usage.client_record_id IN (
              SELECT $4 UNION ALL
              SELECT client_record_id FROM client_identifiers WHERE client_id = $4))
       AND ($5::text IS NULL OR usage.api_id IN (
              SELECT id FROM apis WHERE id = $5 OR identifier = $5))
       AND CASE WHEN $6::text IS NOT NULL THEN usage.scope = $6
                WHEN $7::boolean THEN usage.scope <> ''
                ELSE usage.scope = '' END
     GROUP BY ${grouped}`;
}

function toRecord(row: TokenUsageRow): TokenUsage {
  const { sortValue: _sortValue, key: _key, tokens, ...usage } = row;
  return { ...usage, tokens: Number(tokens) };
}
