/** The cookie of a session, and the value that proves that a request was made by our own page (CSRF). */
import { hash, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { RegistryError, forbidden } from '../model/registry-error.ts';
import { sessionSecondsMax } from '../model/member.ts';

export const csrfHeader = 'X-Latchkey-CSRF';
const tokenPattern = /^lkm_[0-9A-Za-z]{43}$/;

export class SessionCookie {
  /** Of the console. */
  readonly #origin: string;
  /** With the prefix `__Host-` a browser takes it from this very host and over TLS alone (RFC 6265bis §4.1.3). */
  readonly #isSecure: boolean;

  constructor(origin: string) {
    this.#origin = origin;
    this.#isSecure = origin.startsWith('https:');
  }

  get name(): string {
    return this.#isSecure ? '__Host-latchkey_session' : 'latchkey_session';
  }

  /** For `Set-Cookie`; null takes the cookie away. */
  format(token: string | null): string {
    const maxAge = token === null ? 0 : sessionSecondsMax;
    const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAge}`;
    return `${this.name}=${token ?? ''}; ${attributes}${this.#isSecure ? '; Secure' : ''}`;
  }

  /** undefined: the request has none. Throws `invalid` for two. */
  read(ctx: Context): string | undefined {
    const values = (ctx.req.headers.cookie ?? '')
      .split(';')
      .map((pair) => pair.trim())
      .filter((pair) => pair.startsWith(`${this.name}=`))
      .map((pair) => pair.slice(this.name.length + 1));
    if (values.length > 1) throw new RegistryError('invalid', `send one cookie ${this.name}`);
    return values[0] || undefined;
  }

  /** Whether it can be one of ours at all. */
  isToken(value: string): boolean {
    return tokenPattern.test(value);
  }

  /** What our page sends with every change: known only to whoever was answered with it. */
  csrfTokenOf(token: string): string {
    return hash('sha256', `csrf ${token}`, 'base64url');
  }

  /** Throws `forbidden` unless the request was made by a page of ours, as far as the browser says. */
  requireOwnSite(ctx: Context): void {
    const site = ctx.get('sec-fetch-site');
    const origin = ctx.get('origin');
    const isForeign =
      (site !== '' && site !== 'same-origin') || (origin !== '' && origin !== this.#origin);
    if (isForeign) {
      throw forbidden(`this is not for pages of other sites: open ${this.#origin} itself`);
    }
  }

  /** A change by session needs both proofs: where it comes from, and that it could read an answer of ours. */
  requireOwnPage(ctx: Context, token: string): void {
    this.requireOwnSite(ctx);
    const presented = Buffer.from(ctx.get(csrfHeader));
    const expected = Buffer.from(this.csrfTokenOf(token));
    if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
      throw forbidden(`send ${csrfHeader} with the csrf_token that GET /session answers`);
    }
  }
}
