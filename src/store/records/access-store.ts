/** Everybody who holds access, in one list, whatever they are. */
import type { EntityManager } from 'typeorm';
import type { AccessHolder, AccessKind } from '../../model/access.ts';
import type { Permission } from '../../model/permission.ts';
import { scopesOfMembersClient, toStanding, type Role } from '../../model/role.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Sight } from '../../model/principal.ts';
import {
  callWithCursor,
  containsPattern,
  formatCursor,
  parseCursor,
  readSort,
  type SortFields,
} from '../query/keyset-page.ts';

export interface AccessFilter {
  sight: Sight;
  hasLocation?: boolean | undefined;
  kind?: AccessKind | undefined;
  active?: boolean | undefined;
  q?: string | undefined;
}

export const accessSortFields: SortFields = {
  created_at: { expression: 'holder.created_at', type: 'timestamptz' },
  name: { expression: 'holder.name', type: 'text' },
  active: { expression: 'holder.active', type: 'boolean' },
  // Never used sorts as longest ago.
  last_used_at: {
    expression: "COALESCE(holder.last_used_at, 'epoch'::timestamptz)",
    type: 'timestamptz',
  },
};

/** What is deleted is not active either. */
const holders = `
  SELECT CASE WHEN client.personal THEN 'member' ELSE 'client' END AS kind,
         client.id, CASE WHEN client.personal THEN member.name ELSE client.name END AS name,
         identifier.client_id, member.id AS member_id, member.role, member.permissions,
         client.organization_id, location.id AS location_id,
         client.active AND organization.active AND coalesce(location.active, true)
           AND coalesce(member.active, true) AS active,
         client.created_at, client.last_used_at
    FROM clients client
    JOIN client_identifiers identifier ON identifier.client_record_id = client.id AND identifier.is_current
    JOIN organizations organization ON organization.id = client.organization_id
    LEFT JOIN members member ON member.id = client.member_id
    LEFT JOIN locations location ON location.id = coalesce(member.location_id, client.location_id)
   WHERE client.deleted_at IS NULL`;

/** Of the rows of a page alone. */
const grants = `
  coalesce((SELECT json_agg(json_build_object(
                     'apiIdentifier', api.identifier, 'builtIn', api.built_in,
                     'scopes', coalesce((
                        SELECT json_agg(held.scope ORDER BY scope.position)
                          FROM grant_scopes held
                          JOIN api_scopes scope ON scope.api_id = held.api_id AND scope.value = held.scope
                         WHERE held.client_record_id = shown.id AND held.api_id = api.id), '[]'))
                   ORDER BY "grant".position)
              FROM grants "grant" JOIN apis api ON api.id = "grant".api_id AND api.deleted_at IS NULL
             WHERE "grant".client_record_id = shown.id), '[]')`;

interface AccessRow extends Omit<AccessHolder, 'grants'> {
  role: Role | null;
  permissions: Permission[] | null;
  grants: (AccessHolder['grants'][number] & { builtIn: boolean })[];
  sortValue: string;
}

export class AccessStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async list(filter: AccessFilter, page: PageRequest): Promise<Page<AccessHolder>> {
    const { field, direction, comparison } = readSort(page.sort, accessSortFields);
    const cursor = page.cursor === null ? undefined : parseCursor(page.cursor, page.sort);
    const rows = await callWithCursor(page, () =>
      this.#manager.query<AccessRow[]>(
        `SELECT shown.kind, shown.id, shown.name, shown.client_id AS "clientId",
                shown.member_id AS "memberId", shown.role, shown.permissions,
                shown.organization_id AS "organizationId", shown.location_id AS "locationId",
                shown.active, shown.created_at AS "createdAt", shown.last_used_at AS "lastUsedAt",
                shown.sort_value AS "sortValue", ${grants} AS grants
           FROM (SELECT holder.*, (${field.expression})::text AS sort_value,
                        row_number() OVER (ORDER BY ${field.expression} ${direction}, holder.id ${direction}) AS place
                   FROM (${holders}) holder
                  WHERE ($1::text IS NULL OR holder.organization_id = $1)
                    AND ($2::text IS NULL OR holder.location_id = $2)
                    AND ($3::boolean IS NULL OR (holder.location_id IS NOT NULL) = $3)
                    AND ($4::text IS NULL OR holder.kind = $4)
                    AND ($5::boolean IS NULL OR holder.active = $5)
                    AND ($6::text IS NULL OR holder.name ILIKE $6 OR holder.client_id ILIKE $6)
                    AND ($7::text IS NULL
                         OR (${field.expression}, holder.id) ${comparison} ($7::${field.type}, $8::text))
                  ORDER BY ${field.expression} ${direction}, holder.id ${direction}
                  LIMIT $9) shown
          ORDER BY shown.place`,
        [
          filter.sight.organizationId,
          filter.sight.locationId,
          filter.hasLocation ?? null,
          filter.kind ?? null,
          filter.active ?? null,
          filter.q === undefined ? null : containsPattern(filter.q),
          cursor?.value ?? null,
          cursor?.id ?? null,
          page.limit + 1,
        ],
      ),
    );
    const last = rows[page.limit - 1];
    return {
      data: rows.slice(0, page.limit).map(toHolder),
      nextCursor:
        rows.length > page.limit && last !== undefined
          ? formatCursor({ sort: page.sort, value: last.sortValue, id: last.id })
          : null,
    };
  }
}

/** With what it holds at this moment: of the admin API no more than its member does. */
function toHolder({
  sortValue: _sortValue,
  role,
  permissions,
  grants,
  ...holder
}: AccessRow): AccessHolder {
  const standing = toStanding({ role, permissions });
  const personal = holder.kind === 'member';
  return {
    ...holder,
    grants: grants
      .map(({ builtIn, apiIdentifier, scopes }) => ({
        apiIdentifier,
        scopes:
          builtIn && holder.memberId !== null
            ? scopesOfMembersClient(standing, { personal, scopes })
            : scopes,
      }))
      .filter(({ scopes }) => scopes.length > 0),
  };
}
