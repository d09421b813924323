/**
 * The protocol engine, oidc-provider 9.13.3, and the only file that knows it. Its version is pinned
 * exactly: the overrides below replace parts of its prototypes, and `test/oauth/engine-overrides.test.ts`
 * proves that each of them is called.
 *
 * | override                                  | because the engine as it comes                          |
 * |-------------------------------------------|---------------------------------------------------------|
 * | `Client.find`                             | caches 100 clients, and answers sooner for unknown ids  |
 * | `Client.prototype.compareClientSecret`    | knows one secret per client, in clear                   |
 * | `ClientCredentials…getValueAndPayload`    | signs with keys it must be rebuilt to change            |
 * | `OIDCContext.prototype.urlFor`            | builds URLs and audiences from the Host header          |
 * | `getResourceServerInfo`, `defaultResource`| grants every scope, drops unknown ones, and without a   |
 * |                                           | default issues an opaque token                          |
 * | adapter                                   | would store tokens                                      |
 */
import { generateKeyPairSync } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Provider, errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import {
  accessTokenLifetimeSeconds,
  type AccessTokenMint,
} from '../access-token/access-token-mint.ts';
import { OAuthError } from '../model/oauth-error.ts';
import type {
  TokenClient,
  TokenClientQuestion,
  TokenClientReading,
  TokenClientSecret,
} from '../model/token-client.ts';
import { digestClientSecret, verifyClientSecret } from '../registry/credential.ts';
import type { ClientUseObserver } from '../model/client-use.ts';
import type { RequestOrigin } from '../model/principal.ts';
import { resolveGrant, type ResolvedGrant } from '../registry/grant-resolution.ts';
import { presentCanonically } from './canonical-request.ts';
import { NoStorage } from './no-storage.ts';
import { noteRefusal } from './refusal-note.ts';
import { invalidClient, type TokenRequest } from './token-request.ts';

export const tokenPath = '/oauth2/token';

export interface TokenAnswer {
  json: string;
  /** What was known of the registry when the token was made. */
  reading: TokenClientReading;
  client: TokenClient;
  resolved: ResolvedGrant;
}

/** What the engine's hooks learn about one request, and hand on to each other. */
interface EngineRun {
  request: TokenRequest;
  origin: RequestOrigin;
  reading: TokenClientReading | undefined;
  secret: TokenClientSecret | undefined;
  resolved: ResolvedGrant | undefined;
  body: object | undefined;
  failure: unknown;
  /** Names of the headers the answer had before: what the engine adds (CORS, caching) is taken off. */
  headersBefore: ReadonlySet<string>;
}

export interface EngineDependencies {
  issuer: string;
  mint: Pick<AccessTokenMint, 'mintAccessToken'>;
  clients: Clients;
  use: ClientUseObserver;
}

/** Clients as the registry has them; the signing keys have caught up with whatever is read. */
export interface Clients {
  read(question: TokenClientQuestion): Promise<TokenClientReading>;
}

export class Engine {
  readonly provider: Provider;
  readonly #issuer: string;
  readonly #use: ClientUseObserver;
  readonly #runs = new WeakMap<IncomingMessage, EngineRun>();
  readonly #handle: (req: IncomingMessage, res: ServerResponse) => Promise<void>;

  constructor(dependencies: EngineDependencies) {
    this.#issuer = dependencies.issuer;
    this.#use = dependencies.use;
    this.provider = new Provider(dependencies.issuer, this.#configuration());
    this.#overrideClient(dependencies);
    this.#overrideMint(dependencies);
    this.#overrideUrls();
    this.#overrideAnswers();
    this.#handle = this.provider.callback();
  }

  /** Answers a request that passed the guard. Throws OAuthError, or whatever a hook threw. */
  async answer(
    req: IncomingMessage,
    res: ServerResponse,
    request: TokenRequest,
    origin: RequestOrigin,
  ): Promise<TokenAnswer> {
    const run: EngineRun = {
      request,
      origin,
      reading: undefined,
      secret: undefined,
      resolved: undefined,
      body: undefined,
      failure: undefined,
      headersBefore: new Set(res.getHeaderNames()),
    };
    const presented = presentCanonically(req, request, { issuer: this.#issuer, path: tokenPath });
    this.#runs.set(presented, run);
    await this.#handle(presented, res);
    const { body, reading, resolved } = run;
    if (run.failure !== undefined) throw this.#noteRefusal(run, toOAuthError(run.failure));
    if (body === undefined || reading?.client === undefined || resolved === undefined) {
      throw new Error('the engine ended without an answer');
    }
    return { json: JSON.stringify(body), reading, client: reading.client, resolved };
  }

  /** Returns the failure. */
  #noteRefusal({ request, origin, reading, secret }: EngineRun, failure: unknown): unknown {
    const { client } = reading ?? {};
    if (!(failure instanceof OAuthError) || !reading || !client) return failure;
    const reason = secret ? failure.code : 'invalid_client';
    noteRefusal(this.#use, { client, reason, request, origin, nowSeconds: reading.nowSeconds });
    return failure;
  }

  #runOf(ctx: { req: IncomingMessage } | undefined): EngineRun {
    const run = ctx && this.#runs.get(ctx.req);
    if (!run) throw new Error('the engine called back outside a token request');
    return run;
  }

  #configuration(): Configuration {
    return {
      adapter: NoStorage,
      clientAuthMethods: ['client_secret_basic', 'client_secret_post'],
      // Never signs anything: the mint does. The engine only refuses to start without one.
      jwks: {
        keys: [
          {
            ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
              format: 'jwk',
            }),
            use: 'sig',
          },
        ],
      },
      cookies: { keys: ['there are no cookies on this road'] },
      responseTypes: [],
      scopes: [],
      routes: { token: tokenPath },
      ttl: { ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? 60 },
      features: {
        clientCredentials: { enabled: true },
        devInteractions: { enabled: false },
        dPoP: { enabled: false },
        introspection: { enabled: false },
        pushedAuthorizationRequests: { enabled: false },
        revocation: { enabled: false },
        rpInitiatedLogout: { enabled: false },
        userinfo: { enabled: false },
        resourceIndicators: {
          enabled: true,
          defaultResource: (ctx) => this.#resolve(ctx, undefined).grant.apiIdentifier,
          getResourceServerInfo: (ctx, resource) => {
            const { grant, scopes } = this.#resolve(ctx, resource);
            return {
              audience: grant.apiIdentifier,
              scope: scopes.join(' '),
              accessTokenFormat: 'jwt',
              accessTokenTTL: accessTokenLifetimeSeconds(this.#clientOf(ctx), grant),
            };
          },
        },
      },
    };
  }

  #clientOf(ctx: KoaContextWithOIDC): TokenClient {
    const client = this.#runOf(ctx).reading?.client;
    if (!client) throw new Error('a grant was asked for before the client was known');
    return client;
  }

  #resolve(ctx: KoaContextWithOIDC, resource: string | undefined): ResolvedGrant {
    const run = this.#runOf(ctx);
    run.resolved = resolveGrant(this.#clientOf(ctx), resource, run.request.scope);
    return run.resolved;
  }

  #overrideClient({ clients }: EngineDependencies): void {
    const { provider } = this;
    const runOf = () => this.#runOf(Provider.ctx);
    // The published types leave the constructor's parameter out.
    const EngineClient = provider.Client as unknown as new (
      metadata: object,
    ) => InstanceType<typeof provider.Client>;
    const template = new EngineClient({
      client_id: 'template',
      client_secret: 'a placeholder, never a digest',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_basic',
    });
    // A client for every id, so that an unknown one takes the same way as a known one.
    provider.Client.find = async (clientId: string) => {
      const run = runOf();
      const presentedDigest = digestClientSecret(run.request.clientSecret);
      run.reading = await clients.read({ clientId, presentedDigest });
      return Object.create(template, {
        clientId: { value: run.reading.client?.clientId ?? 'unknown', enumerable: true },
      }) as typeof template;
    };
    // Typed without its parameter; the engine passes the secret the client presented.
    const prototype = provider.Client.prototype as {
      compareClientSecret(presented: string): Promise<boolean>;
    };
    prototype.compareClientSecret = async (presented) => {
      const run = runOf();
      if (!run.reading) return false;
      const { client, nowSeconds } = run.reading;
      run.secret = verifyClientSecret(client, presented, nowSeconds);
      if (!client || !run.secret) return false;
      await this.#use.noteUse({
        client,
        secret: run.secret,
        address: run.origin.address ?? '',
        nowSeconds,
      });
      return true;
    };
  }

  #overrideMint({ mint }: EngineDependencies): void {
    const runOf = () => this.#runOf(Provider.ctx);
    // Not in the published types.
    const prototype = this.provider.ClientCredentials.prototype as unknown as {
      getValueAndPayload(this: { scope?: string }): Promise<{ value: string }>;
    };
    prototype.getValueAndPayload = async function mintInstead() {
      const { reading, resolved, secret } = runOf();
      if (!reading?.client || !resolved || !secret)
        throw new Error('a token was asked for before it was granted');
      const minted = await mint.mintAccessToken({
        client: reading.client,
        grant: resolved.grant,
        scopes: resolved.scopes,
        registryVersion: reading.registryVersion,
        credentialSerial: secret.serial,
        nowSeconds: reading.nowSeconds,
      });
      this.scope = resolved.scopes.join(' ');
      // Without a payload the engine has nothing to store.
      return { value: minted.value };
    };
  }

  #overrideUrls(): void {
    const { provider } = this;
    provider.OIDCContext.prototype.urlFor = (name: string) => provider.urlFor(name);
  }

  /** Takes the answer out of the engine's hands: `token-endpoint.ts` writes all of them alike. */
  #overrideAnswers(): void {
    const note = (ctx: KoaContextWithOIDC, error: unknown) => {
      this.#runOf(ctx).failure = error;
    };
    this.provider.on('grant.error', note);
    this.provider.on('server_error', note);
    // Koa prints what nobody listens to; whatever matters is thrown by `answer`. Not in the published types.
    (this.provider as EventEmitter).on('error', () => undefined);
    this.provider.use(async (ctx, next) => {
      const run = this.#runOf(ctx);
      ctx.respond = false;
      try {
        await next();
        run.body = ctx.body as object | undefined;
      } catch (error) {
        run.failure = error;
      }
      for (const header of ctx.res.getHeaderNames()) {
        if (!run.headersBefore.has(header)) ctx.remove(header);
      }
    });
  }
}

const publicCodes = new Set([
  'invalid_request',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
]);

function toOAuthError(failure: unknown): unknown {
  if (!(failure instanceof errors.OIDCProviderError)) return failure;
  if (failure.error === 'invalid_client') return invalidClient('wrong client or secret');
  if (!publicCodes.has(failure.error)) return failure;
  const description = failure.error_description ?? describe(failure.error);
  // publicCodes are all of the closed family.
  return new OAuthError(
    failure.error as OAuthError['code'],
    description.replace(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, ' '),
    {
      cause: failure,
    },
  );
}

function describe(code: string): string {
  return code === 'unsupported_grant_type'
    ? 'grant_type must be client_credentials'
    : 'the request is not one this endpoint can answer';
}
