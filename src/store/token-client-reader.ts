/**
 * What the token road knows of one client, in one prepared statement and so of one moment. A client_id
 * that does not exist costs the same statement and the same row.
 */
import type pg from 'pg';
import type {
  TokenClient,
  TokenClientReading,
  TokenGrant,
  TokenClientSecret,
} from '../model/token-client.ts';
import { callDatabase } from './database-fault.ts';

const readTokenClient = `
SELECT state.version::text AS "registryVersion",
       state.signing_keys_version::text AS "signingKeysVersion",
       extract(epoch FROM clock_timestamp())::double precision AS "nowSeconds",
       client.id, client.name, identifier.client_id AS "clientId",
       client.organization_id AS "organizationId",
       (client.active AND client.deleted_at IS NULL) AS active,
       client.access_token_lifetime_seconds AS "accessTokenLifetimeSeconds",
       greatest(client.cutoff_version, organization.cutoff_version, state.cutoff_version)::text AS "cutoffVersion",
       coalesce((
         SELECT json_agg(json_build_object(
                  'id', secret.id, 'serial', secret.serial::text,
                  'secretDigest', encode(secret.secret_digest, 'hex'),
                  'endsAt', extract(epoch FROM least(
                    secret.expires_at, secret.retires_at, identifier.expires_at)))
                ORDER BY secret.serial)
           FROM client_secrets secret
          WHERE secret.client_record_id = client.id AND secret.slot IS NOT NULL), '[]') AS secrets,
       -- No access token lives longer than a day, so older cut-offs have nothing left to cut.
       coalesce((
         SELECT json_object_agg(secret.serial::text, secret.cutoff_version::text)
           FROM client_secrets secret
          WHERE secret.client_record_id = client.id AND secret.cutoff_version > 0
            AND secret.revoked_at > clock_timestamp() - interval '2 days'), '{}') AS "credentialCutoffs",
       -- Whoever only guesses at a secret learns nothing from how many grants there are.
       CASE WHEN $2::bytea IS NULL OR EXISTS (
         SELECT FROM client_secrets secret
          WHERE secret.client_record_id = client.id AND secret.slot IS NOT NULL
            AND secret.secret_digest = $2)
       THEN coalesce((
         SELECT json_agg(json_build_object(
                  'apiIdentifier', api.identifier, 'builtIn', api.built_in, 'isDefault', "grant".is_default,
                  'accessTokenLifetimeSeconds', api.access_token_lifetime_seconds,
                  'signingAlgorithm', api.signing_algorithm, 'tokenType', api.token_type,
                  'scopes', coalesce((
                    SELECT json_agg(held.scope ORDER BY scope.position)
                      FROM grant_scopes held
                      JOIN api_scopes scope ON scope.api_id = held.api_id AND scope.value = held.scope
                     WHERE held.client_record_id = client.id AND held.api_id = api.id), '[]'))
                ORDER BY "grant".position)
           FROM grants "grant" JOIN apis api ON api.id = "grant".api_id AND api.deleted_at IS NULL
          WHERE "grant".client_record_id = client.id), '[]')
       ELSE '[]' END AS grants
  FROM registry_state state
  LEFT JOIN client_identifiers identifier ON identifier.client_id = $1
  LEFT JOIN clients client ON client.id = identifier.client_record_id
  LEFT JOIN organizations organization ON organization.id = client.organization_id`;

interface TokenClientRow {
  registryVersion: string;
  signingKeysVersion: string;
  nowSeconds: number;
  id: string | null;
  name: string;
  clientId: string;
  organizationId: string;
  active: boolean;
  accessTokenLifetimeSeconds: number | null;
  cutoffVersion: string;
  secrets: (Omit<TokenClientSecret, 'serial' | 'secretDigest'> & {
    serial: string;
    secretDigest: string;
  })[];
  credentialCutoffs: Record<string, string>;
  grants: TokenGrant[];
}

export class TokenClientReader {
  readonly #pool: pg.Pool;
  readonly #clockOffsetMillis: () => number;

  constructor(pool: pg.Pool, clockOffsetMillis: () => number) {
    this.#pool = pool;
    this.#clockOffsetMillis = clockOffsetMillis;
  }

  /**
   * With the SHA-256 of a presented secret, the grants are read only when a live secret has it, so that
   * guessing costs the same whatever the client may do. Throws StoreUnavailable.
   */
  async read(clientId: string, presentedDigest?: Buffer): Promise<TokenClientReading> {
    const { rows } = await callDatabase(() =>
      this.#pool.query<TokenClientRow>({
        name: 'read-token-client',
        text: readTokenClient,
        values: [clientId, presentedDigest ?? null],
      }),
    );
    const [row] = rows;
    if (row === undefined) throw new Error('registry_state has lost its row');
    const nowSeconds = row.nowSeconds + this.#clockOffsetMillis() / 1000;
    return {
      client: row.id === null ? undefined : toTokenClient(row, row.id),
      registryVersion: BigInt(row.registryVersion),
      signingKeysVersion: BigInt(row.signingKeysVersion),
      nowSeconds,
    };
  }
}

function toTokenClient(row: TokenClientRow, id: string): TokenClient {
  return {
    id,
    clientId: row.clientId,
    name: row.name,
    organizationId: row.organizationId,
    usable: row.active,
    accessTokenLifetimeSeconds: row.accessTokenLifetimeSeconds,
    cutoffVersion: BigInt(row.cutoffVersion),
    secrets: row.secrets.map((secret) => ({
      ...secret,
      serial: BigInt(secret.serial),
      secretDigest: Buffer.from(secret.secretDigest, 'hex'),
    })),
    credentialCutoffs: new Map(
      Object.entries(row.credentialCutoffs).map(([serial, version]) => [
        BigInt(serial),
        BigInt(version),
      ]),
    ),
    grants: row.grants,
  };
}
