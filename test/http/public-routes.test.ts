/** What every public route has in common: health, request ids, 404, 405 with Allow, security headers. */
import { describe, expect, test } from '@jest/globals';
import { answerRaw, expectInvariants, expectNothingHere, headerOf } from '../support/raw-http.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const request = (method: string, target: string, headers: string[] = []) =>
  `${method} ${target} HTTP/1.1\r\n${['Host: localhost', 'Content-Length: 0', ...headers].join('\r\n')}\r\n\r\n`;

/** Every public route and what it allows. */
const routes: [path: string, allow: string][] = [
  ['/oauth2/token', 'POST'],
  ['/.well-known/oauth-authorization-server', 'HEAD, GET'],
  ['/.well-known/openid-configuration', 'HEAD, GET'],
  ['/.well-known/jwks.json', 'HEAD, GET'],
  ['/health/live', 'HEAD, GET'],
  ['/health/ready', 'HEAD, GET'],
  ['/docs', 'HEAD, GET'],
  ['/api/v1/openapi.json', 'HEAD, GET'],
];

describeOnBothDatabases('the public listener', (server) => {
  const ask = async (bytes: string, isTokenEndpoint = false) => {
    const answer = await answerRaw(server, bytes);
    expectInvariants(answer, isTokenEndpoint);
    return answer;
  };

  // and nothing of its version, its host or its database's.
  test('is alive and ready, and says how the database does', async () => {
    const live = await ask(request('GET', '/health/live'));
    expect([live.status, JSON.parse(live.body)]).toEqual([200, { status: 'alive' }]);
    const ready = await ask(request('GET', '/health/ready'));
    expect([ready.status, JSON.parse(ready.body)]).toEqual([
      200,
      { status: 'ready', database: 'up' },
    ]);
    for (const answer of [live, ready]) expect(headerOf(answer, 'cache-control')).toBe('no-store');
  });

  describe('a method that a route does not have is 405, with those it has', () => {
    const cases = routes.flatMap(([path, allow]) =>
      ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']
        .filter((method) => method !== allow)
        .map((method) => [method, path, allow] as const),
    );

    test.each(cases)('%s %s', async (method, path, allow) => {
      const isTokenEndpoint = path === '/oauth2/token';
      const answer = await ask(request(method, path), isTokenEndpoint);
      expect([answer.status, headerOf(answer, 'allow')]).toEqual([405, allow]);
      expect(headerOf(answer, 'cache-control')).toBe('no-store');
      expect(JSON.parse(answer.body)).toEqual(
        isTokenEndpoint
          ? { error: 'invalid_request', error_description: 'use POST' }
          : {
              type: 'urn:latchkey:problem:method_not_allowed',
              title: 'The method is not allowed here',
              status: 405,
              detail: `use one of: ${allow}`,
              code: 'method_not_allowed',
              request_id: headerOf(answer, 'x-request-id'),
            },
      );
    });
  });

  test.each([
    '/',
    '/nowhere',
    '/health',
    '/health/live/',
    '/Health/live',
    '/docs/',
    '/docs/../package.json',
    '/docs/%2e%2e/package.json',
    '/%zz',
    '/%00',
    '/api/v2/clients',
    '/metrics',
  ])('there is nothing at %s, and it says so as a problem', async (path) => {
    expectNothingHere(await ask(request('GET', path)));
  });

  test.each(['POST', 'PROPFIND', 'TRACE', 'OPTIONS'])(
    'nor for %s, which no route would have there',
    async (method) => {
      const answer = await ask(request(method, '/nowhere'));
      expect([answer.status, headerOf(answer, 'allow')]).toEqual([404, undefined]);
    },
  );

  test('every answer has a request id of its own, never one that was sent', async () => {
    const ids = await Promise.all(
      [...routes.map(([path]) => path), '/nowhere', '/api/v1/clients'].map(async (path) => {
        const answer = await ask(request('GET', path, ['X-Request-Id: mine']));
        return headerOf(answer, 'x-request-id');
      }),
    );
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });

  // W-01, as far as there are pages; W-02, W-11
  test.each(['/docs', '/health/live', '/.well-known/jwks.json', '/nowhere', '/api/v1/clients'])(
    '%s has the security headers',
    async (path) => {
      const answer = await ask(request('GET', path));
      const policy = (headerOf(answer, 'content-security-policy') ?? '').split(';');
      expect(policy).toEqual(
        expect.arrayContaining([
          "default-src 'none'",
          "script-src 'self'",
          "object-src 'none'",
          "base-uri 'none'",
          "frame-ancestors 'none'",
        ]),
      );
      expect(policy.filter((directive) => directive.includes('unsafe'))).toEqual([
        "style-src 'self' 'unsafe-inline'",
      ]);
      expect(headerOf(answer, 'strict-transport-security')).toMatch(/max-age=31536000/);
      expect(headerOf(answer, 'referrer-policy')).toBe('no-referrer');
      expect(headerOf(answer, 'cross-origin-opener-policy')).toBe('same-origin');
      expect(headerOf(answer, 'permissions-policy')).toMatch(/camera=\(\)/);
    },
  );

  // P-115
  test.each(['/health/live', '/nowhere', '/api/v1/clients'])(
    '%s refuses more header fields than it reads',
    async (path) => {
      const headers = Array.from({ length: 99 }, () => 'X: y');
      const answer = await ask(request('GET', path, headers));
      expect([answer.status, JSON.parse(answer.body)]).toEqual([
        431,
        {
          type: 'urn:latchkey:problem:too_many_headers',
          title: 'Too many header fields',
          status: 431,
          detail: 'send at most 100 header fields',
          code: 'too_many_headers',
          request_id: headerOf(answer, 'x-request-id'),
        },
      ]);
    },
  );
});
