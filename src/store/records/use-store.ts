/** Uses and access tokens, added to what is stored by whoever counted them in memory. Forward only. */
import type { EntityManager } from 'typeorm';
import { removeOlder } from '../query/old-rows.ts';

/** Kept for each client; the ones used longest ago go. */
export const addressesPerClientMax = 100;
const addressDaysMax = 90;
const receiptDaysMax = 1;

/** Times are seconds since the epoch. */
export interface UseCounts {
  clients: { id: string; usedAt: number }[];
  secrets: { id: string; usedAt: number; address: string }[];
  addresses: {
    secretId: string;
    address: string;
    uses: number;
    firstUsedAt: number;
    lastUsedAt: number;
  }[];
  tokens: {
    clientRecordId: string;
    /** Days since the epoch, in UTC. */
    day: number;
    apiId: string;
    /** '': whatever their scopes. */
    scope: string;
    tokens: number;
  }[];
}

/** What was counted goes to the database as JSON: written in a third of the time that arrays take. */
export class UseStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  /** Rows are locked in one order by all who write several, and a client's row only at the end. */
  async add({ addresses, tokens, secrets, clients }: UseCounts): Promise<void> {
    const widened = await this.#addAddresses(addresses);
    await this.#addTokens(tokens);
    await this.#lockClients(clients);
    await this.#moveSecretsForward(secrets);
    await this.moveClientsForward(clients);
    if (widened.length > 0) await this.#dropOldestAddresses(widened);
  }

  /** Also ends the countdown to a client's deletion, whatever the clocks say; one that is deleted keeps its own. */
  async moveClientsForward(clients: UseCounts['clients']): Promise<void> {
    await this.#manager.query(
      `WITH used AS MATERIALIZED (
         SELECT client.id, counted."usedAt" AS used_at
           FROM json_to_recordset($1) counted (id text, "usedAt" float8)
           JOIN clients client ON client.id = counted.id
          ORDER BY client.id FOR NO KEY UPDATE OF client)
       UPDATE clients client
          SET last_used_at = greatest(client.last_used_at, to_timestamp(used.used_at)),
              inactivity_since = CASE WHEN client.deleted_at IS NOT NULL THEN client.inactivity_since END,
              inactivity_noticed_at = CASE WHEN client.deleted_at IS NOT NULL
                                           THEN client.inactivity_noticed_at ELSE '{}' END
         FROM used WHERE client.id = used.id`,
      [JSON.stringify(clients)],
    );
  }

  /** Returns the clients that have an address they did not have before. */
  async #addAddresses(addresses: UseCounts['addresses']): Promise<string[]> {
    if (addresses.length === 0) return [];
    const rows = await this.#manager.query<{ clientRecordId: string }[]>(
      `WITH written AS (
         INSERT INTO client_secret_uses AS known
                (client_record_id, client_secret_id, address, uses, first_used_at, last_used_at)
         SELECT secret.client_record_id, secret.id, counted.address, sum(counted.uses),
                to_timestamp(min(counted."firstUsedAt")), to_timestamp(max(counted."lastUsedAt"))
           FROM json_to_recordset($1) counted
                ("secretId" text, address text, uses bigint, "firstUsedAt" float8, "lastUsedAt" float8)
           JOIN client_secrets secret ON secret.id = counted."secretId"
          GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
         ON CONFLICT (client_record_id, client_secret_id, address) DO UPDATE
            SET uses = known.uses + excluded.uses,
                first_used_at = least(known.first_used_at, excluded.first_used_at),
                last_used_at = greatest(known.last_used_at, excluded.last_used_at)
         RETURNING client_record_id, xmax)
       SELECT DISTINCT client_record_id AS "clientRecordId" FROM written WHERE xmax = 0`,
      [JSON.stringify(addresses)],
    );
    return rows.map(({ clientRecordId }) => clientRecordId);
  }

  async #addTokens(tokens: UseCounts['tokens']): Promise<void> {
    if (tokens.length === 0) return;
    await this.#manager.query(
      `INSERT INTO token_usage AS known (client_record_id, day, api_id, scope, tokens)
       SELECT client.id, date 'epoch' + counted.day, api.id, counted.scope, sum(counted.tokens)
         FROM json_to_recordset($1) counted
              ("clientRecordId" text, day integer, "apiId" text, scope text, tokens bigint)
         JOIN clients client ON client.id = counted."clientRecordId"
         JOIN apis api ON api.id = counted."apiId"
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
       ON CONFLICT (client_record_id, day, api_id, scope) DO UPDATE
          SET tokens = known.tokens + excluded.tokens`,
      [JSON.stringify(tokens)],
    );
  }

  /** Before their secrets, as changes of the registry do it, or each would wait for the other. */
  async #lockClients(clients: UseCounts['clients']): Promise<void> {
    await this.#manager.query(
      `SELECT count(*) FROM (
         SELECT FROM clients WHERE id IN (SELECT id FROM json_to_recordset($1) counted (id text))
          ORDER BY id FOR NO KEY UPDATE) locked`,
      [JSON.stringify(clients)],
    );
  }

  async #moveSecretsForward(secrets: UseCounts['secrets']): Promise<void> {
    if (secrets.length === 0) return;
    await this.#manager.query(
      `UPDATE client_secrets secret
          SET last_used_at = to_timestamp(used."usedAt"), last_used_address = used.address
         FROM json_to_recordset($1) used (id text, "usedAt" float8, address text)
        WHERE secret.id = used.id
          AND (secret.last_used_at IS NULL OR secret.last_used_at <= to_timestamp(used."usedAt"))`,
      [JSON.stringify(secrets)],
    );
  }

  async #dropOldestAddresses(clientRecordIds: readonly string[]): Promise<void> {
    await this.#manager.query(
      `DELETE FROM client_secret_uses known
        USING (SELECT client_record_id, client_secret_id, address, row_number() OVER (
                        PARTITION BY client_record_id ORDER BY last_used_at DESC) AS place
                 FROM client_secret_uses WHERE client_record_id = ANY ($1)) ranked
        WHERE ranked.place > $2 AND known.client_record_id = ranked.client_record_id
          AND known.client_secret_id = ranked.client_secret_id AND known.address = ranked.address`,
      [clientRecordIds, addressesPerClientMax],
    );
  }

  /** False when this was written already. */
  async claimReceipt(id: string): Promise<boolean> {
    const claimed = await this.#manager.query<unknown[]>(
      'INSERT INTO usage_receipts (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id',
      [id],
    );
    return claimed.length > 0;
  }

  /** Removes some of what is too old; false when nothing is left. */
  async purge(now: Date): Promise<boolean> {
    const oldestUse = daysBefore(now, addressDaysMax);
    const oldestReceipt = daysBefore(now, receiptDaysMax);
    const isMoreOf = (table: string, column: string, limit: Date) =>
      removeOlder(this.#manager, table, column, limit);
    const moreUses = await isMoreOf('client_secret_uses', 'last_used_at', oldestUse);
    const moreReceipts = await isMoreOf('usage_receipts', 'written_at', oldestReceipt);
    return moreUses || moreReceipts;
  }
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}
