/** Signing secrets of webhooks, and what is signed with them (Standard Webhooks 1.0). */
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const secretBytes = 32;

/** Seals what has to be opened again, under the key-encryption key. */
export interface SecretEncryption {
  seal(jwk: SymmetricJwk): Promise<string>;
  open(jwe: string): Promise<{ k?: string | undefined }>;
}

/** A symmetric key as a JWK (RFC 7518 §6.4). */
interface SymmetricJwk {
  kty: 'oct';
  k: string;
}

/** `whsec_` and 32 random bytes in base64. */
export function generateSigningSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString('base64')}`;
}

export async function sealSigningSecret(
  encryption: SecretEncryption,
  signingSecret: string,
): Promise<string> {
  const key = Buffer.from(signingSecret.slice('whsec_'.length), 'base64');
  return encryption.seal({ kty: 'oct', k: key.toString('base64url') });
}

export async function openSigningSecret(
  encryption: SecretEncryption,
  jwe: string,
): Promise<string> {
  const { k } = await encryption.open(jwe);
  if (k === undefined) throw new Error('what is sealed is no signing secret of a webhook');
  return `whsec_${Buffer.from(k, 'base64url').toString('base64')}`;
}

export interface SignedMessage {
  headers: Record<string, string>;
  body: string;
}

/** During the overlap of a rotation both secrets sign, so that a receiver may know either. */
export function signMessage(
  message: { id: string; body: string },
  signingSecrets: readonly string[],
  at: Date,
): SignedMessage {
  const { id, body } = message;
  return {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Latchkey-Webhooks',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signingSecrets
        .map((secret) => new Webhook(secret).sign(id, at, body))
        .join(' '),
    },
    body,
  };
}
