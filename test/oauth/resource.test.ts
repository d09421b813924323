/** A6 of the catalogue: which API a token is for (RFC 8707, RFC 9068 §2.2, and DESIGN §4 where they leave a choice). */
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  askForToken,
  expectAnswer,
  formatBasic,
  resourceNotGranted,
  resourceSyntax,
  scopeNotGranted,
  testTokenCases,
  useTokenFixture,
  type Expected,
  type TokenCase,
  type TokenFixture,
} from './token-cases.ts';

const encode = encodeURIComponent;

const withParameters =
  (parameters: (fixture: TokenFixture) => string): TokenCase[1] =>
  (fixture) => ({
    authorization: fixture.basic,
    body: `grant_type=client_credentials&${parameters(fixture)}`,
  });

const withResource = (resource: (fixture: TokenFixture) => string): TokenCase[1] =>
  withParameters((fixture) => `scope=read&resource=${encode(resource(fixture))}`);

const oneAudience: Expected = [
  400,
  'invalid_target',
  'name one API: an access token has one audience',
];
const differentTargets: Expected = [
  400,
  'invalid_target',
  'resource and audience name different APIs: send one of them',
];
const noSingleApi: Expected = [
  400,
  'invalid_target',
  'the scopes are granted for several APIs, or for different ones: name one API in the resource parameter',
];

const cases: TokenCase[] = [
  ['a granted API', withResource(({ orders }) => orders), 'issued'],
  ['a fragment', withResource(({ orders }) => `${orders}#x`), resourceSyntax], // P-139
  ['an empty fragment', withResource(({ orders }) => `${orders}#`), resourceSyntax], // P-139
  ['a relative reference', withResource(() => '/orders'), resourceSyntax], // P-140
  ['a name', withResource(() => 'orders'), resourceSyntax], // P-140
  ['an unknown API', withResource(() => 'https://made.up.example'), resourceNotGranted], // P-141
  ['an API that is not granted', withResource(({ foreign }) => foreign), resourceNotGranted], // P-142
  // Compared exactly, never normalised.
  ['a slash more', withResource(({ orders }) => `${orders}/`), resourceNotGranted],
  [
    'the port that is meant anyway',
    withResource(({ orders }) => `${orders}:443`),
    resourceNotGranted,
  ],
  [
    'other case',
    withResource(({ orders }) => orders.replace('https', 'HTTPS')),
    resourceNotGranted,
  ],
  ['a query', withResource(({ orders }) => `${orders}?`), resourceNotGranted],
  ['the issuer', withResource(({ server }) => server.issuer), resourceNotGranted], // P-144
  ['the admin API', withResource(({ server }) => `${server.issuer}/api`), resourceNotGranted], // P-144
  [
    'the token endpoint',
    withResource(({ server }) => `${server.issuer}/oauth2/token`),
    resourceNotGranted,
  ],
  // P-145: `audience` is honoured, since many tools send it.
  ['audience', withParameters(({ orders }) => `scope=read&audience=${encode(orders)}`), 'issued'],
  [
    'an unknown audience',
    withParameters(() => `scope=read&audience=https%3A%2F%2Fmade.up.example`),
    resourceNotGranted,
  ],
  [
    'resource and the same audience',
    withParameters(
      ({ orders }) => `scope=read&resource=${encode(orders)}&audience=${encode(orders)}`,
    ),
    'issued',
  ],
  [
    'resource and another audience',
    withParameters(
      ({ orders, stock }) => `scope=read&resource=${encode(orders)}&audience=${encode(stock)}`,
    ),
    differentTargets,
  ],
  [
    'two resources',
    withParameters(
      ({ orders, stock }) => `scope=read&resource=${encode(orders)}&resource=${encode(stock)}`,
    ),
    oneAudience,
  ],
  [
    'the same resource twice',
    withParameters(
      ({ orders }) => `scope=read&resource=${encode(orders)}&resource=${encode(orders)}`,
    ),
    oneAudience,
  ],
  [
    'a scope of another API than the resource', // P-146
    withParameters(({ orders }) => `scope=items:read&resource=${encode(orders)}`),
    scopeNotGranted,
  ],
  ['scopes of two APIs', withParameters(() => 'scope=read+items:read'), noSingleApi],
];

describeOnBothDatabases('resource', (server) => {
  const fixture = useTokenFixture(server);
  const admin = new AdminApi(server);

  testTokenCases(fixture, cases);

  const fetchClaims = async (authorization: string, parameters: string) => {
    const answer = await askForToken(server, {
      authorization,
      body: `grant_type=client_credentials${parameters}`,
    });
    expect(answer.status).toBe(200);
    const { access_token: token, scope } = JSON.parse(answer.body) as Record<string, string>;
    return { scope, aud: decodeJwt(token ?? '').aud };
  };

  test('is the one audience of the token, as it was registered', async () => {
    const { basic, orders, stock } = fixture();
    // P-137
    expect(await fetchClaims(basic, `&resource=${encode(stock)}`)).toEqual({
      aud: stock,
      scope: 'items:read',
    });
    expect(await fetchClaims(basic, '')).toEqual({ aud: orders, scope: 'read write' });
    // Only one granted API grants this scope.
    expect(await fetchClaims(basic, '&scope=items:read')).toEqual({
      aud: stock,
      scope: 'items:read',
    });
  });

  test('without it, the default API is asked where several grant the scope', async () => {
    const [first, second] = await Promise.all([
      admin.createApi(['read']),
      admin.createApi(['read']),
    ]);
    const client = await admin.createClient([
      { api: first.identifier, scopes: ['read'] },
      { api: second.identifier, scopes: ['read'], default: true },
    ]);
    const basic = formatBasic(client);
    expect(await fetchClaims(basic, '&scope=read')).toEqual({
      aud: second.identifier,
      scope: 'read',
    });
  });

  // P-147
  test('without it, and with a default that does not grant the scope, there is no token', async () => {
    const [fallback, first, second] = await Promise.all([
      admin.createApi(['write']),
      admin.createApi(['read']),
      admin.createApi(['read']),
    ]);
    const client = await admin.createClient([
      { api: fallback.identifier, scopes: ['write'] },
      { api: first.identifier, scopes: ['read'] },
      { api: second.identifier, scopes: ['read'] },
    ]);
    const answer = await askForToken(server, {
      authorization: formatBasic(client),
      body: 'grant_type=client_credentials&scope=read',
    });
    expectAnswer(server, answer, noSingleApi);
  });

  // P-149
  test('an API that was taken from the client, and one that was deleted, are as good as unknown', async () => {
    const api = await admin.createApi(['read']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
    const ask = () =>
      askForToken(server, {
        authorization: formatBasic(client),
        body: `grant_type=client_credentials&resource=${encode(api.identifier)}`,
      });
    expectAnswer(server, await ask(), 'issued');
    await admin.request(`/clients/${client.id}`, { method: 'PATCH', body: { grants: [] } });
    expectAnswer(server, await ask(), resourceNotGranted);
    const { status } = await admin.request(`/apis/${api.id}`, { method: 'DELETE' });
    expect(status).toBe(204);
    expectAnswer(server, await ask(), resourceNotGranted);
  });
});
