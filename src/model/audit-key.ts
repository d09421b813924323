/** The keys that sign audit events, one after the other; each vouches for the next, and names the one before. */

/** What a key says of itself, and its predecessor of it, in the same bytes. */
export interface AuditKey {
  /** Thumbprint of the public key (RFC 7638). */
  kid: string;
  /** It signs the events from this one on, until its successor does. */
  firstSequence: bigint;
  predecessorKid: string | null;
  /** Compact JWS by the key itself. */
  statement: string;
  /** Compact JWS by its predecessor; null for the first key. */
  endorsement: string | null;
  createdAt: Date;
}

/** A key with its private half, still encrypted under the key-encryption key. */
export interface SealedAuditKey extends AuditKey {
  /** null: a successor signs, and nobody can sign with this one any more. */
  privateJwe: string | null;
}

/** A key pair that has signed nothing yet. */
export interface FreshAuditKey {
  kid: string;
  publicJwk: AuditPublicJwk;
  privateJwe: string;
  /** What it says of itself, as a compact JWS. */
  signStatement(payload: string): string;
}

/** Ed25519 (RFC 8037). */
export interface AuditPublicJwk {
  kty: 'OKP';
  crv: 'Ed25519';
  x: string;
}

/** What a signature of an audit key is about; it is signed as well (`typ` of the JWS). */
export type AuditSignatureType =
  | 'latchkey-audit-event'
  | 'latchkey-audit-key'
  | 'latchkey-audit-checkpoint'
  | 'latchkey-audit-anchor'
  | 'latchkey-audit-export';

/** Signs for the store, which knows the place of an event only inside the transaction. */
export interface AuditSigner {
  /**
   * A compact JWS by the key `kid`. `readKey` is asked when this instance has not used the key yet. Throws
   * when the key is not there, or cannot be opened.
   */
  sign(
    kid: string,
    readKey: () => Promise<SealedAuditKey | undefined>,
    type: AuditSignatureType,
    payload: string,
  ): Promise<string>;
}
