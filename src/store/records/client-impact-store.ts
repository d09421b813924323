/** What a client did since a day: its secrets, the addresses they were used from, and its tokens by scope. */
import type { EntityManager } from 'typeorm';
import type { ClientImpactCounts, SecretAddress } from '../../model/usage.ts';
import { addressesPerClientMax } from './use-store.ts';

/** Rows of tokens by API and scope that are read; nobody reads more of them in a dialog. */
const scopeRowsMax = 1_000;

interface TokenRow {
  api: string;
  /** '': the tokens themselves. */
  scope: string;
  tokens: string;
}

export class ClientImpactStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  async read(clientRecordId: string, since: Date): Promise<ClientImpactCounts> {
    const addresses = await this.#manager.query<(SecretAddress & { uses: string })[]>(
      `SELECT used.client_secret_id AS "secretId", secret.hint AS "secretHint", used.address,
              used.uses::text AS uses, used.first_used_at AS "firstUsedAt",
              used.last_used_at AS "lastUsedAt"
         FROM client_secret_uses used JOIN client_secrets secret ON secret.id = used.client_secret_id
        WHERE used.client_record_id = $1 AND used.last_used_at >= $2
        ORDER BY used.last_used_at DESC, used.address LIMIT $3`,
      [clientRecordId, since, addressesPerClientMax],
    );
    const rows = await this.#manager.query<TokenRow[]>(
      `SELECT api.identifier AS api, usage.scope, sum(usage.tokens)::text AS tokens
         FROM token_usage usage JOIN apis api ON api.id = usage.api_id
        WHERE usage.client_record_id = $1 AND usage.day >= ($2 AT TIME ZONE 'UTC')::date
        GROUP BY api.identifier, usage.scope
        ORDER BY usage.scope = '' DESC, sum(usage.tokens) DESC, api.identifier, usage.scope
        LIMIT $3`,
      [clientRecordId, since.toISOString(), scopeRowsMax + 1],
    );
    const shown = rows.slice(0, scopeRowsMax);
    return {
      addresses: addresses.map((row) => ({ ...row, uses: Number(row.uses) })),
      apis: shown
        .filter(({ scope }) => scope === '')
        .map(({ api, tokens }) => ({
          api,
          tokens: Number(tokens),
          scopes: shown
            .filter((row) => row.api === api && row.scope !== '')
            .map((row) => ({ scope: row.scope, tokens: Number(row.tokens) })),
        })),
      isComplete: rows.length <= scopeRowsMax,
    };
  }
}
