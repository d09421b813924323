/** OAuth client libraries of other people, each in every way it can fetch a token (RFC 6749 §4.4). */
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';
import { z } from 'zod';
import type { Credential, ServerAddress } from '../support/server-process.ts';

export type TokenParameters = Partial<Record<'scope' | 'resource' | 'audience', string>>;

/** A refusal, as far as the library shows it to its caller. */
export interface Refusal {
  /** The library's own error type. */
  type: string;
  status: number;
  body: unknown;
  /** What the library made of `WWW-Authenticate`. */
  challenges?: unknown;
}

export interface TokenFetcher {
  name: string;
  /** Resolves with what the library makes of a 200; otherwise rejects with the library's error. */
  fetchToken: (
    server: ServerAddress,
    credential: Credential,
    parameters: TokenParameters,
  ) => Promise<Record<string, unknown>>;
  /** Rethrows whatever is not the library's own error for a refusal. */
  readRefusal: (error: unknown) => Promise<Refusal>;
  /** To the library a challenge in `WWW-Authenticate` outranks the error in the body. */
  namesChallenges: boolean;
}

/** Two well-known paths, one issuer: a library knows one of them, or lets its caller choose. */
const discoveries = [
  { path: 'openid-configuration', oauthAlgorithm: 'oidc' },
  { path: 'oauth-authorization-server', oauthAlgorithm: 'oauth2' },
] as const;

const openidClientFetchers = discoveries.flatMap(({ path, oauthAlgorithm }) =>
  [
    { method: 'Basic', authentication: openid.ClientSecretBasic },
    { method: 'body', authentication: openid.ClientSecretPost },
  ].map(({ method, authentication }): TokenFetcher => ({
    name: `openid-client, ${path}, ${method}`,
    async fetchToken(server, { clientId, clientSecret }, parameters) {
      const configuration = await openid.discovery(
        new URL(server.issuer),
        clientId,
        undefined,
        authentication(clientSecret),
        { algorithm: oauthAlgorithm, execute: [openid.allowInsecureRequests] },
      );
      return { ...(await openid.clientCredentialsGrant(configuration, parameters)) };
    },
    readRefusal: readOAuth4WebApiRefusal,
    namesChallenges: true,
  })),
);

const oauth4webapiFetchers = discoveries.flatMap(({ path, oauthAlgorithm }) =>
  [
    { method: 'Basic', authentication: oauth.ClientSecretBasic },
    { method: 'body', authentication: oauth.ClientSecretPost },
  ].map(({ method, authentication }): TokenFetcher => ({
    name: `oauth4webapi, ${path}, ${method}`,
    async fetchToken(server, { clientId, clientSecret }, parameters) {
      const issuer = new URL(server.issuer);
      const insecure = { [oauth.allowInsecureRequests]: true };
      const metadata = await oauth.processDiscoveryResponse(
        issuer,
        await oauth.discoveryRequest(issuer, { algorithm: oauthAlgorithm, ...insecure }),
      );
      const client = { client_id: clientId };
      const response = await oauth.clientCredentialsGrantRequest(
        metadata,
        client,
        authentication(clientSecret),
        parameters,
        insecure,
      );
      return { ...(await oauth.processClientCredentialsResponse(metadata, client, response)) };
    },
    readRefusal: readOAuth4WebApiRefusal,
    namesChallenges: true,
  })),
);

/** Knows no discovery. `loose` sends the credentials in Basic without the encoding of RFC 6749 §2.3.1. */
const simpleOauth2Fetchers = (
  [
    { method: 'Basic', options: { authorizationMethod: 'header' } },
    {
      method: 'Basic without encoding',
      options: { authorizationMethod: 'header', credentialsEncodingMode: 'loose' },
    },
    { method: 'body', options: { authorizationMethod: 'body' } },
  ] as const
).map(({ method, options }): TokenFetcher => ({
  name: `simple-oauth2, ${method}`,
  async fetchToken(server, { clientId, clientSecret }, parameters) {
    const client = new ClientCredentials({
      client: { id: clientId, secret: clientSecret },
      auth: { tokenHost: server.issuer, tokenPath: '/oauth2/token' },
      options,
    });
    const { token } = await client.getToken(parameters);
    const { expires_at: _computedByTheLibrary, ...answer } = token;
    return answer;
  },
  readRefusal: readBoomRefusal,
  namesChallenges: false,
}));

export const tokenFetchers: readonly TokenFetcher[] = [
  ...openidClientFetchers,
  ...oauth4webapiFetchers,
  ...simpleOauth2Fetchers,
];

/** openid-client throws the errors of oauth4webapi as they are. */
async function readOAuth4WebApiRefusal(error: unknown): Promise<Refusal> {
  if (error instanceof oauth.ResponseBodyError) {
    return { type: 'ResponseBodyError', status: error.status, body: error.cause };
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return {
      type: 'WWWAuthenticateChallengeError',
      status: error.status,
      body: await error.response.json(),
      challenges: error.cause,
    };
  }
  throw error;
}

const boomSchema = z.object({
  isBoom: z.literal(true),
  output: z.object({ statusCode: z.number() }),
  data: z.object({ payload: z.unknown() }),
});

async function readBoomRefusal(error: unknown): Promise<Refusal> {
  const boom = boomSchema.safeParse(error);
  if (!boom.success) throw error;
  return { type: 'Boom', status: boom.data.output.statusCode, body: boom.data.data.payload };
}
