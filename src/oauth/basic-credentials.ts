/** `Authorization: Basic` with form-urlencoded parts (RFC 6749 §2.3.1, RFC 7617 §2). */
import { decodeFormText } from './form.ts';

const basicPattern = /^basic +([A-Za-z0-9+/]+={0,2})$/i;
const visibleAscii = /^[\x20-\x7E]*$/;

/**
 * undefined for any other scheme, for bad base64, a missing colon, an empty part or anything outside
 * visible ASCII.
 */
export function parseBasicCredentials(
  authorization: string,
): { clientId: string; clientSecret: string } | undefined {
  const encoded = basicPattern.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  if (colon < 0 || !visibleAscii.test(decoded)) return undefined;
  const clientId = decodeFormText(decoded.slice(0, colon));
  const clientSecret = decodeFormText(decoded.slice(colon + 1));
  if (!clientId || !clientSecret) return undefined;
  if (!visibleAscii.test(clientId) || !visibleAscii.test(clientSecret)) return undefined;
  return { clientId, clientSecret };
}
