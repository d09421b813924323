/** Organizations, read and written. */
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Organization } from '../../model/records.ts';
import { organizationEntity, type OrganizationRow } from '../entities/organization-entity.ts';
import { containsPattern, readPage, type SortFields } from '../query/keyset-page.ts';

export interface OrganizationFilter {
  /** null: every one. */
  id: string | null;
  active?: boolean | undefined;
  q?: string | undefined;
}

export type NewOrganization = Omit<Organization, 'version' | 'updatedAt'>;
export type OrganizationPatch = Partial<Pick<Organization, 'name' | 'active'>>;

export const organizationSortFields: SortFields = {
  created_at: { expression: 'organization.createdAt', type: 'timestamptz' },
  name: { expression: 'organization.name', type: 'text' },
  active: { expression: 'organization.active', type: 'boolean' },
};

export class OrganizationStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** An organization that is not deleted. */
  async find(id: string): Promise<Organization | undefined> {
    return this.#findOne((query) => query.andWhere('organization.id = :id', { id }));
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Organization | undefined> {
    return this.#findOne((query) =>
      query.andWhere('organization.id = :id', { id }).setLock('for_no_key_update'),
    );
  }

  /** Nobody deletes it until the change is over. */
  async hold(id: string): Promise<Organization | undefined> {
    return this.#findOne((query) =>
      query.andWhere('organization.id = :id', { id }).setLock('pessimistic_read'),
    );
  }

  /** The oldest that is active: the one that was made at first start, unless it was stopped. */
  /** Whose clients may operate the instance. */
  async listOperating(): Promise<string[]> {
    const rows = await this.#manager.query<{ id: string }[]>(
      `SELECT DISTINCT client.organization_id AS id
         FROM clients client
         JOIN grant_scopes held ON held.client_record_id = client.id AND held.scope = 'instance:operate'
         JOIN apis api ON api.id = held.api_id AND api.built_in
        WHERE client.deleted_at IS NULL AND client.location_id IS NULL ORDER BY 1`,
    );
    return rows.map(({ id }) => id);
  }

  async findFirst(): Promise<Organization | undefined> {
    return this.#findOne((query) =>
      query
        .andWhere('organization.active')
        .orderBy('organization.createdAt')
        .addOrderBy('organization.id')
        .limit(1),
    );
  }

  async #findOne(
    narrow: (query: SelectQueryBuilder<OrganizationRow>) => SelectQueryBuilder<OrganizationRow>,
  ): Promise<Organization | undefined> {
    const row = await narrow(this.#query()).getOne();
    return row ? toRecord(row) : undefined;
  }

  async list(filter: OrganizationFilter, page: PageRequest): Promise<Page<Organization>> {
    const query = this.#query();
    if (filter.id !== null) query.andWhere('organization.id = :id', { id: filter.id });
    if (filter.active !== undefined)
      query.andWhere('organization.active = :active', { active: filter.active });
    if (filter.q !== undefined)
      query.andWhere('organization.name ILIKE :q', { q: containsPattern(filter.q) });
    return readPage(query, page, {
      sortFields: organizationSortFields,
      key: 'organization.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  async insert(organization: NewOrganization): Promise<void> {
    await this.#manager.getRepository(organizationEntity).insert({
      ...organization,
      cutoffVersion: 0n,
      version: 0n,
      updatedAt: organization.createdAt,
      deletedAt: null,
    });
  }

  async update(id: string, patch: OrganizationPatch): Promise<void> {
    if (Object.keys(patch).length > 0)
      await this.#manager.getRepository(organizationEntity).update({ id }, patch);
  }

  async markDeleted(id: string, deletedAt: Date): Promise<void> {
    await this.#manager
      .getRepository(organizationEntity)
      .update({ id }, { active: false, deletedAt });
  }

  #query(): SelectQueryBuilder<OrganizationRow> {
    return this.#manager
      .getRepository(organizationEntity)
      .createQueryBuilder('organization')
      .where('organization.deletedAt IS NULL');
  }
}

function toRecord(row: OrganizationRow): Organization {
  const { cutoffVersion: _cutoffVersion, deletedAt: _deletedAt, ...record } = row;
  return record;
}
