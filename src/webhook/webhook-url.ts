/** The URL of a webhook: one reading of it (the WHATWG's), and nothing in it that others would read otherwise. */
import { invalidAt } from '../model/registry-error.ts';
import type { AddressPolicy } from './address-policy.ts';

const publicPorts = ['', '443', '8443'];
const unlessAllowed =
  ', unless the operator of this server allows its host (LATCHKEY_WEBHOOK_ALLOWED_HOSTS)';

/** The URL as it will be called; throws `invalid` at `/url` for one that may not be. */
export function parseWebhookUrl(text: string, policy: AddressPolicy): URL {
  const url = readUrl(text);
  const host = hostOf(url);
  if (policy.isAllowedHost(host)) {
    if (url.protocol !== 'https:' && url.protocol !== 'http:')
      throw fault('must begin with https://');
    return url;
  }
  if (url.protocol !== 'https:') throw fault(`must begin with https://${unlessAllowed}`);
  if (!policy.isPublicHost(host)) {
    throw fault(
      'must lead to a public address: this host is private, local or special, and only the operator of this server can allow it (LATCHKEY_WEBHOOK_ALLOWED_HOSTS)',
    );
  }
  if (!publicPorts.includes(url.port)) {
    throw fault(`must have the port 443 or 8443, or none${unlessAllowed}`);
  }
  return url;
}

function readUrl(text: string): URL {
  if (!/^[\x21-\x7E]+$/.test(text)) {
    throw fault(
      'must be visible ASCII characters without spaces: write an international name in its xn-- form',
    );
  }
  if (text.includes('\\')) throw fault('must not contain a backslash');
  if (text.includes('#')) throw fault('must not have a fragment');
  const url = /^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === '') {
    throw fault('must be an absolute URL such as https://example.com/webhooks');
  }
  const authority = /^[^:]+:\/\/([^/?]*)/.exec(text)?.[1] ?? '';
  if (authority.includes('@')) throw fault('must not have a user name or a password');
  if (authority.includes('%')) throw fault('must not have a percent-encoded host');
  if (url.hostname.endsWith('.')) throw fault('must not have a dot at the end of its host');
  return url;
}

/** The bare host: no brackets around an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function fault(rule: string): Error {
  return invalidAt('/url', `url ${rule}`);
}
