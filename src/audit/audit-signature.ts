/**
 * Signatures of audit keys: JWS (RFC 7515) with Ed25519 (RFC 8037), so that any JOSE library can check an
 * export. Each is one string and no other: what a verifier would let pass as an equal is refused.
 */
import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import type { AuditPublicJwk, AuditSignatureType } from '../model/audit-key.ts';

const verifyOnThreadPool = promisify(verify);
const signatureBytes = 64;

/** The protected header, in base64url. */
function headerOf(kid: string, type: AuditSignatureType): string {
  return toBase64Url(JSON.stringify({ alg: 'EdDSA', kid, typ: type }));
}

export function signCompact(
  privateKey: KeyObject,
  kid: string,
  type: AuditSignatureType,
  payload: string,
): string {
  const input = `${headerOf(kid, type)}.${toBase64Url(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

/** `compact` by this key over a payload of this type; undefined when it is not. */
export async function verifyCompact(
  compact: string,
  { kid, publicKey }: { kid: string; publicKey: KeyObject },
  type: AuditSignatureType,
): Promise<string | undefined> {
  const [header = '', payload = '', signature = '', ...others] = compact.split('.');
  const text = fromBase64Url(payload)?.toString('utf8');
  if (others.length > 0 || text === undefined || toBase64Url(text) !== payload) return undefined;
  const isGood = await verifyParts(header, text, signature, { kid, publicKey }, type);
  return isGood ? text : undefined;
}

/** `detached` (RFC 7515 appendix F) by this key over this very payload of this type. */
export async function verifyDetached(
  detached: string,
  payload: string,
  key: { kid: string; publicKey: KeyObject },
  type: AuditSignatureType,
): Promise<boolean> {
  const [header = '', nothing, signature = '', ...others] = detached.split('.');
  if (nothing !== '' || others.length > 0) return false;
  return verifyParts(header, payload, signature, key, type);
}

async function verifyParts(
  header: string,
  payload: string,
  signatureText: string,
  { kid, publicKey }: { kid: string; publicKey: KeyObject },
  type: AuditSignatureType,
): Promise<boolean> {
  const signature = fromBase64Url(signatureText);
  if (header !== headerOf(kid, type) || signature?.length !== signatureBytes) return false;
  const input = Buffer.from(`${header}.${toBase64Url(payload)}`);
  return verifyOnThreadPool(null, input, publicKey, signature);
}

/** The key a JWS names, which is not verified by this; undefined for what is no JWS of an audit key. */
export function readKid(jws: string): string | undefined {
  const header = fromBase64Url(jws.split('.')[0] ?? '')?.toString('utf8');
  return /^\{"alg":"EdDSA","kid":"([0-9A-Za-z_-]{43})","typ":"latchkey-audit-[a-z]+"\}$/.exec(
    header ?? '',
  )?.[1];
}

/** What a compact JWS says, which is not verified by this. */
export function readPayload(compact: string): string {
  return fromBase64Url(compact.split('.')[1] ?? '')?.toString('utf8') ?? '';
}

/** RFC 7638 §3, for the members that RFC 8037 §2 names. */
export function thumbprintOf({ crv, kty, x }: AuditPublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}

export function toPublicKey({ crv, kty, x }: AuditPublicJwk): KeyObject {
  return createPublicKey({ key: { crv, kty, x }, format: 'jwk' });
}

function toBase64Url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

/** Only the one way of writing it: the last digit of a signature has bits that mean nothing. */
function fromBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
