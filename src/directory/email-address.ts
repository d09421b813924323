/** E-mail addresses in one canonical form, so that one person is one member of the instance. */
import { domainToASCII } from 'node:url';

const addressCharactersMax = 254;
const localCharactersMax = 64;

/**
 * Small letters, compatibility forms resolved (NFKC), the domain in ASCII (RFC 5890); undefined for what is
 * no address. Dots and `+` in front of the @ stay: only the receiving domain knows what they mean.
 */
export function parseEmailAddress(text: string): string | undefined {
  const address = text.trim().normalize('NFKC').toLowerCase();
  const at = address.lastIndexOf('@');
  const local = address.slice(0, at);
  const domain = domainToASCII(address.slice(at + 1));
  if (at < 1 || local.length > localCharactersMax || !isDomain(domain)) return undefined;
  if (/[\s\p{Cc}\p{Cf}\p{Cs}@"(),:;<>[\\\]]/u.test(local)) return undefined;
  const canonical = `${local}@${domain}`;
  return canonical.length <= addressCharactersMax ? canonical : undefined;
}

function isDomain(domain: string): boolean {
  return domain.split('.').every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
