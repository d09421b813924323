/** Signing keys and their states, private halves sealed. */
import { In, type EntityManager } from 'typeorm';
import type { Page, PageRequest } from '../../model/page.ts';
import {
  publishedStates,
  type SealedSigningKey,
  type SigningKeyState,
} from '../../model/signing-key.ts';
import type { SigningAlgorithm } from '../../model/signing-algorithm.ts';
import { signingKeyEntity } from '../entities/signing-key-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';

export type SigningKeyPatch = Partial<
  Pick<SealedSigningKey, 'state' | 'privateJwe' | 'signsAt' | 'retiredAt' | 'goneAt' | 'revokedAt'>
>;

const signingKeySortFields: SortFields = {
  created_at: { expression: 'key.createdAt', type: 'timestamptz' },
};

export class SigningKeyStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Every key there ever was. */
  async list(page: PageRequest): Promise<Page<SealedSigningKey>> {
    return readPage(this.#manager.getRepository(signingKeyEntity).createQueryBuilder('key'), page, {
      sortFields: signingKeySortFields,
      key: 'key.kid',
      toRecords: async (rows) => rows,
    });
  }

  async listPublished(): Promise<SealedSigningKey[]> {
    return this.#manager.getRepository(signingKeyEntity).find({
      where: { state: In([...publishedStates]) },
      order: { createdAt: 'ASC', kid: 'ASC' },
    });
  }

  async find(kid: string): Promise<SealedSigningKey | undefined> {
    return (await this.#manager.getRepository(signingKeyEntity).findOneBy({ kid })) ?? undefined;
  }

  async findInState(
    algorithm: SigningAlgorithm,
    state: SigningKeyState,
  ): Promise<SealedSigningKey | undefined> {
    return (
      (await this.#manager.getRepository(signingKeyEntity).findOneBy({ algorithm, state })) ??
      undefined
    );
  }

  /** False when another instance's key already has this algorithm's one place in that state. */
  async insertIfFirst(key: SealedSigningKey): Promise<boolean> {
    // The partial unique index decides; an insert that lost returns no row.
    const inserted = await this.#manager
      .getRepository(signingKeyEntity)
      .createQueryBuilder()
      .insert()
      .values(key)
      .orIgnore()
      .returning('kid')
      .execute();
    return (inserted.raw as unknown[]).length > 0;
  }

  async update(kid: string, patch: SigningKeyPatch): Promise<void> {
    await this.#manager.getRepository(signingKeyEntity).update({ kid }, patch);
  }
}
