/** Narrows a list to what its reader may see (model/principal.ts). */
import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Sight } from '../../model/principal.ts';

/** `alias` is one of a table with `organizationId` and `locationId`. */
export function narrowToSight<Row extends ObjectLiteral>(
  query: SelectQueryBuilder<Row>,
  alias: string,
  { organizationId, locationId }: Sight,
): SelectQueryBuilder<Row> {
  if (organizationId !== null) {
    query.andWhere(`${alias}.organizationId = :seenOrganizationId`, {
      seenOrganizationId: organizationId,
    });
  }
  if (locationId !== null) {
    query.andWhere(`${alias}.locationId = :seenLocationId`, { seenLocationId: locationId });
  }
  return query;
}
