/** Client secrets: digests written once, hints and dates read; the secret itself never gets here. */
import { IsNull, Not, type EntityManager } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import type { ClientSecret } from '../../model/records.ts';
import { clientSecretEntity, type ClientSecretRow } from '../entities/client-secret-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';

export const liveSecretsPerClientMax = 5;

export interface NewClientSecret {
  id: string;
  clientRecordId: string;
  secretDigest: Buffer;
  hint: string;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
}

/** A secret of any client, as whoever found it where it should not be needs to know it. */
export interface FoundSecret {
  id: string;
  clientRecordId: string;
  hint: string;
  revokedAt: Date | null;
  cutoffVersion: bigint;
}

/** More were never used within a month; some of them would be robots'. */
const concernedMax = 100;

const bigintMax = 2n ** 63n - 1n;

const clientSecretSortFields: SortFields = {
  created_at: { expression: 'secret.createdAt', type: 'timestamptz' },
};

export class ClientSecretStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** All that were ever made for the client. */
  async list(clientRecordId: string, page: PageRequest): Promise<Page<ClientSecret>> {
    const query = this.#manager
      .getRepository(clientSecretEntity)
      .createQueryBuilder('secret')
      .where('secret.clientRecordId = :clientRecordId', { clientRecordId });
    return readPage(query, page, {
      sortFields: clientSecretSortFields,
      key: 'secret.serial',
      keyType: 'bigint',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  /** Those that authenticate at `now`, and those that were used since, the newest first. */
  async listConcerned(clientRecordId: string, since: Date, now: Date): Promise<ClientSecret[]> {
    const rows = await this.#manager
      .getRepository(clientSecretEntity)
      .createQueryBuilder('secret')
      .where('secret.clientRecordId = :clientRecordId', { clientRecordId })
      .andWhere(
        `(secret.lastUsedAt >= :since OR (secret.slot IS NOT NULL
           AND coalesce(LEAST(secret.expiresAt, secret.retiresAt), 'infinity') > :now))`,
        { since, now },
      )
      .orderBy('secret.serial', 'DESC')
      .limit(concernedMax)
      .getMany();
    return rows.map(toRecord);
  }

  /** A secret of this client, whatever has become of it. */
  async get(clientRecordId: string, id: string): Promise<ClientSecret> {
    return toRecord(
      await this.#manager.getRepository(clientSecretEntity).findOneByOrFail({ id, clientRecordId }),
    );
  }

  /** A secret of this client that was not revoked. */
  async find(clientRecordId: string, id: string): Promise<ClientSecret | undefined> {
    const row = await this.#manager
      .getRepository(clientSecretEntity)
      .findOneBy({ id, clientRecordId, revokedAt: IsNull() });
    return row ? toRecord(row) : undefined;
  }

  /** Those with this digest, or this record id if there is one, newest first, whatever has become of them. */
  async findAnywhere(secretDigest: Buffer, id: string | undefined): Promise<FoundSecret[]> {
    return this.#manager.getRepository(clientSecretEntity).find({
      select: {
        id: true,
        clientRecordId: true,
        hint: true,
        revokedAt: true,
        cutoffVersion: true,
      },
      where: [{ secretDigest }, ...(id === undefined ? [] : [{ id }])],
      order: { serial: 'DESC' },
    });
  }

  /** Record id of the client whose secret has this number in the `jti` of its tokens. */
  async findClientBySerial(serial: bigint): Promise<string | undefined> {
    if (serial > bigintMax) return undefined;
    const row = await this.#manager.getRepository(clientSecretEntity).findOneBy({ serial });
    return row?.clientRecordId;
  }

  /** False when all five places are taken by live secrets. The caller holds the client's row lock. */
  async insert(secret: NewClientSecret): Promise<boolean> {
    const repository = this.#manager.getRepository(clientSecretEntity);
    await repository
      .createQueryBuilder()
      .update()
      .set({ slot: null })
      .where('clientRecordId = :clientRecordId AND slot IS NOT NULL', {
        clientRecordId: secret.clientRecordId,
      })
      .andWhere('LEAST(expires_at, retires_at) <= :now', { now: secret.createdAt })
      .execute();
    const taken = await repository
      .createQueryBuilder('secret')
      .select('secret.slot', 'slot')
      .where('secret.clientRecordId = :id AND secret.slot IS NOT NULL', {
        id: secret.clientRecordId,
      })
      .getRawMany<{ slot: number }>();
    const slots = new Set(taken.map(({ slot }) => slot));
    const slot = [1, 2, 3, 4, 5].find((candidate) => !slots.has(candidate));
    if (slot === undefined) return false;
    await repository.insert({
      ...secret,
      slot,
      retiresAt: null,
      revokedAt: null,
      quietSeconds: null,
      quietFrom: null,
      retirementDueAt: null,
      cutoffVersion: 0n,
      lastUsedAt: null,
      lastUsedAddress: null,
    });
    return true;
  }

  /** Every other secret of the client that has no earlier end ends at `retiresAt`. */
  async retireOthers(clientRecordId: string, keptId: string, retiresAt: Date): Promise<void> {
    await this.#manager
      .getRepository(clientSecretEntity)
      .createQueryBuilder()
      .update()
      .set({ retiresAt })
      .where('clientRecordId = :clientRecordId AND id <> :keptId', { clientRecordId, keptId })
      .andWhere('revokedAt IS NULL AND slot IS NOT NULL')
      .andWhere(
        '(LEAST(expires_at, retires_at) IS NULL OR LEAST(expires_at, retires_at) > :retiresAt)',
        { retiresAt },
      )
      .execute();
  }

  /** Cancels a retirement. False when the secret has given up its place already. */
  async keep(id: string): Promise<boolean> {
    const { affected } = await this.#manager
      .getRepository(clientSecretEntity)
      .update(
        { id, slot: Not(IsNull()) },
        { retiresAt: null, quietSeconds: null, quietFrom: null, retirementDueAt: null },
      );
    return affected === 1;
  }

  async hasLive(clientRecordId: string, now: Date): Promise<boolean> {
    return this.#manager
      .getRepository(clientSecretEntity)
      .createQueryBuilder('secret')
      .where('secret.clientRecordId = :clientRecordId AND secret.slot IS NOT NULL', {
        clientRecordId,
      })
      .andWhere(
        '(LEAST(secret.expiresAt, secret.retiresAt) IS NULL OR LEAST(secret.expiresAt, secret.retiresAt) > :now)',
        { now },
      )
      .getExists();
  }

  async revoke(id: string, revokedAt: Date): Promise<void> {
    await this.#manager.getRepository(clientSecretEntity).update({ id }, { revokedAt, slot: null });
  }

  async revokeAll(clientRecordId: string, revokedAt: Date): Promise<void> {
    await this.#manager
      .getRepository(clientSecretEntity)
      .update({ clientRecordId, revokedAt: IsNull() }, { revokedAt, slot: null });
  }
}

function toRecord(row: ClientSecretRow): ClientSecret {
  const {
    id,
    hint,
    createdAt,
    createdBy,
    expiresAt,
    retiresAt,
    revokedAt,
    quietSeconds,
    retirementDueAt,
    lastUsedAt,
    lastUsedAddress,
  } = row;
  return {
    id,
    hint,
    createdAt,
    createdBy,
    expiresAt,
    retiresAt,
    revokedAt,
    quietSeconds,
    retirementDueAt,
    lastUsedAt,
    lastUsedAddress,
  };
}
