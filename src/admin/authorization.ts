/**
 * Who calls the admin API, and may they: one check for every route. A bearer access token of this very
 * server (RFC 6750), for the built-in API, whose client is asked about again at each call.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import type { AccessTokenVerification } from '../access-token/access-token-verification.ts';
import { exchangeOf } from '../http/exchange.ts';
import { findAdminGrant, isPermission, type Permission } from '../model/permission.ts';
import type { Actor, ActorCredential, Entitlement, Principal } from '../model/principal.ts';
import { forbidden, RegistryError } from '../model/registry-error.ts';
import type { TokenClient } from '../model/token-client.ts';
import { parseTokenId } from '../model/token-id.ts';

/** 96 bits: no two tokens have the same by chance. */
const tokenDigestWidth = 16;

export class AdminAuthorization {
  readonly #verification: AccessTokenVerification;
  readonly #audience: string;

  constructor(dependencies: { verification: AccessTokenVerification; audience: string }) {
    this.#verification = dependencies.verification;
    this.#audience = dependencies.audience;
  }

  /** The caller, holding all of `permissions`; throws `unauthenticated` or `forbidden`. */
  async requireActor(ctx: Context, permissions: readonly Permission[]): Promise<Actor> {
    const exchange = exchangeOf(ctx.req);
    const { principal, entitlement, credential } = await this.#authenticate(ctx);
    exchange.clientId = principal.name;
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
    const { requestId, address } = exchange;
    return { principal, origin: { requestId, address, credential }, entitlement };
  }

  /** Says in the header as well that the caller's token ended while its call was carried out (RFC 6750 §3). */
  challengeEnded(ctx: Context, error: unknown): void {
    if (!(error instanceof RegistryError) || error.code !== 'unauthenticated') return;
    ctx.set('WWW-Authenticate', `Bearer realm="${this.#audience}", error="invalid_token"`);
  }

  async #authenticate(
    ctx: Context,
  ): Promise<{ principal: Principal; entitlement: Entitlement; credential: ActorCredential }> {
    const token = readBearerToken(ctx);
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
      },
      entitlement: {
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
