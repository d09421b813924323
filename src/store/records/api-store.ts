/** APIs with their scopes, read and written. */
import type { Page, PageRequest } from '../../model/page.ts';
import { In, IsNull, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Api, Scope } from '../../model/records.ts';
import {
  apiEntity,
  apiIntrospectionClientEntity,
  apiScopeEntity,
  type ApiRow,
} from '../entities/api-entity.ts';
import { clientEntity } from '../entities/client-entity.ts';
import { grantEntity } from '../entities/grant-entity.ts';
import { containsPattern, readPage, type SortFields } from '../query/keyset-page.ts';

export interface ApiFilter {
  /** Show this organization's and the instance's own; null: everybody's. */
  visibleTo: string | null;
  organizationId?: string | undefined;
  q?: string | undefined;
}

export type NewApi = Omit<Api, 'version' | 'updatedAt'>;
export type ApiPatch = Partial<
  Pick<Api, 'identifier' | 'name' | 'accessTokenLifetimeSeconds' | 'signingAlgorithm' | 'tokenType'>
>;

export const apiSortFields: SortFields = {
  created_at: { expression: 'api.createdAt', type: 'timestamptz' },
  name: { expression: 'api.name', type: 'text' },
  identifier: { expression: 'api.identifier', type: 'text' },
};

export class ApiStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async find(id: string): Promise<Api | undefined> {
    return this.#findOne((query) => query.where('api.id = :id', { id }));
  }

  async findBuiltIn(): Promise<Api | undefined> {
    return this.#findOne((query) => query.where('api.builtIn'));
  }

  async findBuiltInId(): Promise<string | undefined> {
    const row = await this.#manager.getRepository(apiEntity).findOne({
      select: { id: true },
      where: { builtIn: true, deletedAt: IsNull() },
    });
    return row?.id;
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Api | undefined> {
    return this.#findOne((query) =>
      query.where('api.id = :id', { id }).setLock('for_no_key_update'),
    );
  }

  async #findOne(
    narrow: (query: SelectQueryBuilder<ApiRow>) => SelectQueryBuilder<ApiRow>,
  ): Promise<Api | undefined> {
    const query = this.#manager.getRepository(apiEntity).createQueryBuilder('api');
    const row = await narrow(query).andWhere('api.deletedAt IS NULL').getOne();
    return row ? (await this.#toRecords([row]))[0] : undefined;
  }

  async list(filter: ApiFilter, page: PageRequest): Promise<Page<Api>> {
    const query = this.#manager
      .getRepository(apiEntity)
      .createQueryBuilder('api')
      .where('api.deletedAt IS NULL');
    if (filter.visibleTo !== null) {
      query.andWhere('(api.organizationId = :visibleTo OR api.organizationId IS NULL)', {
        visibleTo: filter.visibleTo,
      });
    }
    if (filter.organizationId !== undefined) {
      query.andWhere('api.organizationId = :organizationId', {
        organizationId: filter.organizationId,
      });
    }
    if (filter.q !== undefined) {
      query.andWhere('(api.name ILIKE :q OR api.identifier ILIKE :q)', {
        q: containsPattern(filter.q),
      });
    }
    return readPage(query, page, {
      sortFields: apiSortFields,
      key: 'api.id',
      toRecords: (rows) => this.#toRecords(rows),
    });
  }

  /** False when the identifier is taken, by a deleted API as well: it is never used again. */
  async insertIfIdentifierIsNew(api: NewApi): Promise<boolean> {
    const { scopes, introspectionClientIds, ...row } = api;
    // The unique index decides, also between two at once; an insert that lost returns no row.
    const inserted = await this.#manager
      .getRepository(apiEntity)
      .createQueryBuilder()
      .insert()
      .values({ ...row, version: 0n, updatedAt: api.createdAt, deletedAt: null })
      .orIgnore()
      .returning('id')
      .execute();
    if ((inserted.raw as unknown[]).length === 0) return false;
    await this.replaceScopes(api.id, scopes);
    await this.replaceIntrospectionClients(api.id, introspectionClientIds);
    return true;
  }

  /** By a deleted API as well: an identifier is never used again. */
  async isIdentifierTaken(identifier: string): Promise<boolean> {
    return this.#manager.getRepository(apiEntity).existsBy({ identifier });
  }

  async update(id: string, patch: ApiPatch): Promise<void> {
    if (Object.keys(patch).length > 0)
      await this.#manager.getRepository(apiEntity).update({ id }, patch);
  }

  /** A scope that is no longer in the list leaves every grant with it. */
  async replaceScopes(apiId: string, scopes: readonly Scope[]): Promise<void> {
    const repository = this.#manager.getRepository(apiScopeEntity);
    const query = repository.createQueryBuilder().delete().where('apiId = :apiId', { apiId });
    if (scopes.length > 0) {
      query.andWhere('value NOT IN (:...kept)', { kept: scopes.map(({ value }) => value) });
    }
    await query.execute();
    if (scopes.length === 0) return;
    await repository.upsert(
      scopes.map((scope, position) => ({ apiId, ...scope, position })),
      ['apiId', 'value'],
    );
  }

  async replaceIntrospectionClients(
    apiId: string,
    clientRecordIds: readonly string[],
  ): Promise<void> {
    const repository = this.#manager.getRepository(apiIntrospectionClientEntity);
    await repository.delete({ apiId });
    await repository.insert(clientRecordIds.map((clientRecordId) => ({ apiId, clientRecordId })));
  }

  async markDeleted(id: string, deletedAt: Date): Promise<void> {
    await this.#manager.getRepository(apiEntity).update({ id }, { deletedAt });
  }

  /** The clients that are granted this API, deleted ones left out: at most `limit` of them. */
  async listGrantHolders(apiId: string, limit: number): Promise<{ id: string; name: string }[]> {
    return this.#manager
      .getRepository(clientEntity)
      .createQueryBuilder('client')
      .select('client.id', 'id')
      .addSelect('client.name', 'name')
      .innerJoin(grantEntity.options.name, 'grant', 'grant.clientRecordId = client.id')
      .where('grant.apiId = :apiId AND client.deletedAt IS NULL', { apiId })
      .orderBy('client.id')
      .limit(limit)
      .getRawMany<{ id: string; name: string }>();
  }

  /** Those of an organization that are not deleted. */
  async listOf(organizationId: string, limit: number): Promise<{ id: string; name: string }[]> {
    return this.#manager.getRepository(apiEntity).find({
      select: { id: true, name: true },
      where: { organizationId, deletedAt: IsNull() },
      order: { createdAt: 'ASC', id: 'ASC' },
      take: limit,
    });
  }

  /** Of live APIs with these identifiers: who they belong to. */
  async listOwners(
    identifiers: readonly string[],
  ): Promise<Pick<Api, 'id' | 'identifier' | 'organizationId'>[]> {
    return this.#manager.getRepository(apiEntity).find({
      select: { id: true, identifier: true, organizationId: true },
      where: { identifier: In([...identifiers]), deletedAt: IsNull() },
    });
  }

  /** Deleted clients may still hold a grant; it goes with the API. */
  async deleteGrants(apiId: string): Promise<void> {
    await this.#manager.getRepository(grantEntity).delete({ apiId });
  }

  async #toRecords(rows: readonly ApiRow[]): Promise<Api[]> {
    if (rows.length === 0) return [];
    const apiIds = In(rows.map(({ id }) => id));
    const scopes = await this.#manager
      .getRepository(apiScopeEntity)
      .find({ where: { apiId: apiIds }, order: { position: 'ASC' } });
    const introspectionClients = await this.#manager
      .getRepository(apiIntrospectionClientEntity)
      .find({ where: { apiId: apiIds }, order: { clientRecordId: 'ASC' } });
    return rows.map(({ deletedAt: _deletedAt, ...row }) => ({
      ...row,
      scopes: scopes
        .filter(({ apiId }) => apiId === row.id)
        .map(({ value, description }) => ({ value, description })),
      introspectionClientIds: introspectionClients
        .filter(({ apiId }) => apiId === row.id)
        .map(({ clientRecordId }) => clientRecordId),
    }));
  }

  /**
   * Live APIs among these identifiers or record ids, and those of `alsoIds`. Nobody can change or delete
   * them, nor their scopes, until the change is over: each is locked, in one order for all.
   */
  async holdByReferences(
    references: readonly string[],
    alsoIds: readonly string[] = [],
  ): Promise<Api[]> {
    const rows = await this.#manager
      .getRepository(apiEntity)
      .createQueryBuilder('api')
      .where('(api.identifier = ANY(:references) OR api.id = ANY(:ids))', {
        references,
        ids: [...references, ...alsoIds],
      })
      .andWhere('api.deletedAt IS NULL')
      .orderBy('api.id')
      .setLock('pessimistic_read')
      .getMany();
    return this.#toRecords(rows);
  }
}
