/** OAuth client libraries of other people fetch tokens with what they know: an issuer and a credential. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { describeMostlyOnPostgresql } from '../support/shared-servers.ts';
import { tokenFetchers, type TokenParameters } from './token-fetchers.ts';

type ApiName = 'orders' | 'invoices';

interface GrantedCase {
  asks: string;
  parameters: (identifiers: Record<ApiName, string>) => TokenParameters;
  gets: { api: ApiName; scope: string };
}

/** The client holds both scopes of orders, its default API, and one of the two of invoices. */
const grantedCases: readonly GrantedCase[] = [
  {
    asks: 'nothing in particular',
    parameters: () => ({}),
    gets: { api: 'orders', scope: 'orders:read orders:write' },
  },
  {
    asks: 'one scope',
    parameters: () => ({ scope: 'orders:read' }),
    gets: { api: 'orders', scope: 'orders:read' },
  },
  {
    asks: 'a scope that only another API grants',
    parameters: () => ({ scope: 'invoices:read' }),
    gets: { api: 'invoices', scope: 'invoices:read' },
  },
  {
    asks: 'a resource',
    parameters: ({ invoices }) => ({ resource: invoices }),
    gets: { api: 'invoices', scope: 'invoices:read' },
  },
  {
    asks: 'a scope and a resource',
    parameters: ({ orders }) => ({ scope: 'orders:write', resource: orders }),
    gets: { api: 'orders', scope: 'orders:write' },
  },
  {
    asks: 'an audience',
    parameters: ({ invoices }) => ({ audience: invoices }),
    gets: { api: 'invoices', scope: 'invoices:read' },
  },
];

const scopeNotGranted = {
  error: 'invalid_scope',
  error_description: 'a requested scope is unknown or not granted to the client for this API',
};

interface RefusedCase {
  asks: string;
  parameters: GrantedCase['parameters'];
  body: { error: string; error_description: string };
}

const refusedCases: readonly RefusedCase[] = [
  {
    asks: 'a scope that is not granted',
    parameters: () => ({ scope: 'invoices:write' }),
    body: scopeNotGranted,
  },
  {
    asks: 'a scope that is granted and one that is not',
    parameters: ({ invoices }) => ({ scope: 'invoices:read invoices:write', resource: invoices }),
    body: scopeNotGranted,
  },
  {
    asks: 'an API that is not granted',
    parameters: () => ({ resource: 'https://unheard-of.example.com' }),
    body: {
      error: 'invalid_target',
      error_description:
        'resource must be the exact identifier of an API that is granted to the client',
    },
  },
];

//
describeMostlyOnPostgresql('tokens fetched by strangers', tokenFetchers, (server, fetchers) => {
  const identifiers: Record<ApiName, string> = { orders: '', invoices: '' };

  beforeAll(async () => {
    const admin = new AdminApi(server);
    identifiers.orders = (await admin.createApi(['orders:read', 'orders:write'])).identifier;
    identifiers.invoices = (await admin.createApi(['invoices:read', 'invoices:write'])).identifier;
  });

  async function registerClient(): Promise<RegisteredClient> {
    return new AdminApi(server).createClient([
      { api: identifiers.orders, scopes: ['orders:read', 'orders:write'], default: true },
      { api: identifiers.invoices, scopes: ['invoices:read'] },
    ]);
  }

  describe.each(fetchers)('$name', ({ fetchToken, readRefusal, namesChallenges }) => {
    test.each(grantedCases)('gets what is granted to who asks for $asks', async (granted) => {
      const client = await registerClient();
      const answer = await fetchToken(server, client, granted.parameters(identifiers));
      expect(answer).toEqual({
        access_token: expect.any(String),
        // openid-client and oauth4webapi write it in lower case.
        token_type: expect.stringMatching(/^bearer$/i),
        expires_in: 3600,
        scope: granted.gets.scope,
      });
      const token = String(answer['access_token']);
      expect(decodeProtectedHeader(token)).toEqual({
        alg: 'ES256',
        typ: 'at+jwt',
        kid: expect.any(String),
      });
      expect(decodeJwt(token)).toMatchObject({
        iss: server.issuer,
        aud: identifiers[granted.gets.api],
        sub: client.clientId,
        client_id: client.clientId,
        scope: granted.gets.scope,
      });
    });

    test.each(refusedCases)(
      'hears $body.error when it asks for $asks',
      async ({ parameters, body }) => {
        const client = await registerClient();
        const refusal = await fetchToken(server, client, parameters(identifiers)).then(
          () => 'a token was issued',
          readRefusal,
        );
        expect(refusal).toEqual({
          type: namesChallenges ? 'ResponseBodyError' : 'Boom',
          status: 400,
          body,
        });
      },
    );

    test.each([
      { what: 'a wrong secret', change: { clientSecret: `lks_${'0'.repeat(49)}` } },
      { what: 'an unknown client_id', change: { clientId: `lkc_${'0'.repeat(22)}` } },
    ])('hears invalid_client, and how to authenticate, with $what', async ({ change }) => {
      const client = { ...(await registerClient()), ...change };
      const refusal = await fetchToken(server, client, {}).then(
        () => 'a token was issued',
        readRefusal,
      );
      expect(refusal).toEqual({
        type: namesChallenges ? 'WWWAuthenticateChallengeError' : 'Boom',
        status: 401,
        body: { error: 'invalid_client', error_description: 'client authentication failed' },
        ...(namesChallenges
          ? { challenges: [{ scheme: 'basic', parameters: { realm: server.issuer } }] }
          : {}),
      });
    });
  });
});
