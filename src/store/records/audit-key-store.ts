/** The keys that sign audit events, private halves sealed; and what was removed of the events they signed. */
import type { EntityManager } from 'typeorm';
import type { SealedAuditKey } from '../../model/audit-key.ts';
import { auditKeyEntity } from '../entities/audit-key-entity.ts';

export class AuditKeyStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Every key there ever was, in the order they signed. */
  async list(): Promise<SealedAuditKey[]> {
    return this.#manager
      .getRepository(auditKeyEntity)
      .find({ order: { firstSequence: 'ASC', kid: 'ASC' } });
  }

  async find(kid: string): Promise<SealedAuditKey | undefined> {
    return (await this.#manager.getRepository(auditKeyEntity).findOneBy({ kid })) ?? undefined;
  }

  async insert(auditKey: SealedAuditKey): Promise<void> {
    await this.#manager.getRepository(auditKeyEntity).insert(auditKey);
  }

  /** Nobody can sign with it any more. */
  async erasePrivate(kid: string): Promise<void> {
    await this.#manager.getRepository(auditKeyEntity).update({ kid }, { privateJwe: null });
  }

  /** Compact JWS of the last removal; undefined: nothing was removed. */
  async findAnchor(): Promise<string | undefined> {
    const [row] = await this.#manager.query<{ anchor: string }[]>(
      'SELECT anchor FROM audit_anchor',
    );
    return row?.anchor;
  }

  async replaceAnchor(anchor: string): Promise<void> {
    await this.#manager.query(
      `INSERT INTO audit_anchor (anchor) VALUES ($1)
       ON CONFLICT (singleton) DO UPDATE SET anchor = excluded.anchor`,
      [anchor],
    );
  }
}
