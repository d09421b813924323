/** A5 of the catalogue: a client gets the scopes it was granted, or an error, never fewer than it asked for. */
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  askForToken,
  expectAnswer,
  formatBasic,
  invalidScopeSyntax,
  scopeNotGranted,
  testTokenCases,
  useTokenFixture,
  type Expected,
  type TokenCase,
} from './token-cases.ts';

const withScope =
  (scope: string): TokenCase[1] =>
  ({ basic, orders }) => ({
    authorization: basic,
    body: `grant_type=client_credentials&resource=${encodeURIComponent(orders)}&scope=${scope}`,
  });

const withoutResource =
  (scope: string): TokenCase[1] =>
  ({ basic }) => ({
    authorization: basic,
    body: `grant_type=client_credentials&scope=${scope}`,
  });

const cases: TokenCase[] = [
  ['a granted scope', withScope('read'), 'issued'],
  ['an unknown scope', withScope('made_up'), scopeNotGranted], // P-123
  ['an unknown scope, without a resource', withoutResource('made_up'), scopeNotGranted], // P-123
  ['a scope of the API that is not granted', withScope('approve'), scopeNotGranted], // P-124
  ['a granted one and one that is not', withScope('read+approve'), scopeNotGranted], // P-125
  ['a granted one and an unknown one', withScope('read+made_up'), scopeNotGranted], // P-125
  ['a scope in other case', withScope('READ'), scopeNotGranted], // P-127
  ['the same scope twice', withScope('read+read'), 'issued'],
  // P-130
  ['a quote', withScope('%22read%22'), invalidScopeSyntax],
  ['a backslash', withScope('re%5Cad'), invalidScopeSyntax],
  ['DEL', withScope('read%7F'), invalidScopeSyntax],
  ['two spaces', withScope('read++write'), invalidScopeSyntax],
  ['a space before', withScope('+read'), invalidScopeSyntax],
  ['a space after', withScope('read+'), invalidScopeSyntax],
  ['a space alone', withScope('+'), invalidScopeSyntax],
  ['a tab', withScope('read%09write'), invalidScopeSyntax],
  ['a line feed', withScope('read%0Awrite'), invalidScopeSyntax],
  ['NUL', withScope('read%00'), invalidScopeSyntax],
  ['é', withScope('r%C3%A9ad'), invalidScopeSyntax],
  ['a comma for a space', withScope('read,write'), scopeNotGranted],
  ['a scope of 128 characters', withScope('a'.repeat(128)), scopeNotGranted],
  ['a scope of 256 characters', withScope('a'.repeat(256)), invalidScopeSyntax], // P-132
  ['8,000 scopes', withScope('a+'.repeat(7999) + 'a'), invalidScopeSyntax], // P-133
  [
    '24,000 scopes',
    withScope('a+'.repeat(24_000)),
    [413, 'invalid_request', 'the body must be at most 16384 bytes'],
  ], // P-133
  ['the scopes of OpenID Connect', withScope('openid+offline_access'), scopeNotGranted], // P-136
];

const nothingGranted: Expected = [
  400,
  'invalid_target',
  'no API is granted to the client: an admin can grant one',
];
const noScopeLeft: Expected = [
  400,
  'invalid_scope',
  'no scope of this API is granted to the client: an admin can grant one',
];

describeOnBothDatabases('scope', (server) => {
  const fixture = useTokenFixture(server);
  const admin = new AdminApi(server);

  testTokenCases(fixture, cases);

  test.each(['read+write', 'write+read'])(
    // P-129, P-131
    'is granted whatever the order, and the answer and the token say the same: %s',
    async (scope) => {
      const answer = await askForToken(server, {
        authorization: fixture().basic,
        body: `grant_type=client_credentials&scope=${scope}`,
      });
      const body = JSON.parse(answer.body) as { access_token: string; scope: string };
      expect(body.scope).toBe('read write');
      expect(decodeJwt(body.access_token)).toMatchObject({ scope: 'read write' });
    },
  );

  // P-126: a client without grants has no audience either, so it is the target that fails.
  test.each([
    ['nothing', ''],
    ['a scope', '&scope=read'],
  ])('a client without grants that asks for %s gets nothing', async (_name, parameters) => {
    const client = await admin.createClient([]);
    const answer = await askForToken(server, {
      authorization: formatBasic(client),
      body: `grant_type=client_credentials${parameters}`,
    });
    expectAnswer(server, answer, nothingGranted);
  });

  // P-134
  test('an admin who takes a scope from a client is obeyed by the next token', async () => {
    const api = await admin.createApi(['read', 'write']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['read', 'write'] }]);
    const ask = (scope: string) =>
      askForToken(server, {
        authorization: formatBasic(client),
        body: `grant_type=client_credentials${scope}`,
      });
    expect((await ask('&scope=write')).status).toBe(200);
    const { status } = await admin.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { grants: [{ api: api.identifier, scopes: ['read'] }] },
    });
    expect(status).toBe(200);
    expectAnswer(server, await ask('&scope=write'), scopeNotGranted);
    expectAnswer(server, await ask('&scope=read+write'), scopeNotGranted);
    expectAnswer(server, await ask(''), 'issued');
  });

  // P-135
  test('a scope that leaves its API leaves every client with it', async () => {
    const api = await admin.createApi(['read', 'write']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['write'] }]);
    const ask = (scope: string) =>
      askForToken(server, {
        authorization: formatBasic(client),
        body: `grant_type=client_credentials${scope}`,
      });
    expect((await ask('')).status).toBe(200);
    await admin.request(`/apis/${api.id}`, {
      method: 'PATCH',
      body: { scopes: [{ value: 'read' }] },
    });
    expectAnswer(server, await ask('&scope=write'), scopeNotGranted);
    // Nothing is left of the grant, and that is not the same as everything.
    expectAnswer(server, await ask(''), noScopeLeft);
  });
});
