/** A1 of the catalogue: what a token request that is right gets (RFC 6749 §4.4.3, §5.1; RFC 9068). */
import { describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { headerOf, type RawAnswer } from '../support/raw-http.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  askForToken,
  expectAnswer,
  formatBasic,
  formType,
  resourceNotGranted,
  tokenPath,
  useTokenFixture,
} from './token-cases.ts';

const parse = ({ body }: RawAnswer) => JSON.parse(body) as Record<string, unknown>;

describeOnBothDatabases('a token', (server) => {
  const fixture = useTokenFixture(server);
  const ask = (body: string, headers: string[] = []) =>
    askForToken(server, { authorization: fixture().basic, body, headers });

  // P-001, P-002, P-003
  test('comes as the RFC says, with nothing else, and is never stored', async () => {
    const answer = await ask(fixture().base);
    expect(answer.status).toBe(200);
    expect(parse(answer)).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'read',
    });
    expect(answer.headers.filter(([name]) => name !== 'date' && name !== 'x-request-id')).toEqual(
      expect.arrayContaining([
        ['cache-control', 'no-store'],
        ['pragma', 'no-cache'],
        ['content-type', 'application/json'],
        ['x-content-type-options', 'nosniff'],
      ]),
    );
    expect(headerOf(answer, 'set-cookie')).toBeUndefined();
    // Nothing here depends on the Origin, so no cache is told that it does.
    expect(headerOf(answer, 'vary')).toBeUndefined();
  });

  // P-004
  test('lives as long as it says, from the moment it was made', async () => {
    const answer = await ask(fixture().base);
    const { access_token: token, expires_in: expiresIn } = parse(answer);
    const { iat = 0, exp = 0 } = decodeJwt(String(token));
    expect(exp - iat).toBe(expiresIn);
    const serverSeconds = Date.parse(headerOf(answer, 'date') ?? '') / 1000;
    expect(Math.abs(iat - serverSeconds)).toBeLessThanOrEqual(2);
  });

  test('carries the claims of RFC 9068 and no others', async () => {
    const { client, orders, base } = fixture();
    const token = String(parse(await ask(base))['access_token']);
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: expect.any(String),
    });
    expect(decodeJwt(token)).toEqual({
      iss: server.issuer,
      sub: client.clientId,
      client_id: client.clientId,
      aud: orders,
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: expect.stringMatching(/^[0-9A-Za-z]{39}$/),
      scope: 'read',
      organization_id: expect.stringMatching(/^org_/),
    });
  });

  // P-005, P-010
  test('is another one each time, however many are asked for together', async () => {
    const { client, base } = fixture();
    const request = {
      method: 'POST',
      headers: { authorization: formatBasic(client), 'content-type': formType },
      body: base,
    };
    const fetchToken = async (): Promise<string> => {
      const response = await fetch(`${server.issuer}${tokenPath}`, request);
      const body = (await response.json()) as Record<string, unknown>;
      // A machine with too little of everything may shed load, if it says when to come back.
      if (response.status === 503 && response.headers.get('retry-after') === '1') {
        return fetchToken();
      }
      expect([response.status, body]).toEqual([200, expect.anything()]);
      return String(body['access_token']);
    };
    const tokens = await Promise.all(Array.from({ length: 200 }, fetchToken));
    expect(new Set(tokens).size).toBe(200);
    expect(new Set(tokens.map((token) => decodeJwt(token).jti)).size).toBe(200);
  });

  describe('without scope', () => {
    test.each([
      ['not sent', ''], // P-006
      ['sent empty', '&scope='], // P-007
    ])('carries everything granted for the API, and says so: %s', async (_name, suffix) => {
      const answer = await ask(`grant_type=client_credentials${suffix}`);
      expect(answer.status).toBe(200);
      const { access_token: token, scope } = parse(answer);
      expect(scope).toBe('read write');
      expect(decodeJwt(String(token))).toMatchObject({ scope, aud: fixture().orders });
    });
  });

  // P-009
  test('is given for a chunked body', async () => {
    const { basic, base } = fixture();
    const chunks = [base.slice(0, 7), base.slice(7)].map(
      (chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`,
    );
    const head = [
      `POST ${tokenPath} HTTP/1.1`,
      'Host: localhost',
      `Authorization: ${basic}`,
      `Content-Type: ${formType}`,
      'Transfer-Encoding: chunked',
    ].join('\r\n');
    const answer = await askForToken(server, `${head}\r\n\r\n${chunks.join('')}0\r\n\r\n`);
    expectAnswer(server, answer, 'issued');
  });

  test.each(['application/xml', 'text/html', 'text/html;q=1, */*;q=0.1', 'nonsense'])(
    'and every refusal are JSON whatever Accept says: %s',
    async (accept) => {
      const { base } = fixture();
      // P-011
      expectAnswer(server, await ask(base, [`Accept: ${accept}`]), 'issued');
      // P-012
      const refused = await ask(`${base}.else`, [`Accept: ${accept}`]);
      expectAnswer(server, refused, resourceNotGranted);
    },
  );
});
