/** Clients with their client_ids and grants, read and written. */
import type { Page, PageRequest } from '../model/page.ts';
import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Sight } from '../model/principal.ts';
import { deletionTime } from '../model/inactivity.ts';
import type { Client, Grant } from '../model/records.ts';
import { scopesOfMembersClient, toStanding } from '../model/role.ts';
import { apiEntity, apiScopeEntity } from './entities/api-entity.ts';
import { clientEntity, clientIdentifierEntity, type ClientRow } from './entities/client-entity.ts';
import { clientSecretEntity } from './entities/client-secret-entity.ts';
import { grantEntity, grantScopeEntity } from './entities/grant-entity.ts';
import { organizationEntity } from './entities/organization-entity.ts';
import { containsPattern, readPage, type SortFields } from './keyset-page.ts';
import { memberEntity } from './entities/member-entity.ts';
import { narrowToSight } from './sight-filter.ts';

export interface ClientFilter {
  sight: Sight;
  hasLocation?: boolean | undefined;
  active?: boolean | undefined;
  memberId?: string | undefined;
  /** Record id or identifier of an API it is granted. */
  api?: string | undefined;
  q?: string | undefined;
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
/** What a change writes of a grant; the API's identifier is its own. */
export type NewGrant = Pick<Grant, 'apiId' | 'scopes' | 'isDefault'>;

export interface ScopeHolder {
  id: string;
  name: string;
  isDeleted: boolean;
  scopes: string[];
}

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

interface ReadGrant extends Grant {
  builtIn: boolean;
}

export class ClientStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** A client that is not deleted, by its record id. */
  async find(id: string): Promise<Client | undefined> {
    return this.#findOne((query) =>
      query.where('client.id = :id AND client.deletedAt IS NULL', { id }),
    );
  }

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
      .where('client.deletedAt IS NULL');
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
    await this.replaceGrants(client.id, grants, client.createdAt);
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

  /** Scopes that stay were granted when they were; the others at `now`. */
  async replaceGrants(
    clientRecordId: string,
    grants: readonly NewGrant[],
    now: Date,
  ): Promise<void> {
    const repository = this.#manager.getRepository(grantEntity);
    const scopes = this.#manager.getRepository(grantScopeEntity);
    const held = await scopes.findBy({ clientRecordId });
    const grantedAtOf = (apiId: string, scope: string) => {
      const before = held.find((each) => each.apiId === apiId && each.scope === scope);
      return before === undefined ? now : before.grantedAt;
    };
    await repository.delete({ clientRecordId });
    if (grants.length === 0) return;
    await repository.insert(
      grants.map(({ apiId, isDefault }, position) => ({
        clientRecordId,
        apiId,
        position,
        isDefault,
      })),
    );
    const granted = grants.flatMap((grant) =>
      grant.scopes.map((scope) => ({
        clientRecordId,
        apiId: grant.apiId,
        scope,
        grantedAt: grantedAtOf(grant.apiId, scope),
      })),
    );
    // A personal client's grant of the admin API has none: its member has them.
    if (granted.length > 0) await scopes.insert(granted);
  }

  /**
   * Clients, deleted ones included, that hold a scope of this API which is not among `kept`, with those
   * scopes. Locks their rows, in one order for all.
   */
  async lockScopeHolders(apiId: string, kept: readonly string[]): Promise<ScopeHolder[]> {
    const lost = `SELECT held.client_record_id FROM grant_scopes held
                   WHERE held.api_id = $1 AND held.scope <> ALL ($2)`;
    return this.#manager.query<ScopeHolder[]>(
      `SELECT client.id, client.name, client.deleted_at IS NOT NULL AS "isDeleted",
              ARRAY(SELECT held.scope FROM grant_scopes held
                     WHERE held.client_record_id = client.id AND held.api_id = $1
                       AND held.scope <> ALL ($2) ORDER BY held.scope) AS scopes
         FROM clients client WHERE client.id IN (${lost})
        ORDER BY client.id FOR NO KEY UPDATE`,
      [apiId, kept],
    );
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

  /** How many other clients could get a token with this scope of this API: active, with a live secret. */
  async countUsableHolders(
    apiId: string,
    scope: string,
    { exceptId = '', now }: { exceptId?: string; now: Date },
  ): Promise<number> {
    const withLiveSecret = this.#manager
      .createQueryBuilder(clientSecretEntity, 'secret')
      .select('1')
      .where('secret.clientRecordId = client.id AND secret.slot IS NOT NULL')
      .andWhere(
        '(LEAST(secret.expiresAt, secret.retiresAt) IS NULL OR LEAST(secret.expiresAt, secret.retiresAt) > :now)',
      );
    return (
      this.#manager
        .getRepository(clientEntity)
        .createQueryBuilder('client')
        .innerJoin(grantScopeEntity.options.name, 'held', 'held.clientRecordId = client.id')
        .innerJoin(
          organizationEntity.options.name,
          'organization',
          'organization.id = client.organizationId AND organization.active',
        )
        .where('held.apiId = :apiId AND held.scope = :scope', { apiId, scope })
        .andWhere('client.id <> :exceptId AND client.active AND client.deletedAt IS NULL', {
          exceptId,
        })
        // A member's client may hold less than it is granted, and ends with the member.
        .andWhere('client.memberId IS NULL')
        .andWhere(`EXISTS (${withLiveSecret.getQuery()})`, { now })
        .getCount()
    );
  }

  /** Whether any client, deleted ones included, holds this scope of this API. */
  async hasEverHeld(apiId: string, scope: string): Promise<boolean> {
    return this.#manager.getRepository(grantScopeEntity).existsBy({ apiId, scope });
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
    const grants = await this.#readGrants(ids);
    await this.#boundByMembers(rows, grants);
    return rows.map((row) => ({
      ...toColumns(row),
      clientId: identifiers.find(({ clientRecordId }) => clientRecordId === row.id)?.clientId ?? '',
      grants: (grants.get(row.id) ?? []).map(({ builtIn: _builtIn, ...grant }) => grant),
    }));
  }

  /** Of the admin API a member's client holds no more than its member does, and a personal one all of that. */
  async #boundByMembers(
    rows: readonly ClientRow[],
    grants: Map<string, ReadGrant[]>,
  ): Promise<void> {
    const owned = rows.filter(({ memberId }) => memberId !== null);
    if (owned.length === 0) return;
    const members = await this.#manager
      .getRepository(memberEntity)
      .findBy({ id: In(owned.map(({ memberId }) => memberId)) });
    for (const { id, memberId, personal } of owned) {
      const member = members.find((one) => one.id === memberId);
      const standing = toStanding(member ?? { role: null, permissions: null });
      for (const grant of grants.get(id) ?? []) {
        if (!grant.builtIn) continue;
        const { scopes } = grant;
        grant.scopes = scopesOfMembersClient(standing, { personal, scopes });
      }
      // A personal one keeps its place among the grants, for what its member may hold again.
      const left = (grants.get(id) ?? []).filter(({ scopes }) => personal || scopes.length > 0);
      grants.set(id, left);
    }
  }

  /** Grants in the order they were given, their scopes in the API's own order. */
  async #readGrants(clientRecordIds: readonly string[]): Promise<Map<string, ReadGrant[]>> {
    const rows = await this.#manager
      .getRepository(grantEntity)
      .createQueryBuilder('grant')
      .innerJoin(apiEntity.options.name, 'api', 'api.id = grant.apiId')
      .leftJoin(
        grantScopeEntity.options.name,
        'held',
        'held.clientRecordId = grant.clientRecordId AND held.apiId = grant.apiId',
      )
      .leftJoin(
        apiScopeEntity.options.name,
        'scope',
        'scope.apiId = held.apiId AND scope.value = held.scope',
      )
      .select('grant.clientRecordId', 'clientRecordId')
      .addSelect('grant.apiId', 'apiId')
      .addSelect('grant.isDefault', 'isDefault')
      .addSelect('api.identifier', 'apiIdentifier')
      .addSelect('api.builtIn', 'builtIn')
      .addSelect(
        "COALESCE(json_agg(held.scope ORDER BY scope.position) FILTER (WHERE held.scope IS NOT NULL), '[]')",
        'scopes',
      )
      .where('grant.clientRecordId IN (:...ids)', { ids: [...clientRecordIds] })
      .groupBy('grant.clientRecordId')
      .addGroupBy('grant.apiId')
      .addGroupBy('grant.isDefault')
      .addGroupBy('grant.position')
      .addGroupBy('api.identifier')
      .addGroupBy('api.builtIn')
      .orderBy('grant.position')
      .getRawMany<ReadGrant & { clientRecordId: string }>();
    const byClient = new Map<string, ReadGrant[]>();
    for (const { clientRecordId, ...grant } of rows) {
      byClient.set(clientRecordId, [...(byClient.get(clientRecordId) ?? []), grant]);
    }
    return byClient;
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
