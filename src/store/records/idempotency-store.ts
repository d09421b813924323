/** Creations that named an Idempotency-Key: which record they made, and of which request. */
import type { EntityManager } from 'typeorm';
import { removeOlder } from '../query/old-rows.ts';

/** Whoever asks again after this makes another record. */
const keptMillis = 86_400_000;

export interface IdempotentRequest {
  principalId: string;
  /** Method and route, such as `POST /clients`. */
  route: string;
  key: string;
  /** SHA-256 of the request body. */
  requestDigest: Buffer;
}

export class IdempotencyStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /**
   * Claims the key for `recordId`, which the same transaction makes; or returns what an earlier request
   * made with it. A twin that is under way is waited for: the unique index holds us until it commits.
   */
  async claim(
    request: IdempotentRequest,
    recordId: string,
    createdAt: Date,
  ): Promise<{ recordId: string; requestDigest: Buffer } | undefined> {
    const claimed = await this.#manager.query<unknown[]>(
      `INSERT INTO idempotency_keys (principal_id, route, key, request_digest, record_id, created_at)
       VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING record_id`,
      [request.principalId, request.route, request.key, request.requestDigest, recordId, createdAt],
    );
    if (claimed.length > 0) return undefined;
    const [earlier] = await this.#manager.query<{ recordId: string; requestDigest: Buffer }[]>(
      `SELECT record_id AS "recordId", request_digest AS "requestDigest" FROM idempotency_keys
       WHERE principal_id = $1 AND route = $2 AND key = $3`,
      [request.principalId, request.route, request.key],
    );
    return earlier;
  }

  /** Removes some that are too old; false when none is left. */
  async purge(now: Date): Promise<boolean> {
    const oldest = new Date(now.getTime() - keptMillis);
    return removeOlder(this.#manager, 'idempotency_keys', 'created_at', oldest);
  }
}
