/** Secrets that go when they have been quiet for long enough, and who may have lost the memory of a use. */
import type { EntityManager } from 'typeorm';

/**
 * Uses are stored a minute after they were counted, or a little later (ADR 11); and an instance that has
 * ended is known to be gone before this has passed.
 */
export const storedLateSecondsMax = 300;
/** How often an instance that counts uses says that it is there. */
export const countingSeconds = 60;
/** It would have said so three times. */
const goneAfterSeconds = 3 * countingSeconds;

export interface DueRetirement {
  secretId: string;
  clientRecordId: string;
  hint: string;
  quietSeconds: number;
  /** The last use that is known, or what stands for it. */
  heardAt: Date;
  lastUsedAt: Date | null;
  lastUsedAddress: string | null;
  dueAt: Date;
  /** Quiet for long enough; else it is still used, and should not be any more. */
  isQuiet: boolean;
}

/**
 * A use of the client that no stored use of its secrets accounts for may have been this secret's: it was
 * stored at once, and the rest was lost or is still to come. A one-off token is taken for one as well.
 * `$1` is the moment of the look, `$2` how late uses may be stored.
 */
const dueRetirements = `
SELECT going.*, going.is_quiet AS "isQuiet"
  FROM (
    SELECT heard.*, heard."heardAt" + make_interval(secs => heard."quietSeconds" + $2::double precision) <= $1::timestamptz
                    AND EXISTS (
                          SELECT FROM client_secrets other
                           WHERE other.client_record_id = heard."clientRecordId"
                             AND other.id <> heard."secretId" AND other.slot IS NOT NULL
                             AND other.quiet_seconds IS NULL AND other.retires_at IS NULL
                             AND coalesce(other.expires_at, 'infinity') > $1::timestamptz) AS is_quiet
      FROM (
        SELECT secret.id AS "secretId", secret.client_record_id AS "clientRecordId", secret.hint,
               secret.quiet_seconds AS "quietSeconds", secret.last_used_at AS "lastUsedAt",
               secret.last_used_address AS "lastUsedAddress", secret.retirement_due_at AS "dueAt",
               secret.retirement_overdue_at, secret.quiet_from,
               greatest(secret.quiet_from, secret.last_used_at,
                        CASE WHEN client.last_used_at > coalesce((
                               SELECT max(any_secret.last_used_at) FROM client_secrets any_secret
                                WHERE any_secret.client_record_id = client.id), '-infinity')
                             THEN client.last_used_at END) AS "heardAt"
          FROM client_secrets secret JOIN clients client ON client.id = secret.client_record_id
         WHERE secret.quiet_seconds IS NOT NULL AND secret.slot IS NOT NULL
           AND client.active AND client.deleted_at IS NULL
           AND coalesce(least(secret.expires_at, secret.retires_at), 'infinity') > $1::timestamptz) heard
       ) going
 WHERE (going.is_quiet
        OR (going.retirement_overdue_at IS NULL AND going."heardAt" > going.quiet_from
            AND going."dueAt" + make_interval(secs => $2::double precision) <= $1::timestamptz))`;

export class SecretRetirementStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** What is due at `now`, in the order of the secrets' ids, from after `after`. */
  async listDue(now: Date, after: string, limit: number): Promise<DueRetirement[]> {
    return this.#manager.query<DueRetirement[]>(
      `${dueRetirements} AND going."secretId" > $3 ORDER BY going."secretId" LIMIT $4`,
      [now, storedLateSecondsMax, after, limit],
    );
  }

  /** The same of one secret, whose client's lock the caller holds. */
  async findDue(now: Date, secretId: string): Promise<DueRetirement | undefined> {
    const [due] = await this.#manager.query<DueRetirement[]>(
      `${dueRetirements} AND going."secretId" = $3`,
      [now, storedLateSecondsMax, secretId],
    );
    return due;
  }

  /** Every other secret of the client that has no end by then goes once it has been quiet for so long. */
  async retireOthersWhenQuiet(
    clientRecordId: string,
    keptId: string,
    rule: { quietSeconds: number; from: Date; dueAt: Date },
  ): Promise<void> {
    await this.#manager.query(
      `UPDATE client_secrets
          SET quiet_seconds = $3, quiet_from = $4, retirement_due_at = $5, retirement_overdue_at = NULL
        WHERE client_record_id = $1 AND id <> $2 AND slot IS NOT NULL
          AND coalesce(least(expires_at, retires_at), 'infinity') > $4`,
      [clientRecordId, keptId, rule.quietSeconds, rule.from, rule.dueAt],
    );
  }

  /** While a client could not be used, its silence said nothing. */
  async countSilenceFrom(clientRecordId: string, from: Date): Promise<void> {
    await this.#manager.query(
      `UPDATE client_secrets SET quiet_from = greatest(quiet_from, $2)
        WHERE client_record_id = $1 AND quiet_seconds IS NOT NULL`,
      [clientRecordId, from],
    );
  }

  async retire(secretId: string, retiresAt: Date): Promise<void> {
    await this.#manager.query('UPDATE client_secrets SET retires_at = $2 WHERE id = $1', [
      secretId,
      retiresAt,
    ]);
  }

  async noteOverdue(secretId: string, at: Date): Promise<void> {
    await this.#manager.query(
      'UPDATE client_secrets SET retirement_overdue_at = $2 WHERE id = $1',
      [secretId, at],
    );
  }

  /** This instance counts uses in memory, and has stored all that is older than a minute or two. */
  async noteCounting(instanceId: string, now: Date): Promise<void> {
    await this.#manager.query(
      `INSERT INTO counting_instances (instance_id, seen_at) VALUES ($1, $2)
       ON CONFLICT (instance_id) DO UPDATE SET seen_at = excluded.seen_at`,
      [instanceId, now],
    );
  }

  /** It has stored everything, and counts no more. */
  async endCounting(instanceId: string): Promise<void> {
    await this.#manager.query('DELETE FROM counting_instances WHERE instance_id = $1', [
      instanceId,
    ]);
  }

  /**
   * Instances that ended without a word took the uses of their last minutes with them: nothing counts as
   * quiet before they must have ended.
   */
  async forgetSilenceOfTheLost(now: Date): Promise<void> {
    await this.#manager.query(
      `WITH gone AS (DELETE FROM counting_instances WHERE seen_at < $1 RETURNING seen_at)
       UPDATE client_secrets
          SET quiet_from = greatest(quiet_from, lost.until)
         FROM (SELECT max(seen_at) + make_interval(secs => $2::double precision) AS until FROM gone) lost
        WHERE quiet_seconds IS NOT NULL AND slot IS NOT NULL AND lost.until IS NOT NULL`,
      [new Date(now.getTime() - goneAfterSeconds * 1000), goneAfterSeconds],
    );
  }
}
