/** What the token road tells about the use of credentials, on either road alike (DESIGN §7, §10). */
import type { TokenClient, TokenClientSecret, TokenGrant } from './token-client.ts';

/** A successful authentication at `/oauth2/*`. */
export interface ClientUse {
  client: TokenClient;
  secret: TokenClientSecret;
  /** IP address of the caller; may be cut from a header, so whoever keeps it copies it. */
  address: string;
  nowSeconds: number;
}

/** The true reason of a refusal, which its answer may not say. `invalid_secret`: wrong, ended or revoked. */
export type RefusalReason =
  | 'invalid_secret'
  | 'client_inactive'
  | 'invalid_scope'
  | 'invalid_target'
  | 'token_not_yours';

export interface ClientRefusal {
  /** Only known clients: nobody owns the refusals of a client_id that does not exist. */
  client: TokenClient;
  reason: RefusalReason;
  /** SHA-256 of the secret that was presented; tells ended and revoked secrets from wrong ones. */
  presentedDigest: Buffer;
  address: string;
  requestId: string;
  nowSeconds: number;
}

export interface ClientUseObserver {
  /**
   * Counts in memory. Returns a promise only when the stored last use is older than a day (or there is
   * none): then it is written before anything is answered, so that a crash costs a day at most.
   */
  noteUse(use: ClientUse): Promise<void> | undefined;
  noteToken(
    client: TokenClient,
    grant: TokenGrant,
    scopes: readonly string[],
    nowSeconds: number,
  ): void;
  noteRefusal(refusal: ClientRefusal): void;
  /** A client introspected a token that is neither its own nor of an API that lists it. */
  noteUnlistedIntrospection(
    introspecting: TokenClient,
    apiIdentifier: string,
    nowSeconds: number,
  ): void;
}

const storedUseSecondsMax = 24 * 3600;

/** Whether the stored last use is recent enough for a new one to be counted in memory alone. */
export function isUseStored(client: TokenClient, nowSeconds: number): boolean {
  return client.storedUseAt !== null && nowSeconds - client.storedUseAt < storedUseSecondsMax;
}
