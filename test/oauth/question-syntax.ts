/** What introspection and revocation refuse alike, before they look at any token. */
import { expect, test } from '@jest/globals';
import { headerOf } from '../support/raw-http.ts';
import type { Credential, ServerAddress } from '../support/server-process.ts';
import { formatBasic } from './token-cases.ts';
import { ask, expectError, expectInvalidClient } from './token-questions.ts';

export interface Asker {
  server: ServerAddress;
  caller: Credential;
  /** A token that would be answered for. */
  token: string;
}

export function testQuestionSyntax(target: string, asker: () => Asker): void {
  // P-240, P-266: before the token is looked at.
  test.each<[string, (asker: Asker) => { authorization?: string; body: string }]>([
    ['nobody', ({ token }) => ({ body: `token=${token}` })],
    ['nobody, and no token', () => ({ body: 'x=y' })],
    [
      'a wrong secret',
      ({ caller, token }) => ({
        authorization: formatBasic({ ...caller, clientSecret: 'wrong' }),
        body: `token=${token}`,
      }),
    ],
    [
      'a wrong secret, and no token',
      ({ caller }) => ({ body: `client_id=${caller.clientId}&client_secret=wrong` }),
    ],
    [
      'an unknown client',
      ({ token }) => ({
        authorization: formatBasic({ clientId: `lkc_${'0'.repeat(22)}`, clientSecret: 'x' }),
        body: `token=${token}`,
      }),
    ],
    [
      'the token itself as a bearer',
      ({ token }) => ({ authorization: `Bearer ${token}`, body: `token=${token}` }),
    ],
  ])('answers 401 to %s', async (_who, makeRequest) => {
    const { server } = asker();
    expectInvalidClient(server, await ask(server, target, makeRequest(asker())));
  });

  // P-239, P-265
  test.each([
    ['no token', '', 'token is missing: send the access token itself'],
    ['an empty token', 'token=', 'token is missing: send the access token itself'],
    ['a token given twice', 'token=a&token=b', 'token must not be repeated'],
    ['a token that no token can be', 'token=%C3%A9', 'token must be visible ASCII'],
    ['a malformed token', 'token=%zz', 'a parameter is not percent-encoded UTF-8'],
  ])('answers 400 to %s', async (_what, body, description) => {
    const { server, caller } = asker();
    const answer = await ask(server, target, { authorization: formatBasic(caller), body });
    expectError(answer, 400, 'invalid_request', description);
  });

  test('takes neither a query, nor JSON, nor two ways of authentication', async () => {
    const { server, caller, token } = asker();
    const authorization = formatBasic(caller);
    const body = `token=${token}`;
    const askWith = (parts: object) => ask(server, target, { authorization, body, ...parts });
    expectError(
      await ask(server, `${target}?token=${token}`, { authorization, body }),
      400,
      'invalid_request',
      'parameters belong into the body, not into the URL',
    );
    expectError(
      await askWith({ contentType: 'application/json', body: JSON.stringify({ token }) }),
      400,
      'invalid_request',
      'the body must be application/x-www-form-urlencoded',
    );
    expectError(
      await askWith({ body: `${body}&client_id=${caller.clientId}&client_secret=x` }),
      400,
      'invalid_request',
      'authenticate the client in one way only',
    );
    expectError(
      await askWith({ headers: ['Origin: https://page.example'] }),
      400,
      'invalid_request',
      'cross-origin requests are not served: send them from a server, not from a web page',
    );
  });

  // P-242, P-272
  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('answers 405 to %s', async (method) => {
    const { server, caller, token } = asker();
    const answer = await ask(server, `${target}?token=${token}&callback=f`, {
      method,
      authorization: formatBasic(caller),
    });
    expectError(answer, 405, 'invalid_request', 'use POST');
    expect(headerOf(answer, 'allow')).toBe('POST');
  });

  test('exists at this very path, and at no other', async () => {
    const { server, caller, token } = asker();
    for (const path of [`${target}/`, target.toUpperCase(), `/${target}`, `${target}/x`]) {
      const { status } = await ask(server, path, {
        authorization: formatBasic(caller),
        body: `token=${token}`,
      });
      expect([path, status]).toEqual([path, 404]);
    }
  });
}
