/** The registry's vocabulary as plain records, in camelCase; the wire's snake_case is made in routes. */
import type { SigningAlgorithm } from './signing-algorithm.ts';

export type TokenType = 'at+jwt' | 'JWT';
export type AuthenticationMethod = 'client_secret';
/** A person deleted it, or it was not used for too long. */
export type DeletionReason = 'person' | 'inactivity';

/** The account. */
export interface Organization {
  id: string;
  name: string;
  /** False: none of its clients gets a token, whatever they are themselves. */
  active: boolean;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
}

/** A sub-account of an organization. */
export interface Location {
  id: string;
  organizationId: string;
  name: string;
  /** False: none of its clients gets a token, whatever they are themselves. */
  active: boolean;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
}

export interface Scope {
  value: string;
  description: string;
}

/** A resource server; its `identifier` is the audience of its tokens (RFC 8707 §2). */
export interface Api {
  id: string;
  /** null: instance-wide, any organization's clients may be granted it. */
  organizationId: string | null;
  identifier: string;
  name: string;
  scopes: Scope[];
  accessTokenLifetimeSeconds: number;
  signingAlgorithm: SigningAlgorithm;
  tokenType: TokenType;
  /** Record ids of the clients that may introspect its tokens. */
  introspectionClientIds: string[];
  /** The admin API of this very server: made at first start, and nobody's to change. */
  builtIn: boolean;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
}

/** Which scopes of which API a client may ask for. */
export interface Grant {
  apiId: string;
  apiIdentifier: string;
  scopes: string[];
  isDefault: boolean;
}

export interface Client {
  /** The stable record id; `clientId` is public and can be regenerated. */
  id: string;
  clientId: string;
  organizationId: string;
  /** null: the organization's own. */
  locationId: string | null;
  name: string;
  description: string;
  active: boolean;
  authenticationMethod: AuthenticationMethod;
  accessTokenLifetimeSeconds: number | null;
  exemptFromInactivity: boolean;
  /** Whose it is: it holds no more of the admin API than that member does; null: no member's. */
  memberId: string | null;
  /** The one that its member has turned on for themselves, with all the member holds. */
  personal: boolean;
  /** As they hold now. */
  grants: Grant[];
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** null unless it is deleted, and then of a deletion that is older than this field. */
  deletedBecause: DeletionReason | null;
  activeWhenDeleted: boolean | null;
  lastUsedAt: Date | null;
  /** When it is deleted unless somebody uses it before; null: nobody had to be told yet, or it is exempt. */
  deletesAt: Date | null;
}

/** Never the secret itself, which exists in one HTTP response and nowhere else. */
export interface ClientSecret {
  id: string;
  hint: string;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  /** Set when another secret took its place; can be cancelled until then. */
  retiresAt: Date | null;
  revokedAt: Date | null;
  /** It goes by itself once it has been quiet for so long. */
  quietSeconds: number | null;
  /** When it should have. */
  retirementDueAt: Date | null;
  lastUsedAt: Date | null;
  lastUsedAddress: string | null;
}
