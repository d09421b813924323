/** A4 of the catalogue: the token endpoint as a piece of HTTP (RFC 9110, RFC 9112). Slow senders: `slow-requests.test.ts`. */
import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import {
  answerRaw,
  closedAtOnceMillisMax,
  expectInvariants,
  expectNothingHere,
  headerOf,
  type RawAnswer,
  sendRaw,
} from '../support/raw-http.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  askForToken,
  expectAnswer,
  formatTokenRequest,
  formType,
  testTokenCases,
  tokenPath,
  useTokenFixture,
  type Expected,
  type TokenCase,
  type TokenFixture,
} from './token-cases.ts';

const parse = ({ body }: RawAnswer) => JSON.parse(body) as Record<string, unknown>;
const usePost: Expected = [405, 'invalid_request', 'use POST'];
const foreignOrigin: Expected = [
  400,
  'invalid_request',
  'cross-origin requests are not served: send them from a server, not from a web page',
];

/** The right request with more header lines. */
const withHeaders =
  (...headers: string[]) =>
  ({ basic, base }: TokenFixture) => ({ authorization: basic, body: base, headers });

const accepted: TokenCase[] = [
  ['X-HTTP-Method-Override', withHeaders('X-HTTP-Method-Override: GET'), 'issued'], // P-110
  [
    'the Origin of the issuer itself',
    (fixture) => withHeaders(`Origin: ${fixture.server.issuer}`)(fixture),
    'issued',
  ],
  // P-102
  ['a foreign Origin', withHeaders('Origin: https://evil.test'), foreignOrigin],
  ['the Origin null', withHeaders('Origin: null'), foreignOrigin],
  [
    'a query, even an empty one', // P-109
    ({ basic, base }) => ({ target: `${tokenPath}?`, authorization: basic, body: base }),
    [400, 'invalid_request', 'parameters belong into the body, not into the URL'],
  ],
];

/** Refused before there is a route: whole answer, and the connection is closed. */
const unreadable: [
  name: string,
  status: number,
  code: string,
  bytes: (f: TokenFixture) => string,
][] = [
  [
    'Content-Length and Transfer-Encoding', // P-111
    400,
    'unreadable_request',
    ({ basic }) =>
      `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  [
    'two different Content-Length fields', // P-111
    400,
    'unreadable_request',
    () => `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n`,
  ],
  // P-112
  [
    'a chunk size that is no number',
    400,
    'unreadable_request',
    () =>
      `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
  ],
  [
    'an unknown transfer coding',
    400,
    'unreadable_request',
    () => `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
  ],
  // P-112: Node takes all but the last one, undecoded.
  ...[
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  ].map((codings): (typeof unreadable)[number] => [
    codings.replace('\r\n', ' and '),
    400,
    'unreadable_request',
    () =>
      `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\nContent-Type: ${formType}\r\n${codings}\r\n\r\n0\r\n\r\n`,
  ]),
  // INV7
  [
    'to be a tunnel',
    405,
    'method_not_allowed',
    () => 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n',
  ],
  ['bare line feeds', 400, 'unreadable_request', () => `POST ${tokenPath} HTTP/1.1\nHost: x\n\n`],
  [
    'a space before the colon',
    400,
    'unreadable_request',
    () => `POST ${tokenPath} HTTP/1.1\r\nHost : x\r\n\r\n`,
  ],
  ['what is no HTTP', 400, 'unreadable_request', () => 'hello\r\n\r\n'],
  [
    'a header of 20 KB', // P-114
    431,
    'header_too_large',
    () => `POST ${tokenPath} HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
  ],
  [
    '101 header fields', // P-115
    431,
    'too_many_headers',
    ({ basic, base }) =>
      formatTokenRequest({
        authorization: basic,
        body: base,
        headers: Array.from({ length: 97 }, () => 'X: y'),
      }).toString(),
  ],
  [
    '2,500 header fields', // P-115
    431,
    'too_many_headers',
    () => `POST ${tokenPath} HTTP/1.1\r\n${'X: y\r\n'.repeat(2500)}\r\n`,
  ],
  [
    'an expectation nobody knows', // P-120
    417,
    'expectation_failed',
    ({ base }) => formatTokenRequest({ body: base, headers: ['Expect: wonders'] }).toString(),
  ],
];

describeOnBothDatabases('the token endpoint over HTTP', (server) => {
  const fixture = useTokenFixture(server);

  testTokenCases(fixture, accepted);

  // P-097, P-098, P-099, P-100
  test.each(['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'OPTIONS', 'PROPFIND'])(
    'answers %s with 405 and what is allowed, and echoes nothing',
    async (method) => {
      const { basic, base } = fixture();
      const answer = await askForToken(server, {
        method,
        authorization: basic,
        headers: ['X-Echo: echoed'],
        body: base,
      });
      expectAnswer(server, answer, usePost);
      expect(headerOf(answer, 'allow')).toBe('POST');
      expect(JSON.stringify(answer)).not.toContain('echoed');
    },
  );

  // P-098
  test('answers HEAD with the head of that', async () => {
    const request = formatTokenRequest({ method: 'HEAD' });
    const answer = await answerRaw(server, request, { isHead: true });
    expectInvariants(answer);
    expect([answer.status, headerOf(answer, 'allow')]).toEqual([405, 'POST']);
  });

  // P-101
  test('grants no preflight to any Origin', async () => {
    const answer = await askForToken(server, {
      method: 'OPTIONS',
      headers: ['Origin: https://evil.test', 'Access-Control-Request-Method: POST'],
    });
    expectAnswer(server, answer, usePost);
    expect(answer.headers.filter(([name]) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('sends exactly these headers with a token', async () => {
    const { basic, base } = fixture();
    const answer = await askForToken(server, { authorization: basic, body: base });
    expect(answer.headers.map(([name]) => name).sort()).toEqual([
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'keep-alive',
      'pragma',
      'x-content-type-options',
      'x-request-id',
    ]);
  });

  describe('P-103: a forged Host or target', () => {
    test.each([
      ['Host: evil.test', ['Host: evil.test'], tokenPath, 200],
      ['Host with userinfo', ['Host: good@evil.test'], tokenPath, 200],
      ['Host with a path', ['Host: evil:80/x?'], tokenPath, 200],
      ['two Hosts', ['Host: localhost', 'Host: evil.test'], tokenPath, 200],
      ['an absolute target', ['Host: evil.test'], `http://evil.test${tokenPath}`, 421],
      ['a target without a scheme', ['Host: evil.test'], `//evil.test${tokenPath}`, 404],
      // P-104
      [
        'X-Forwarded-Host',
        ['X-Forwarded-Host: evil.test', 'X-Forwarded-Proto: https'],
        tokenPath,
        200,
      ],
      ['Forwarded', ['Forwarded: host=evil.test;proto=https'], tokenPath, 200],
    ])('%s changes no issuer and no audience', async (_name, headers, target, status) => {
      const { basic, base, orders } = fixture();
      const lines = [
        `POST ${target} HTTP/1.1`,
        ...headers,
        `Authorization: ${basic}`,
        `Content-Type: ${formType}`,
        `Content-Length: ${base.length}`,
      ];
      const answer = await askForToken(server, `${lines.join('\r\n')}\r\n\r\n${base}`);
      expect(answer.status).toBe(status);
      expect(JSON.stringify(answer)).not.toContain('evil');
      if (status !== 200) return;
      const claims = decodeJwt(String(parse(answer)['access_token']));
      expect(claims).toMatchObject({ iss: server.issuer, aud: orders });
      expect(JSON.stringify(claims)).not.toContain('evil');
    });
  });

  // P-107, P-108, P-109
  test.each([
    `${tokenPath}/`,
    '/OAUTH2/TOKEN',
    '/oauth2/Token',
    `/${tokenPath}`,
    `/.${tokenPath}`,
    `/x/..${tokenPath}`,
    '/oauth2/token%2f',
    '/oauth2%2ftoken',
    `${tokenPath};x`,
    '/oauth2/%74oken',
    `${tokenPath}#`,
    '/oauth2',
    '/token',
    '*',
  ])('is not at %s', async (target) => {
    const { basic, base } = fixture();
    expectNothingHere(await askForToken(server, { target, authorization: basic, body: base }));
  });

  // P-103; the last two are no URLs at all (INV4).
  test.each([
    `http://a.example${tokenPath}`,
    `HTTPS://a.example${tokenPath}`,
    `http://[${tokenPath}`,
    `http://a:8a${tokenPath}`,
  ])('is misdirected at %s', async (target) => {
    const { basic, base } = fixture();
    const answer = await askForToken(server, { target, authorization: basic, body: base });
    expect([answer.status, headerOf(answer, 'content-type'), JSON.parse(answer.body)]).toEqual([
      421,
      'application/problem+json',
      {
        type: 'urn:latchkey:problem:misdirected_request',
        title: 'The request is for another server',
        status: 421,
        detail: 'the target of the request names a host: send the path alone',
        code: 'misdirected_request',
        request_id: headerOf(answer, 'x-request-id'),
      },
    ]);
  });

  test.each(unreadable)('refuses %s with %i', async (_name, status, code, bytes) => {
    const { answers, closedAfterMillis } = await sendRaw(server, bytes(fixture()), {
      answers: Infinity,
    });
    expect(answers).toHaveLength(1);
    for (const answer of answers) {
      expectInvariants(answer);
      expect(headerOf(answer, 'connection')).toBe('close');
      expect({ status: answer.status, body: parse(answer) }).toEqual({
        status,
        body: {
          type: `urn:latchkey:problem:${code}`,
          title: expect.any(String),
          status,
          detail: expect.any(String),
          code,
          request_id: headerOf(answer, 'x-request-id'),
        },
      });
    }
    expect(closedAfterMillis).toBeLessThan(closedAtOnceMillisMax);
  });

  test('accepts 100 header fields', async () => {
    const { basic, base } = fixture();
    const answer = await askForToken(server, {
      authorization: basic,
      body: base,
      headers: Array.from({ length: 96 }, () => 'X: y'),
    });
    expectAnswer(server, answer, 'issued');
  });

  // P-119
  test('answers two pipelined requests in their order', async () => {
    const { basic, base } = fixture();
    const right = formatTokenRequest({ authorization: basic, body: base });
    const wrong = formatTokenRequest({ body: base });
    for (const [first, second, statuses] of [
      [right, wrong, [200, 401]],
      [wrong, right, [401, 200]],
    ] as const) {
      const { answers } = await sendRaw(server, Buffer.concat([first, second]), { answers: 2 });
      expect(answers.map(({ status }) => status)).toEqual(statuses);
      for (const answer of answers) expectInvariants(answer);
    }
  });

  test('answers a request that is followed by rubbish, and then closes', async () => {
    const { basic, base } = fixture();
    const right = formatTokenRequest({ authorization: basic, body: base });
    const { answers } = await sendRaw(
      server,
      Buffer.concat([right, Buffer.from('rubbish\r\n\r\n')]),
      {
        answers: Infinity,
      },
    );
    expect(answers.map(({ status }) => status)).toEqual([200]);
  });

  // P-120
  test('says 100 Continue before it reads the body', async () => {
    const { basic, base } = fixture();
    const request = formatTokenRequest({
      authorization: basic,
      body: base,
      headers: ['Expect: 100-continue'],
    });
    const { answers } = await sendRaw(server, request, { answers: 2 });
    expect(answers.map(({ status }) => status)).toEqual([100, 200]);
  });

  // P-121
  test.each([
    ['with a Host', 'Host: localhost'],
    ['without one', 'X-None: 1'],
  ])('speaks HTTP/1.0 %s', async (_name, header) => {
    const { basic, base } = fixture();
    const request = formatTokenRequest({ version: '1.0', authorization: basic, body: base })
      .toString()
      .replace('Host: localhost', header);
    const { answers } = await sendRaw(server, request, { answers: Infinity });
    expect(answers).toHaveLength(1);
    for (const answer of answers) expectAnswer(server, answer, 'issued');
  });
});
