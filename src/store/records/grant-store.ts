/** What clients are granted: APIs, and of each its scopes. */
import { In, type EntityManager } from 'typeorm';
import type { Belonging } from '../../model/principal.ts';
import type { Grant } from '../../model/records.ts';
import { scopesOfMembersClient, toStanding } from '../../model/role.ts';
import { apiEntity, apiScopeEntity } from '../entities/api-entity.ts';
import { clientEntity, type ClientRow } from '../entities/client-entity.ts';
import { clientSecretEntity } from '../entities/client-secret-entity.ts';
import { grantEntity, grantScopeEntity } from '../entities/grant-entity.ts';
import { memberEntity } from '../entities/member-entity.ts';
import { organizationEntity } from '../entities/organization-entity.ts';

/** What a change writes of a grant; the API's identifier is its own. */
export type NewGrant = Pick<Grant, 'apiId' | 'scopes' | 'isDefault'>;

export interface ScopeHolder extends Belonging {
  id: string;
  clientId: string;
  name: string;
  isDeleted: boolean;
  scopes: string[];
}

interface ReadGrant extends Grant {
  builtIn: boolean;
}

/** What of a client decides what it holds of the admin API. */
type Holder = Pick<ClientRow, 'id' | 'memberId' | 'personal'>;

export class GrantStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Of these clients, by record id. */
  async read(clients: readonly Holder[]): Promise<Map<string, Grant[]>> {
    const grants = await this.#readGiven(clients.map(({ id }) => id));
    await this.#boundByMembers(clients, grants);
    return new Map(
      [...grants].map(([id, held]) => [id, held.map(({ builtIn: _builtIn, ...grant }) => grant)]),
    );
  }

  /** Scopes that stay were granted when they were; the others at `now`. */
  async replace(clientRecordId: string, grants: readonly NewGrant[], now: Date): Promise<void> {
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
      `SELECT client.id, identifier.client_id AS "clientId", client.name,
              client.organization_id AS "organizationId", client.location_id AS "locationId",
              client.deleted_at IS NOT NULL AS "isDeleted",
              ARRAY(SELECT held.scope FROM grant_scopes held
                     WHERE held.client_record_id = client.id AND held.api_id = $1
                       AND held.scope <> ALL ($2) ORDER BY held.scope) AS scopes
         FROM clients client
         JOIN client_identifiers identifier
           ON identifier.client_record_id = client.id AND identifier.is_current
        WHERE client.id IN (${lost})
        ORDER BY client.id FOR NO KEY UPDATE OF client`,
      [apiId, kept],
    );
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

  /** Of the admin API a member's client holds no more than its member does, and a personal one all of that. */
  async #boundByMembers(
    clients: readonly Holder[],
    grants: Map<string, ReadGrant[]>,
  ): Promise<void> {
    const owned = clients.filter(({ memberId }) => memberId !== null);
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
  async #readGiven(clientRecordIds: readonly string[]): Promise<Map<string, ReadGrant[]>> {
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
