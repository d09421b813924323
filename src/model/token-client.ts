/** What the token road needs to know of a client, compiled: digests, ends, scopes by API, claims. */
import type { MemberBehind } from './member-behind.ts';
import type { TokenType } from './records.ts';
import type { SigningAlgorithm } from './signing-algorithm.ts';

export interface TokenClientSecret {
  id: string;
  /** Number of the credential in the `jti`. */
  serial: bigint;
  /** SHA-256 of the secret. */
  secretDigest: Uint8Array;
  /** Seconds since the epoch at which it stops working with this client_id; null for never. */
  endsAt: number | null;
}

export interface TokenGrant {
  /** Record id of the API. */
  apiId: string;
  apiIdentifier: string;
  /** The API is this server's own admin API, and not merely named like it. */
  builtIn: boolean;
  isDefault: boolean;
  /** In the API's own order. */
  scopes: readonly string[];
  accessTokenLifetimeSeconds: number;
  signingAlgorithm: SigningAlgorithm;
  tokenType: TokenType;
}

export interface TokenClient {
  /** Record id; `clientId` is the public id it authenticated with. */
  id: string;
  clientId: string;
  organizationId: string;
  /** null: the organization's own. */
  locationId: string | null;
  /** Active and not deleted, as are its organization, its location and its member. A client_id past its overlap ends with its secrets; its tokens do not. */
  usable: boolean;
  /** Whose it is; null: no member's. */
  member: MemberBehind | null;
  accessTokenLifetimeSeconds: number | null;
  /** The highest cut-off of the client, its location, its organization and the whole instance. */
  cutoffVersion: bigint;
  secrets: readonly TokenClientSecret[];
  /** By a revoked secret's serial: its tokens with a lower registry version than this are inactive. */
  credentialCutoffs: ReadonlyMap<bigint, bigint>;
  /** The `jti` of each of its access tokens that was revoked singly and has not expired. */
  revokedTokenIds: ReadonlySet<string>;
  /** Empty when they were not read, which a mere guess at a secret is not worth. */
  grants: readonly TokenGrant[];
  grantsRead: boolean;
  /**
   * The last use that is stored, in seconds since the epoch; null: none. The one field that changes while
   * a client is remembered: whoever stores a use moves it forward, so that the client stays warm.
   */
  storedUseAt: number | null;
}

/** What is asked about a client. */
export interface TokenClientQuestion {
  clientId: string;
  /** SHA-256 of a presented secret: grants are read only if a live one has it. undefined: always. */
  presentedDigest: Buffer | undefined;
}

/** What introspection needs to know of an API. */
export interface TokenApi {
  id: string;
  organizationId: string | null;
  /** Record ids of the clients that may introspect its tokens. */
  introspectionClientIds: ReadonlySet<string>;
  /** All of it was true at this registry version. */
  registryVersion: bigint;
}

/** One look at the registry: everything in it was true at the same moment. */
export interface TokenClientReading {
  /** undefined: no such client_id. */
  client: TokenClient | undefined;
  registryVersion: bigint;
  /** Registry version of the last change of a signing key. */
  signingKeysVersion: bigint;
  /** The database's clock, in seconds since the epoch. */
  nowSeconds: number;
}
