/** Access tokens that were revoked singly, by `jti`, until they have expired. */
import { LessThan, MoreThan, type EntityManager } from 'typeorm';
import { removeOlder } from '../query/old-rows.ts';
import { revokedTokenEntity, type RevokedTokenRow } from '../entities/revoked-token-entity.ts';

/**
 * How long a row outlives its token: an instance's clock may be behind the database's, and the token must
 * not come back for the difference.
 */
export const revokedTokenKeptSeconds = 120;

export class RevokedTokenStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** False when it is there already. */
  async insert(token: RevokedTokenRow): Promise<boolean> {
    // The primary key decides, also between two at once; an insert that lost returns no row.
    const inserted = await this.#manager
      .getRepository(revokedTokenEntity)
      .createQueryBuilder()
      .insert()
      .values(token)
      .orIgnore()
      .returning('token_id')
      .execute();
    return (inserted.raw as unknown[]).length > 0;
  }

  /** Those of a client that have not expired: how many, and when the first of them does. */
  async summarizeUnexpired(
    clientRecordId: string,
    now: Date,
  ): Promise<{ count: number; firstExpiresAt: Date | undefined }> {
    const [tokens, count] = await this.#manager.getRepository(revokedTokenEntity).findAndCount({
      where: { clientRecordId, expiresAt: MoreThan(now) },
      order: { expiresAt: 'ASC' },
      take: 1,
    });
    return { count, firstExpiresAt: tokens[0]?.expiresAt };
  }

  /** Removes some that have expired, of whichever client; false when none is left. */
  async purge(now: Date): Promise<boolean> {
    const before = new Date(now.getTime() - revokedTokenKeptSeconds * 1000);
    return removeOlder(this.#manager, 'revoked_tokens', 'expires_at', before);
  }

  async deleteExpired(clientRecordId: string, now: Date): Promise<void> {
    const before = new Date(now.getTime() - revokedTokenKeptSeconds * 1000);
    await this.#manager
      .getRepository(revokedTokenEntity)
      .delete({ clientRecordId, expiresAt: LessThan(before) });
  }
}
