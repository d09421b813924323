/**
 * What the token road knows of clients, many in one prepared statement and so of one moment. A client_id
 * that does not exist costs the same row.
 */
import type pg from 'pg';
import type { EntityManager } from 'typeorm';
import type {
  TokenApi,
  TokenClient,
  TokenClientQuestion,
  TokenClientReading,
  TokenClientSecret,
  TokenGrant,
} from '../../model/token-client.ts';
import { hasOwnSecretsOnly, permissionsOf, toStanding, type Role } from '../../model/role.ts';
import type { Permission } from '../../model/permission.ts';
import { callDatabase } from '../database/database-fault.ts';

const readTokenClients = `
SELECT state.version::text AS "registryVersion",
       state.signing_keys_version::text AS "signingKeysVersion",
       extract(epoch FROM clock_timestamp())::double precision AS "nowSeconds",
       client.id, identifier.client_id AS "clientId",
       client.organization_id AS "organizationId", location.id AS "locationId",
       -- A member's client ends with the member, and holds what the member holds.
       CASE WHEN member.id IS NOT NULL THEN json_build_object(
         'id', member.id, 'role', member.role, 'permissions', member.permissions) END AS member,
       -- What is deleted is not active either.
       (client.active AND organization.active AND coalesce(location.active, true)
         AND coalesce(member.active, true)) AS active,
       client.access_token_lifetime_seconds AS "accessTokenLifetimeSeconds",
       extract(epoch FROM client.last_used_at)::double precision AS "storedUseAt",
       greatest(client.cutoff_version, location.cutoff_version, organization.cutoff_version, state.cutoff_version)::text AS "cutoffVersion",
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
       (SELECT json_object_agg(secret.serial::text, secret.cutoff_version::text)
          FROM client_secrets secret
         WHERE secret.client_record_id = client.id AND secret.cutoff_version > 0
           AND secret.revoked_at > clock_timestamp() - interval '48 hours') AS "credentialCutoffs",
       (SELECT json_agg(revoked.token_id)
          FROM revoked_tokens revoked
         WHERE revoked.client_record_id = client.id
           -- An instance's clock may be behind this one.
           AND revoked.expires_at > clock_timestamp() - interval '2 minutes') AS "revokedTokenIds",
       -- Whoever only guesses at a secret learns nothing from how many grants there are.
       -- An EXISTS would be answered from a hash of all secrets there are, made for this question.
       CASE WHEN asked.digest IS NULL OR asked.digest = ANY (ARRAY(
         SELECT secret.secret_digest FROM client_secrets secret
          WHERE secret.client_record_id = client.id AND secret.slot IS NOT NULL))
       THEN coalesce((
         SELECT json_agg(json_build_object(
                  'apiId', api.id,
                  'apiIdentifier', api.identifier, 'builtIn', api.built_in, 'isDefault', "grant".is_default,
                  'accessTokenLifetimeSeconds', api.access_token_lifetime_seconds,
                  'signingAlgorithm', api.signing_algorithm, 'tokenType', api.token_type,
                  'scopes', CASE WHEN client.personal AND api.built_in THEN (
                    SELECT json_agg(scope.value ORDER BY scope.position)
                      FROM api_scopes scope WHERE scope.api_id = api.id)
                  ELSE coalesce((
                    SELECT json_agg(held.scope ORDER BY scope.position)
                      FROM grant_scopes held
                      JOIN api_scopes scope ON scope.api_id = held.api_id AND scope.value = held.scope
                     WHERE held.client_record_id = client.id AND held.api_id = api.id), '[]') END)
                ORDER BY "grant".position)
           FROM grants "grant" JOIN apis api ON api.id = "grant".api_id AND api.deleted_at IS NULL
          WHERE "grant".client_record_id = client.id), '[]') END AS grants
  FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS asked (client_id, digest, position)
 CROSS JOIN registry_state state
  LEFT JOIN client_identifiers identifier ON identifier.client_id = asked.client_id
  LEFT JOIN clients client ON client.id = identifier.client_record_id
  LEFT JOIN organizations organization ON organization.id = client.organization_id
  LEFT JOIN members member ON member.id = client.member_id
  LEFT JOIN locations location ON location.id = coalesce(member.location_id, client.location_id)
 WHERE asked.client_id IS NOT NULL
 ORDER BY asked.position`;

/**
 * PostgreSQL believes that an array it does not know yet has ten entries. For fewer it finds a plan made for them alone
 * cheaper each time, and plans anew for each question, which takes five times as long as answering it.
 */
const questionsMin = 10;

function filled<T>(values: readonly T[]): (T | null)[] {
  return [...values, ...Array<null>(Math.max(0, questionsMin - values.length)).fill(null)];
}

interface TokenClientRow {
  registryVersion: string;
  signingKeysVersion: string;
  nowSeconds: number;
  id: string | null;
  clientId: string;
  organizationId: string;
  member: { id: string; role: Role | null; permissions: Permission[] | null } | null;
  locationId: string | null;
  active: boolean;
  accessTokenLifetimeSeconds: number | null;
  storedUseAt: number | null;
  cutoffVersion: string;
  secrets: (Omit<TokenClientSecret, 'serial' | 'secretDigest'> & {
    serial: string;
    secretDigest: string;
  })[];
  credentialCutoffs: Record<string, string> | null;
  revokedTokenIds: string[] | null;
  grants: TokenGrant[] | null;
}

interface TokenApiRow {
  id: string;
  organizationId: string | null;
  introspectionClientIds: string[];
}

/** Most clients have none of either: they share one. */
const noCutoffs: ReadonlyMap<bigint, bigint> = new Map();
const noTokenIds: ReadonlySet<string> = new Set();

export class TokenClientReader {
  readonly #pool: pg.Pool;
  readonly #clockOffsetMillis: () => number;

  constructor(pool: pg.Pool, clockOffsetMillis: () => number) {
    this.#pool = pool;
    this.#clockOffsetMillis = clockOffsetMillis;
  }

  /** One answer per question, in their order, all of one moment. Throws StoreUnavailable. */
  async readMany(questions: readonly TokenClientQuestion[]): Promise<TokenClientReading[]> {
    const { rows } = await callDatabase(() =>
      this.#pool.query<TokenClientRow>({
        name: 'read-token-clients',
        text: readTokenClients,
        values: [
          filled(questions.map(({ clientId }) => clientId)),
          filled(questions.map(({ presentedDigest }) => presentedDigest ?? null)),
        ],
      }),
    );
    if (rows.length !== questions.length) throw new Error('registry_state has lost its row');
    const offsetSeconds = this.#clockOffsetMillis() / 1000;
    return rows.map((row) => ({
      client: toTokenClient(row),
      registryVersion: BigInt(row.registryVersion),
      signingKeysVersion: BigInt(row.signingKeysVersion),
      nowSeconds: row.nowSeconds + offsetSeconds,
    }));
  }

  async read(question: TokenClientQuestion): Promise<TokenClientReading> {
    const [reading] = await this.readMany([question]);
    if (reading === undefined) throw new Error('a question was not answered');
    return reading;
  }

  /** Every client_id there is, by its alphabet, from after `after`. */
  async listClientIds(after: string, limit: number): Promise<string[]> {
    const { rows } = await callDatabase(() =>
      this.#pool.query<{ clientId: string }>({
        name: 'list-client-ids',
        text: `SELECT client_id AS "clientId" FROM client_identifiers
                WHERE client_id > $1 ORDER BY client_id LIMIT $2`,
        values: [after, limit],
      }),
    );
    return rows.map(({ clientId }) => clientId);
  }

  /** The API with this identifier, also when it is deleted: its tokens may still live. */
  async readApi(identifier: string): Promise<TokenApi | undefined> {
    const { rows } = await callDatabase(() =>
      this.#pool.query<Partial<TokenApiRow> & { registryVersion: string }>({
        name: 'read-token-api',
        text: `SELECT state.version::text AS "registryVersion", api.id,
                      api.organization_id AS "organizationId",
                      ARRAY(SELECT client_record_id FROM api_introspection_clients
                             WHERE api_id = api.id) AS "introspectionClientIds"
                 FROM registry_state state LEFT JOIN apis api ON api.identifier = $1`,
        values: [identifier],
      }),
    );
    const [row] = rows;
    if (row === undefined) throw new Error('registry_state has lost its row');
    const { id, organizationId = null, introspectionClientIds = [], registryVersion } = row;
    if (id === undefined || id === null) return undefined;
    return {
      id,
      organizationId,
      introspectionClientIds: new Set(introspectionClientIds),
      registryVersion: BigInt(registryVersion),
    };
  }
}

/** The same of one client within a transaction: with what the transaction itself has written. */
export async function readTokenClientWithin(
  manager: EntityManager,
  clientId: string,
): Promise<Pick<TokenClientReading, 'client' | 'registryVersion'>> {
  const [row] = await manager.query<TokenClientRow[]>(readTokenClients, [[clientId], [null]]);
  if (row === undefined) throw new Error('registry_state has lost its row');
  return { client: toTokenClient(row), registryVersion: BigInt(row.registryVersion) };
}

function toTokenClient(row: TokenClientRow): TokenClient | undefined {
  if (row.id === null) return undefined;
  return {
    id: row.id,
    clientId: row.clientId,
    organizationId: row.organizationId,
    locationId: row.locationId,
    usable: row.active,
    member: row.member && {
      id: row.member.id,
      ownSecretsOnly: hasOwnSecretsOnly(toStanding(row.member)),
    },
    accessTokenLifetimeSeconds: row.accessTokenLifetimeSeconds,
    cutoffVersion: BigInt(row.cutoffVersion),
    secrets: row.secrets.map((secret) => ({
      ...secret,
      serial: BigInt(secret.serial),
      // Bytes of its own: a small Buffer is a piece of a block that it shares with those of requests, and
      // would keep the secrets in there alive for as long as the client is remembered (S8).
      secretDigest: Uint8Array.from(Buffer.from(secret.secretDigest, 'hex')),
    })),
    credentialCutoffs:
      row.credentialCutoffs === null
        ? noCutoffs
        : new Map(
            Object.entries(row.credentialCutoffs).map(([serial, version]) => [
              BigInt(serial),
              BigInt(version),
            ]),
          ),
    revokedTokenIds: row.revokedTokenIds === null ? noTokenIds : new Set(row.revokedTokenIds),
    grants: boundGrants(row),
    grantsRead: row.grants !== null,
    storedUseAt: row.storedUseAt,
  };
}

/** Of the admin API a member's client is granted no more than its member holds. */
function boundGrants({ grants, member }: TokenClientRow): TokenGrant[] {
  if (grants === null || member === null) return grants ?? [];
  const held = permissionsOf(toStanding(member)).map(String);
  return grants
    .map((grant) =>
      grant.builtIn
        ? { ...grant, scopes: grant.scopes.filter((scope) => held.includes(scope)) }
        : grant,
    )
    .filter(({ scopes }) => scopes.length > 0);
}
