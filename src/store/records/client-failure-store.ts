/** The last refusals of each client: appended in batches, at most 50 kept. */
import type { EntityManager } from 'typeorm';
import type { RefusalReason } from '../../model/client-use.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Sight } from '../../model/principal.ts';
import type { ClientFailure, ListedFailure } from '../../model/usage.ts';
import { clientEntity } from '../entities/client-entity.ts';
import { clientFailureEntity, type ClientFailureRow } from '../entities/client-failure-entity.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';
import { narrowToSight } from '../query/sight-filter.ts';

export const failuresPerClientMax = 50;

export const clientFailureSortFields: SortFields = {
  occurred_at: { expression: 'failure.occurredAt', type: 'timestamptz' },
};

export interface NewClientFailure {
  clientRecordId: string;
  /** The client_id that was used. */
  clientId: string;
  reason: RefusalReason;
  /** SHA-256 of the secret that was presented, in hex: compared here, and not stored. */
  presentedDigest: string;
  address: string;
  requestId: string;
  /** Seconds since the epoch. */
  occurredAt: number;
}

export class ClientFailureStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Finds out what was wrong with a secret, by what it is now and when it ended. */
  async append(failures: readonly NewClientFailure[]): Promise<void> {
    // One instance at a time, so that each sees what the others have left of the 50.
    await this.#manager.query('SELECT pg_advisory_xact_lock(hashtext($1))', [
      'latchkey client failures',
    ]);
    await this.#manager.query(
      `INSERT INTO client_failures
              (client_record_id, occurred_at, reason, client_secret_id, address, request_id)
       SELECT client.id, refused.occurred_at,
              CASE WHEN refused.reason <> 'invalid_secret' THEN refused.reason
                   WHEN secret.revoked_at IS NOT NULL THEN 'secret_revoked'
                   WHEN least(secret.retires_at, secret.expires_at) <= refused.occurred_at
                   THEN CASE WHEN secret.retires_at <= coalesce(secret.expires_at, 'infinity')
                             THEN 'secret_retired' ELSE 'secret_expired' END
                   WHEN secret.id IS NOT NULL AND identifier.expires_at <= refused.occurred_at
                   THEN 'client_id_ended'
                   ELSE 'wrong_secret' END,
              secret.id, refused.address, refused.request_id
         FROM (SELECT client_record_id, client_id, reason, digest, to_timestamp(at) AS occurred_at,
                      address, request_id, position
                 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::text[], $7::text[])
                      WITH ORDINALITY AS given
                      (client_record_id, client_id, reason, digest, at, address, request_id, position)
              ) refused
         JOIN clients client ON client.id = refused.client_record_id
         LEFT JOIN client_identifiers identifier ON identifier.client_id = refused.client_id
         LEFT JOIN LATERAL (
              SELECT id, revoked_at, retires_at, expires_at FROM client_secrets
               WHERE secret_digest = decode(refused.digest, 'hex') AND client_record_id = client.id
               ORDER BY serial DESC LIMIT 1) secret ON true
        ORDER BY refused.occurred_at, refused.position`,
      [
        failures.map(({ clientRecordId }) => clientRecordId),
        failures.map(({ clientId }) => clientId),
        failures.map(({ reason }) => reason),
        failures.map(({ presentedDigest }) => presentedDigest),
        failures.map(({ occurredAt }) => occurredAt),
        failures.map(({ address }) => address),
        failures.map(({ requestId }) => requestId),
      ],
    );
    await this.#dropOldest([...new Set(failures.map(({ clientRecordId }) => clientRecordId))]);
  }

  async #dropOldest(clientRecordIds: readonly string[]): Promise<void> {
    await this.#manager.query(
      `DELETE FROM client_failures failure
        USING (SELECT id, row_number() OVER (
                        PARTITION BY client_record_id ORDER BY occurred_at DESC, id DESC) AS place
                 FROM client_failures WHERE client_record_id = ANY ($1)) ranked
        WHERE failure.id = ranked.id AND ranked.place > $2`,
      [clientRecordIds, failuresPerClientMax],
    );
  }

  async list(clientRecordId: string, page: PageRequest): Promise<Page<ClientFailure>> {
    const query = this.#manager
      .getRepository(clientFailureEntity)
      .createQueryBuilder('failure')
      .where('failure.clientRecordId = :clientRecordId', { clientRecordId });
    return readPage(query, page, {
      sortFields: clientFailureSortFields,
      key: 'failure.id',
      keyType: 'bigint',
      toRecords: (rows) => this.#toRecords(rows),
    });
  }

  /** Of every client in sight that is not deleted. */
  async listInSight(sight: Sight, page: PageRequest): Promise<Page<ListedFailure>> {
    const query = this.#manager
      .getRepository(clientFailureEntity)
      .createQueryBuilder('failure')
      .innerJoin(clientEntity.options.name, 'client', 'client.id = failure.clientRecordId')
      .where('client.deletedAt IS NULL');
    return readPage(narrowToSight(query, 'client', sight), page, {
      sortFields: clientFailureSortFields,
      key: 'failure.id',
      keyType: 'bigint',
      toRecords: async (rows) => {
        const names = await this.#readNames(rows.map(({ clientRecordId }) => clientRecordId));
        const failures = await this.#toRecords(rows);
        return failures.map((failure, place) => {
          const clientRecordId = rows[place]?.clientRecordId ?? '';
          const { clientId = '', clientName = '' } = names.get(clientRecordId) ?? {};
          return { ...failure, clientRecordId, clientId, clientName };
        });
      },
    });
  }

  async #readNames(
    clientRecordIds: readonly string[],
  ): Promise<Map<string, { clientId: string; clientName: string }>> {
    const rows = await this.#manager.query<{ id: string; clientId: string; clientName: string }[]>(
      `SELECT client.id, identifier.client_id AS "clientId", client.name AS "clientName"
         FROM clients client
         JOIN client_identifiers identifier
           ON identifier.client_record_id = client.id AND identifier.is_current
        WHERE client.id = ANY ($1)`,
      [[...new Set(clientRecordIds)]],
    );
    return new Map(rows.map(({ id, ...names }) => [id, names]));
  }

  async #toRecords(rows: readonly ClientFailureRow[]): Promise<ClientFailure[]> {
    const secretIds = rows.flatMap(({ secretId }) => secretId ?? []);
    const hints = new Map(
      secretIds.length === 0
        ? []
        : (
            await this.#manager.query<{ id: string; hint: string }[]>(
              'SELECT id, hint FROM client_secrets WHERE id = ANY ($1)',
              [secretIds],
            )
          ).map(({ id, hint }) => [id, hint]),
    );
    return rows.map(({ occurredAt, reason, secretId, address, requestId }) => ({
      occurredAt,
      reason,
      secretId,
      secretHint: secretId === null ? null : (hints.get(secretId) ?? null),
      address,
      requestId,
    }));
  }
}
