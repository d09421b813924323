/** Locations, read and written. */
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Sight } from '../../model/principal.ts';
import type { Location } from '../../model/records.ts';
import { locationEntity, type LocationRow } from '../entities/location-entity.ts';
import { containsPattern, readPage, type SortFields } from '../query/keyset-page.ts';

export interface LocationFilter {
  sight: Sight;
  active?: boolean | undefined;
  q?: string | undefined;
}

export type NewLocation = Omit<Location, 'version' | 'updatedAt'>;
export type LocationPatch = Partial<Pick<Location, 'name' | 'active'>>;

export const locationSortFields: SortFields = {
  created_at: { expression: 'location.createdAt', type: 'timestamptz' },
  name: { expression: 'location.name', type: 'text' },
  active: { expression: 'location.active', type: 'boolean' },
};

export class LocationStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** A location that is not deleted. */
  async find(id: string): Promise<Location | undefined> {
    return this.#findOne((query) => query.andWhere('location.id = :id', { id }));
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Location | undefined> {
    return this.#findOne((query) =>
      query.andWhere('location.id = :id', { id }).setLock('for_no_key_update'),
    );
  }

  /** Nobody deletes it until the change is over. */
  async hold(id: string): Promise<Location | undefined> {
    return this.#findOne((query) =>
      query.andWhere('location.id = :id', { id }).setLock('pessimistic_read'),
    );
  }

  async #findOne(
    narrow: (query: SelectQueryBuilder<LocationRow>) => SelectQueryBuilder<LocationRow>,
  ): Promise<Location | undefined> {
    const row = await narrow(this.#query()).getOne();
    return row ? toRecord(row) : undefined;
  }

  async list(
    { sight: { organizationId, locationId }, active, q }: LocationFilter,
    page: PageRequest,
  ): Promise<Page<Location>> {
    const query = this.#query();
    if (organizationId !== null)
      query.andWhere('location.organizationId = :organizationId', { organizationId });
    if (locationId !== null) query.andWhere('location.id = :locationId', { locationId });
    if (active !== undefined) query.andWhere('location.active = :active', { active });
    if (q !== undefined) query.andWhere('location.name ILIKE :q', { q: containsPattern(q) });
    return readPage(query, page, {
      sortFields: locationSortFields,
      key: 'location.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  /** Those of an organization that are not deleted. */
  async listOf(organizationId: string, limit: number): Promise<{ id: string; name: string }[]> {
    const rows = await this.#query()
      .andWhere('location.organizationId = :organizationId', { organizationId })
      .orderBy('location.createdAt')
      .addOrderBy('location.id')
      .limit(limit)
      .getMany();
    return rows.map(({ id, name }) => ({ id, name }));
  }

  async insert(location: NewLocation): Promise<void> {
    await this.#manager.getRepository(locationEntity).insert({
      ...location,
      cutoffVersion: 0n,
      version: 0n,
      updatedAt: location.createdAt,
      deletedAt: null,
    });
  }

  async update(id: string, patch: LocationPatch): Promise<void> {
    if (Object.keys(patch).length > 0)
      await this.#manager.getRepository(locationEntity).update({ id }, patch);
  }

  async markDeleted(id: string, deletedAt: Date): Promise<void> {
    await this.#manager.getRepository(locationEntity).update({ id }, { active: false, deletedAt });
  }

  #query(): SelectQueryBuilder<LocationRow> {
    return this.#manager
      .getRepository(locationEntity)
      .createQueryBuilder('location')
      .where('location.deletedAt IS NULL');
  }
}

function toRecord(row: LocationRow): Location {
  const { cutoffVersion: _cutoffVersion, deletedAt: _deletedAt, ...record } = row;
  return record;
}
