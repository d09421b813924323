/** Secrets that end soon, of which nobody has been told yet. */
import type { EntityManager } from 'typeorm';

export interface EndingSecret {
  secretId: string;
  clientRecordId: string;
  hint: string;
  endsAt: Date;
  /** What ends it first. */
  endsBy: 'expiry' | 'retirement';
  lastUsedAt: Date | null;
  lastUsedAddress: string | null;
  /** The client has a newer secret that outlives this one. */
  replaced: boolean;
  /** The secret, the stage and the end: each is told of once. */
  occasion: string;
}

/**
 * A secret that another one is to replace is told of when it is still used, once: a day before its end, or
 * when half of the time is over if that is later. Any other one is told of 7 days and a day before, if it was
 * made before then; only of the last stage that has begun, so that whoever looks late tells once. One that
 * nobody has used since another was made that never ends has done its work. `$1` is the moment of the look.
 */
const dueEndings = `
SELECT due.*
  FROM (
    SELECT staged.*, staged."secretId" || ' ' || staged.stage || ' ' || extract(epoch FROM staged."endsAt") AS occasion
      FROM (
        SELECT ending.*,
               CASE
                 WHEN ending."endsBy" = 'retirement' AND ending.replaced THEN
                   CASE WHEN ending."lastUsedAt" > ending.replaced_at
                         AND $1::timestamptz >= greatest(ending."endsAt" - interval '24 hours',
                                                         ending.replaced_at + (ending."endsAt" - ending.replaced_at) / 2)
                        THEN 'replaced' END
                 WHEN ending.is_done_with THEN NULL
                 WHEN $1::timestamptz >= ending."endsAt" - interval '24 hours' THEN
                   CASE WHEN ending.created_at <= ending."endsAt" - interval '24 hours' THEN 'day' END
                 WHEN ending.created_at <= ending."endsAt" - interval '168 hours' THEN 'week'
               END AS stage
          FROM (
            SELECT secret.id AS "secretId", secret.client_record_id AS "clientRecordId", secret.hint,
                   secret.last_used_at AS "lastUsedAt", secret.last_used_address AS "lastUsedAddress",
                   secret.created_at, client.organization_id,
                   least(secret.expires_at, secret.retires_at) AS "endsAt",
                   CASE WHEN secret.retires_at <= coalesce(secret.expires_at, 'infinity')
                        THEN 'retirement' ELSE 'expiry' END AS "endsBy",
                   replacement.made_at AS replaced_at, replacement.made_at IS NOT NULL AS replaced,
                   coalesce(replacement.endless_made_at >= coalesce(secret.last_used_at, '-infinity'), false) AS is_done_with
              FROM client_secrets secret
              JOIN clients client ON client.id = secret.client_record_id
             CROSS JOIN LATERAL (
                   SELECT max(newer.created_at) AS made_at,
                          max(newer.created_at) FILTER (
                            WHERE newer.expires_at IS NULL AND newer.retires_at IS NULL
                              AND newer.quiet_seconds IS NULL) AS endless_made_at
                     FROM client_secrets newer
                    WHERE newer.client_record_id = secret.client_record_id AND newer.serial > secret.serial
                      AND newer.slot IS NOT NULL
                      AND coalesce(least(newer.expires_at, newer.retires_at), 'infinity')
                          > least(secret.expires_at, secret.retires_at)) replacement
             WHERE secret.slot IS NOT NULL AND (secret.expires_at IS NOT NULL OR secret.retires_at IS NOT NULL)
               AND least(secret.expires_at, secret.retires_at) > $1::timestamptz
               AND least(secret.expires_at, secret.retires_at) <= $1::timestamptz + interval '168 hours'
               AND client.active AND client.deleted_at IS NULL) ending
           ) staged
     WHERE staged.stage IS NOT NULL) due
 WHERE NOT EXISTS (
         SELECT FROM notices told
          WHERE told.organization_id = due.organization_id AND told.kind = 'secret_ending'
            AND told.occasion = due.occasion)`;

export class SecretEndingStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** What is to be told of at `now`, in the order of the secrets' ids, from after `after`. */
  async listDue(now: Date, after: string, limit: number): Promise<EndingSecret[]> {
    return this.#manager.query<EndingSecret[]>(
      `${dueEndings} AND due."secretId" > $2 ORDER BY due."secretId" LIMIT $3`,
      [now, after, limit],
    );
  }

  /** The same of one secret, whose client's lock the caller holds. */
  async findDue(now: Date, secretId: string): Promise<EndingSecret | undefined> {
    const [due] = await this.#manager.query<EndingSecret[]>(
      `${dueEndings} AND due."secretId" = $2`,
      [now, secretId],
    );
    return due;
  }
}
