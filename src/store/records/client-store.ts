/** Clients with their client_ids, read and written; what they are granted is read with them (grant-store.ts). */
import type { Page, PageRequest } from '../../model/page.ts';
import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Sight } from '../../model/principal.ts';
import { deletionTime } from '../../model/inactivity.ts';
import type { Client } from '../../model/records.ts';
import { apiEntity } from '../entities/api-entity.ts';
import { clientEntity, clientIdentifierEntity, type ClientRow } from '../entities/client-entity.ts';
import { grantEntity } from '../entities/grant-entity.ts';
import { GrantStore } from './grant-store.ts';
import { containsPattern, readPage, type SortFields } from '../query/keyset-page.ts';
import { narrowToSight } from '../query/sight-filter.ts';

export interface ClientFilter {
  sight: Sight;
  hasLocation?: boolean | undefined;
  active?: boolean | undefined;
  memberId?: string | undefined;
  /** Record id or identifier of an API it is granted. */
  api?: string | undefined;
  q?: string | undefined;
  /** Those that `restore` brings back in place of those that are there. */
  isRestorable?: boolean | undefined;
}

export type NewClient = Omit<
  Client,
  | 'version'
  | 'updatedAt'
  | 'lastUsedAt'
  | 'deletesAt'
  | 'deletedAt'
  | 'deletedBecause'
  | 'activeWhenDeleted'
  | 'memberId'
  | 'personal'
> &
  Partial<Pick<Client, 'memberId' | 'personal'>>;
export type ClientPatch = Partial<
  Pick<
    Client,
    | 'name'
    | 'description'
    | 'active'
    | 'locationId'
    | 'accessTokenLifetimeSeconds'
    | 'exemptFromInactivity'
    | 'memberId'
    | 'deletedAt'
    | 'deletedBecause'
    | 'activeWhenDeleted'
  >
>;
export const clientSortFields: SortFields = {
  created_at: { expression: 'client.createdAt', type: 'timestamptz' },
  name: { expression: 'client.name', type: 'text' },
  active: { expression: 'client.active', type: 'boolean' },
  // Never used sorts as longest ago.
  last_used_at: {
    expression: "COALESCE(client.lastUsedAt, 'epoch'::timestamptz)",
    type: 'timestamptz',
  },
};

/** A member's own API access that was turned off only its member turns on again. */
const restorable =
  'client.deletedAt IS NOT NULL AND client.erasedAt IS NULL AND NOT client.personal';

export class ClientStore {
  readonly #manager: EntityManager;
  readonly #grants: GrantStore;

  constructor(manager: EntityManager) {
    this.#manager = manager;
    this.#grants = new GrantStore(manager);
  }

  /** A client that is not deleted, by its record id. */
  async find(id: string): Promise<Client | undefined> {
    return this.#findOne((query) =>
      query.where('client.id = :id AND client.deletedAt IS NULL', { id }),
    );
  }

  /** One that is deleted, and can be restored as yet. */
  async findRestorable(id: string): Promise<Client | undefined> {
    return this.#findOne((query) => query.where(`client.id = :id AND ${restorable}`, { id }));
  }

  /** The same, its row locked until the change is over; also a personal one, for a better refusal. */
  async findDeleted(id: string): Promise<Client | undefined> {
    return this.#findOne((query) =>
      query
        .where('client.id = :id AND client.deletedAt IS NOT NULL AND client.erasedAt IS NULL', {
          id,
        })
        .setLock('for_no_key_update'),
    );
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Client | undefined> {
    return this.#findOne((query) =>
      query
        .where('client.id = :id AND client.deletedAt IS NULL', { id })
        .setLock('for_no_key_update'),
    );
  }

  /** Nobody changes it until this change is over, and others may hold it as well. */
  async hold(id: string): Promise<void> {
    await this.#manager.query('SELECT FROM clients WHERE id = $1 FOR SHARE', [id]);
  }

  async #findOne(
    narrow: (query: SelectQueryBuilder<ClientRow>) => SelectQueryBuilder<ClientRow>,
  ): Promise<Client | undefined> {
    const row = await narrow(
      this.#manager.getRepository(clientEntity).createQueryBuilder('client'),
    ).getOne();
    return row ? (await this.#toRecords([row]))[0] : undefined;
  }

  /** Clients that are not deleted, by record id or any live client_id. */
  async findByReferences(references: readonly string[]): Promise<Client[]> {
    const identifiers = await this.#manager
      .getRepository(clientIdentifierEntity)
      .findBy({ clientId: In([...references]) });
    const ids = [...references, ...identifiers.map(({ clientRecordId }) => clientRecordId)];
    const rows = await this.#manager
      .getRepository(clientEntity)
      .createQueryBuilder('client')
      .where('client.id IN (:...ids) AND client.deletedAt IS NULL', { ids })
      .getMany();
    return this.#toRecords(rows);
  }

  async list(filter: ClientFilter, page: PageRequest): Promise<Page<Client>> {
    const query = this.#manager
      .getRepository(clientEntity)
      .createQueryBuilder('client')
      .where(filter.isRestorable ? restorable : 'client.deletedAt IS NULL');
    narrowToSight(query, 'client', filter.sight);
    if (filter.hasLocation !== undefined)
      query.andWhere(`client.locationId IS ${filter.hasLocation ? 'NOT NULL' : 'NULL'}`);
    if (filter.memberId !== undefined)
      query.andWhere('client.memberId = :memberId', { memberId: filter.memberId });
    if (filter.active !== undefined)
      query.andWhere('client.active = :active', { active: filter.active });
    if (filter.api !== undefined) {
      const granted = query
        .subQuery()
        .select('granted.clientRecordId')
        .from(grantEntity, 'granted')
        .innerJoin(apiEntity.options.name, 'api', 'api.id = granted.apiId')
        .where('api.id = :api OR api.identifier = :api')
        .getQuery();
      query.andWhere(`client.id IN ${granted}`, { api: filter.api });
    }
    if (filter.q !== undefined) {
      const matching = query
        .subQuery()
        .select('identifier.clientRecordId')
        .from(clientIdentifierEntity, 'identifier')
        .where('identifier.clientId ILIKE :q')
        .getQuery();
      query.andWhere(
        `(client.name ILIKE :q OR client.description ILIKE :q OR client.id IN ${matching})`,
        {
          q: containsPattern(filter.q),
        },
      );
    }
    return readPage(query, page, {
      sortFields: clientSortFields,
      key: 'client.id',
      toRecords: (rows) => this.#toRecords(rows),
    });
  }

  async insert(client: NewClient): Promise<void> {
    const { clientId, grants, ...row } = client;
    await this.#manager.getRepository(clientEntity).insert({
      memberId: null,
      personal: false,
      ...row,
      cutoffVersion: 0n,
      version: 0n,
      updatedAt: client.createdAt,
      lastUsedAt: null,
      deletedAt: null,
      deletedBecause: null,
      activeWhenDeleted: null,
    });
    await this.insertIdentifier(client.id, clientId, client.createdAt);
    await this.#grants.replace(client.id, grants, client.createdAt);
  }

  async insertIdentifier(clientRecordId: string, clientId: string, createdAt: Date): Promise<void> {
    await this.#manager
      .getRepository(clientIdentifierEntity)
      .insert({ clientId, clientRecordId, isCurrent: true, createdAt, expiresAt: null });
  }

  /** The current client_id becomes an old one; none of the old ones authenticates after `expiresAt`. */
  async expireIdentifiers(clientRecordId: string, expiresAt: Date): Promise<void> {
    await this.#manager
      .getRepository(clientIdentifierEntity)
      .createQueryBuilder()
      .update()
      .set({ isCurrent: false, expiresAt })
      .where('clientRecordId = :clientRecordId', { clientRecordId })
      .andWhere('(isCurrent OR expiresAt > :expiresAt)', { expiresAt })
      .execute();
  }

  async update(id: string, patch: ClientPatch): Promise<void> {
    if (Object.keys(patch).length > 0) {
      await this.#manager.getRepository(clientEntity).update({ id }, patch);
    }
  }

  /** Clients that are not deleted, of all of an organization or of one of its locations. */
  async listOf(sight: Sight, limit: number): Promise<{ id: string; name: string }[]> {
    const query = this.#manager
      .getRepository(clientEntity)
      .createQueryBuilder('client')
      .where('client.deletedAt IS NULL');
    const rows = await narrowToSight(query, 'client', sight)
      .orderBy('client.createdAt')
      .addOrderBy('client.id')
      .limit(limit)
      .getMany();
    return rows.map(({ id, name }) => ({ id, name }));
  }

  /** The one that this member has turned on. */
  async findPersonal(memberId: string): Promise<Client | undefined> {
    return this.#findOne((query) =>
      query.where('client.memberId = :memberId AND client.personal AND client.deletedAt IS NULL', {
        memberId,
      }),
    );
  }

  /** This member's clients that are not deleted. */
  async listOfMember(memberId: string): Promise<Client[]> {
    const rows = await this.#manager
      .getRepository(clientEntity)
      .createQueryBuilder('client')
      .where('client.memberId = :memberId AND client.deletedAt IS NULL', { memberId })
      .getMany();
    return this.#toRecords(rows);
  }

  async #toRecords(rows: readonly ClientRow[]): Promise<Client[]> {
    if (rows.length === 0) return [];
    const ids = rows.map(({ id }) => id);
    const identifiers = await this.#manager
      .getRepository(clientIdentifierEntity)
      .findBy({ clientRecordId: In(ids), isCurrent: true });
    const grants = await this.#grants.read(rows);
    return rows.map((row) => ({
      ...toColumns(row),
      clientId: identifiers.find(({ clientRecordId }) => clientRecordId === row.id)?.clientId ?? '',
      grants: grants.get(row.id) ?? [],
    }));
  }
}

function toColumns({
  cutoffVersion: _cutoffVersion,
  erasedAt: _erasedAt,
  inactivitySince,
  inactivityNoticedAt,
  ...columns
}: ClientRow): Omit<Client, 'clientId' | 'grants'> {
  const isCountedDown = inactivitySince !== null && columns.deletedAt === null;
  return {
    ...columns,
    deletesAt:
      isCountedDown && !columns.exemptFromInactivity
        ? deletionTime(inactivitySince, inactivityNoticedAt)
        : null,
  };
}
