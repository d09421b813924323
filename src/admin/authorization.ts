/**
 * Who calls the admin API, and may they: one check for every route. A bearer access token of this very
 * server (RFC 6750), for the built-in API, whose client is asked about again at each call; or the session of a
 * member, which is looked up at each call.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { Presence, SessionRegistry } from '../directory/session-registry.ts';
import type { AccessTokenVerification } from '../access-token/access-token-verification.ts';
import { exchangeOf, readUserAgent } from '../http/exchange.ts';
import { confirmedUntil } from '../model/member.ts';
import { findAdminGrant, isPermission } from '../model/permission.ts';
import type { Actor, ActorCredential, Entitlement, Principal } from '../model/principal.ts';
import { forbidden, RegistryError } from '../model/registry-error.ts';
import type { TokenClient } from '../model/token-client.ts';
import { parseTokenId } from '../model/token-id.ts';
import { requiredPermissions, type CallSession, type Route } from './route.ts';
import type { SessionCookie } from './session-cookie.ts';

/** 96 bits: no two tokens have the same by chance. */
const tokenDigestWidth = 16;

export interface Caller {
  actor: Actor;
  /** undefined: it came with an access token. */
  session: CallSession | undefined;
}

export class AdminAuthorization {
  readonly #verification: AccessTokenVerification;
  readonly #sessions: Pick<SessionRegistry, 'find'>;
  readonly #cookie: SessionCookie;
  readonly #audience: string;

  constructor(dependencies: {
    verification: AccessTokenVerification;
    sessions: Pick<SessionRegistry, 'find'>;
    cookie: SessionCookie;
    audience: string;
  }) {
    this.#verification = dependencies.verification;
    this.#sessions = dependencies.sessions;
    this.#cookie = dependencies.cookie;
    this.#audience = dependencies.audience;
  }

  /**
   * Nobody in particular on a public route, where no page of another site may act in somebody's name; else the
   * caller, holding all that the route needs. Throws `unauthenticated` or `forbidden`.
   */
  async admit(ctx: Context, route: Route): Promise<Caller | Record<keyof Caller, undefined>> {
    if (!route.isPublic) return this.#requireCaller(ctx, route);
    this.#cookie.requireOwnSite(ctx);
    return { actor: undefined, session: undefined };
  }

  async #requireCaller(ctx: Context, route: Route): Promise<Caller> {
    const exchange = exchangeOf(ctx.req);
    const { principal, entitlement, credential, session } = await this.#authenticate(ctx, route);
    exchange.principal = principal;
    exchange.clientId = principal.type === 'client' ? principal.name : principal.id;
    if (route.memberOnly && session === undefined) {
      throw forbidden('this is for members who have signed in, not for clients');
    }
    const permissions = requiredPermissions(route);
    const missing = permissions.filter((permission) => !principal.permissions.has(permission));
    if (missing.length > 0) {
      ctx.set(
        'WWW-Authenticate',
        `Bearer realm="${this.#audience}", error="insufficient_scope", scope="${permissions.join(' ')}"`,
      );
      throw forbidden(
        `this needs the permission ${missing.join(' and ')}: ask for it when you fetch your token, or have it granted`,
      );
    }
    if (route.needsConfirmation && session && session.now > confirmedUntil(session.session)) {
      throw new RegistryError(
        'confirmation_required',
        'this cannot be taken back, and the password was entered too long ago: send it to POST /api/v1/session/confirmation, then try again',
      );
    }
    const { requestId, address } = exchange;
    const origin = { requestId, address, userAgent: readUserAgent(ctx.req), credential };
    return { actor: { principal, origin, entitlement }, session };
  }

  /** Says in the header as well that the caller's token ended while its call was carried out (RFC 6750 §3). */
  challengeEnded(ctx: Context, error: unknown): void {
    if (!(error instanceof RegistryError) || error.code !== 'unauthenticated') return;
    ctx.set('WWW-Authenticate', `Bearer realm="${this.#audience}", error="invalid_token"`);
  }

  async #authenticate(ctx: Context, route: Route): Promise<Authenticated> {
    const token = readBearerToken(ctx);
    const cookie = this.#cookie.read(ctx);
    if (ctx.get('authorization') !== '' && cookie !== undefined) {
      // Which of the two is meant decides what may be done: nobody guesses.
      throw new RegistryError(
        'invalid',
        `send an Authorization header or the cookie ${this.#cookie.name}, not both`,
      );
    }
    if (cookie !== undefined) return this.#authenticateMember(ctx, cookie, route);
    if (token === undefined) {
      ctx.set('WWW-Authenticate', `Bearer realm="${this.#audience}"`);
      throw new RegistryError(
        'unauthenticated',
        `send "Authorization: Bearer" with an access token for the resource ${this.#audience}`,
      );
    }
    const verified = await this.#verification.findActive(token, this.#audience);
    if (verified === undefined) {
      const ended = new RegistryError(
        'unauthenticated',
        `the access token is not valid here, or no longer: fetch a new one for the resource ${this.#audience}`,
      );
      this.challengeEnded(ctx, ended);
      throw ended;
    }
    const { client, claims, signingKeyId, reading } = verified;
    const grant = findAdminGrant(client, this.#audience);
    // What is granted now, as far as the token carries it.
    const held = claims.scope
      .split(' ')
      .filter((scope) => grant?.scopes.includes(scope))
      .filter(isPermission);
    return {
      principal: {
        type: 'client',
        id: client.id,
        name: client.clientId,
        organizationId: client.organizationId,
        locationId: client.locationId,
        permissions: new Set(held),
        member: client.member ?? undefined,
      },
      session: undefined,
      entitlement: {
        kind: 'access_token',
        tokenId: claims.jti,
        clientId: client.clientId,
        audience: this.#audience,
        signingKeyId,
        registryVersion: reading.registryVersion,
        recordIds: [
          client.id,
          client.organizationId,
          ...(client.locationId === null ? [] : [client.locationId]),
          ...(grant ? [grant.apiId] : []),
        ],
      },
      credential: describeCredential(client, claims.jti),
    };
  }

  async #authenticateMember(ctx: Context, cookie: string, route: Route): Promise<Authenticated> {
    const presence = this.#cookie.isToken(cookie) ? await this.#sessions.find(cookie) : undefined;
    if (presence === undefined) {
      const ended = new RegistryError('unauthenticated', 'the session has ended: sign in again');
      this.challengeEnded(ctx, ended);
      throw ended;
    }
    const { principal, entitlement } = presence;
    // Whose page it is not is known by now.
    exchangeOf(ctx.req).principal = principal;
    if (route.method !== 'get') this.#cookie.requireOwnPage(ctx, cookie);
    return {
      principal,
      entitlement,
      credential: { type: 'session', id: entitlement.sessionId, token: null },
      session: toCallSession(presence, this.#cookie.csrfTokenOf(cookie)),
    };
  }
}

interface Authenticated {
  principal: Principal;
  entitlement: Entitlement;
  credential: ActorCredential;
  session: CallSession | undefined;
}

function toCallSession({ reading }: Presence, csrfToken: string): CallSession {
  return { ...reading, csrfToken };
}

/** What an audit event says of an access token: enough to find it by, and not enough to be it. */
function describeCredential({ secrets }: TokenClient, tokenId: string): ActorCredential {
  const serial = parseTokenId(tokenId)?.credentialSerial;
  return {
    type: 'access_token',
    id: secrets.find((secret) => secret.serial === serial)?.id ?? null,
    token: createHash('sha256').update(tokenId).digest('base64url').slice(0, tokenDigestWidth),
  };
}

/** RFC 6750 §2.1; undefined without an Authorization header of that scheme. */
function readBearerToken(ctx: Context): string | undefined {
  const repeated = ctx.req.rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization',
  );
  if (repeated.length > 1) throw new RegistryError('invalid', 'send one Authorization header');
  return /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(ctx.get('authorization'))?.[1];
}
