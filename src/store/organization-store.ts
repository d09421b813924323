/** Organizations, read and written. */
import type { EntityManager } from 'typeorm';
import type { Organization } from '../model/records.ts';
import { organizationEntity } from './entities/organization-entity.ts';

export class OrganizationStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async find(id: string): Promise<Organization | undefined> {
    const row = await this.#manager.getRepository(organizationEntity).findOneBy({ id });
    return row ? { id: row.id, name: row.name, createdAt: row.createdAt } : undefined;
  }

  /** The one that was made at first start. */
  async findFirst(): Promise<Organization | undefined> {
    const [row] = await this.#manager
      .getRepository(organizationEntity)
      .find({ order: { createdAt: 'ASC', id: 'ASC' }, take: 1 });
    return row ? { id: row.id, name: row.name, createdAt: row.createdAt } : undefined;
  }

  async insert(organization: Organization): Promise<void> {
    await this.#manager
      .getRepository(organizationEntity)
      .insert({ ...organization, cutoffVersion: 0n });
  }
}
