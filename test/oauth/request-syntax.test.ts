/** A3 of the catalogue: what is not a token request is refused by name (RFC 6749 §3.2, §5.2). */
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import {
  answerRaw,
  closedAtOnceMillisMax,
  expectInvariants,
  sendRaw,
} from '../support/raw-http.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  askForToken,
  expectAnswer,
  formatTokenRequest,
  formType,
  invalidClient,
  invalidScopeSyntax,
  resourceNotGranted,
  resourceSyntax,
  scopeNotGranted,
  testTokenCases,
  useTokenFixture,
  type Expected,
  type TokenCase,
  type TokenFixture,
} from './token-cases.ts';

const invalidRequest = (description: string): Expected => [400, 'invalid_request', description];
const unsupportedGrantType: Expected = [
  400,
  'unsupported_grant_type',
  'unsupported grant_type requested',
];
const grantTypeMissing = invalidRequest("missing required parameter 'grant_type'");
const notAForm = invalidRequest('the body must be application/x-www-form-urlencoded');
const notUtf8 = invalidRequest('the body must be UTF-8');
const malformedParameter = invalidRequest('a parameter is not percent-encoded UTF-8');
const bodyBytesMax = 16_384;

/** The right request with another body. */
const withBody =
  (body: (fixture: TokenFixture) => string | Uint8Array) => (fixture: TokenFixture) => ({
    authorization: fixture.basic,
    body: body(fixture),
  });

const withType =
  (contentType: string | null, body: (fixture: TokenFixture) => string | Uint8Array) =>
  (fixture: TokenFixture) => ({ authorization: fixture.basic, contentType, body: body(fixture) });

const withGrantType = (grantType: string) => withBody(() => `grant_type=${grantType}`);

const grantTypes: TokenCase[] = [
  ['no grant_type', withBody(() => 'scope=read'), grantTypeMissing], // P-060
  ['an empty grant_type', withGrantType(''), grantTypeMissing], // P-061
  ['a grant_type in other case', withGrantType('Client_Credentials'), unsupportedGrantType], // P-062
  ['an unknown grant_type', withGrantType('made_up'), unsupportedGrantType], // P-064
  // P-065
  ...[
    'password',
    'authorization_code',
    'refresh_token',
    'implicit',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:openid:params:grant-type:ciba',
  ].map((grantType): TokenCase => [grantType, withGrantType(grantType), unsupportedGrantType]),
  // P-066
  ...['__proto__', 'constructor', 'toString'].map((grantType): TokenCase => [
    grantType,
    withGrantType(grantType),
    unsupportedGrantType,
  ]),
  [
    'a parameter name in other case', // P-096
    withBody(({ base }) => base.replace('grant_type', 'GRANT_TYPE')),
    grantTypeMissing,
  ],
];

const repeated = (name: string) => invalidRequest(`${name} must not be repeated`);

const repetitions: TokenCase[] = [
  [
    'grant_type twice', // P-067
    withBody(({ base }) => `${base}&grant_type=client_credentials`),
    repeated('grant_type'),
  ],
  ['scope twice', withBody(({ base }) => `${base}&scope=read`), repeated('scope')], // P-069
  [
    'client_id twice',
    ({ base, inBody, client }) => ({ body: `${base}&${inBody}&client_id=${client.clientId}` }),
    repeated('client_id'),
  ],
  [
    'client_secret twice',
    ({ base, inBody, client }) => ({
      body: `${base}&${inBody}&client_secret=${client.clientSecret}`,
    }),
    repeated('client_secret'),
  ],
  ['an unknown parameter twice', withBody(({ base }) => `${base}&x=1&x=1`), 'issued'], // P-070
  ['unknown parameters', withBody(({ base }) => `${base}&foo=bar&__proto__=x&=&&`), 'issued'], // P-071
  [
    'the second of two where the first is empty',
    withBody(({ base }) => `scope=&${base}&resource=`),
    'issued',
  ],
];

const mediaTypes: TokenCase[] = [
  [
    'JSON', // P-074
    withType('application/json', () => '{"grant_type":"client_credentials"}'),
    notAForm,
  ],
  [
    'multipart', // P-075
    withType('multipart/form-data; boundary=x', () => '--x--\r\n'),
    notAForm,
  ],
  ['no Content-Type', withType(null, ({ base }) => base), notAForm], // P-076
  ['charset UTF-8', withType(`${formType}; charset=UTF-8`, ({ base }) => base), 'issued'], // P-077
  ['charset "utf-8"', withType(`${formType};charset="utf-8"`, ({ base }) => base), 'issued'],
  [
    'charset klingon', // P-078
    withType(`${formType}; charset=klingon`, ({ base }) => base),
    invalidRequest('the charset must be UTF-8'),
  ],
  [
    'UTF-16 that says so', // P-079
    withType(`${formType}; charset=utf-16le`, ({ base }) => Buffer.from(base, 'utf16le')),
    invalidRequest('the charset must be UTF-8'),
  ],
  [
    'UTF-16 that does not say so', // P-079
    withBody(({ base }) => Buffer.from(base, 'utf16le')),
    malformedParameter,
  ],
  [
    'gzip', // P-092
    ({ basic, base }) => ({
      authorization: basic,
      headers: ['Content-Encoding: gzip'],
      body: base,
    }),
    invalidRequest('compressed bodies are not read: send it as it is'),
  ],
];

const encodings: TokenCase[] = [
  [
    'raw bytes in scope', // P-080
    withBody(({ base }) =>
      Buffer.concat([Buffer.from(`${base}&x=`), Buffer.from([0xff, 0xfe, 0x80])]),
    ),
    notUtf8,
  ],
  [
    'a client_id that is not UTF-8', // P-081
    ({ base }) => ({ body: `${base}&client_id=%ff%fe&client_secret=x` }),
    invalidClient,
  ],
  [
    'NUL in client_id', // P-082
    ({ base, client }) => ({
      body: `${base}&client_id=${client.clientId}%00&client_secret=${client.clientSecret}`,
    }),
    invalidClient,
  ],
  // P-083
  ['NUL in scope', withBody(({ base }) => base.replace('read', 'read%00')), invalidScopeSyntax],
  ['NUL in resource', withBody(({ base }) => `${base}%00`), resourceSyntax],
  [
    'NUL in audience',
    withBody(() => 'grant_type=client_credentials&audience=https%3A%2F%2Fx.example%00'),
    resourceSyntax,
  ],
  [
    'NUL in grant_type',
    withGrantType('client_credentials%00'),
    invalidRequest('grant_type must be visible ASCII'),
  ],
  [
    'NUL in client_assertion',
    withBody(({ base }) => `${base}&client_assertion=x%00`),
    invalidRequest('client_assertion must be visible ASCII'),
  ],
  ['NUL in an unknown parameter', withBody(({ base }) => `${base}&token=x%00`), 'issued'],
  // P-084
  ...['scope', 'resource', 'grant_type', 'x'].map((name): TokenCase => [
    `a lone surrogate in ${name}`,
    withBody(({ base }) => `${base}&${name}=%ED%A0%80`),
    malformedParameter,
  ]),
  [
    'a lone surrogate in client_id',
    ({ base }) => ({ body: `${base}&client_id=%ED%A0%80&client_secret=x` }),
    invalidClient,
  ],
  [
    'a lone surrogate in client_secret',
    ({ base, client }) => ({
      body: `${base}&client_id=${client.clientId}&client_secret=%ED%A0%80`,
    }),
    invalidClient,
  ],
  // P-085
  [
    'SQL in client_id',
    ({ base }) => ({ body: `${base}&client_id=' OR 1%3D1 --&client_secret=x` }),
    invalidClient,
  ],
  [
    'SQL in client_secret',
    ({ base, client }) => ({
      body: `${base}&client_id=${client.clientId}&client_secret=';DROP TABLE clients;--`,
    }),
    invalidClient,
  ],
  ['SQL in scope', withBody(({ base }) => base.replace('read', "'+OR+'1'='1")), scopeNotGranted],
  ['SQL in resource', withBody(({ base }) => `${base}'--`), resourceNotGranted],
  ['SQL in grant_type', withGrantType("' OR 1=1 --"), unsupportedGrantType],
  [
    'a client_id of 10 KB', // P-086
    ({ base }) => ({ body: `${base}&client_id=${'a'.repeat(10_240)}&client_secret=x` }),
    invalidClient,
  ],
  [
    'a secret that is encoded twice is decoded once', // P-095
    ({ base, client }) => ({
      body: `${base}&client_id=${client.clientId}&client_secret=${client.clientSecret.replace('lks', '%256cks')}`,
    }),
    invalidClient,
  ],
  [
    'a secret that is encoded once', // P-095
    ({ base, client }) => ({
      body: `${base}&client_id=${client.clientId}&client_secret=${client.clientSecret.replace('lks', '%6cks')}`,
    }),
    'issued',
  ],
];

const sizes: TokenCase[] = [
  [
    'more than 200 parameters', // P-090
    withBody(({ base }) => `${'x=1&'.repeat(1001)}${base}`),
    invalidRequest('there are too many parameters'),
  ],
  [
    'a body of exactly the limit',
    withBody(({ base }) => `${base}&x=${'x'.repeat(bodyBytesMax - base.length - 3)}`),
    'issued',
  ],
];

describeOnBothDatabases('the syntax of a token request', (server) => {
  const fixture = useTokenFixture(server);

  testTokenCases(fixture, [...grantTypes, ...repetitions, ...mediaTypes, ...encodings, ...sizes]);

  // P-094
  test.each(['+', '%20'])('reads %s as a space', async (space) => {
    const { basic, base } = fixture();
    const answer = await askForToken(server, {
      authorization: basic,
      body: base.replace('scope=read', `scope=read${space}write`),
    });
    expect(answer.status).toBe(200);
    const { access_token: token } = JSON.parse(answer.body) as { access_token: string };
    expect(decodeJwt(token)).toMatchObject({ scope: 'read write' });
  });

  // P-087
  test.each([1, 1000, 1_000_000])(
    'refuses a body %i bytes over the limit, and closes',
    async (over) => {
      const request = formatTokenRequest({
        authorization: fixture().basic,
        body: 'x'.repeat(bodyBytesMax + over),
      });
      const { answers, closedAfterMillis } = await sendRaw(server, request, { answers: Infinity });
      expect(answers).toHaveLength(1);
      for (const answer of answers) {
        expectInvariants(answer);
        expectAnswer(server, answer, [
          413,
          'invalid_request',
          `the body must be at most ${bodyBytesMax} bytes`,
        ]);
        expect(answer.headers).toContainEqual(['connection', 'close']);
      }
      expect(closedAfterMillis).toBeLessThan(closedAtOnceMillisMax);
    },
  );

  test('refuses a body that is shorter than announced', async () => {
    const { basic, base } = fixture();
    const request = formatTokenRequest({ authorization: basic, body: base });
    // Half of the connection closes with the last byte.
    const answer = await answerRaw(server, request.subarray(0, -5), { endAfter: true });
    expectInvariants(answer);
    expect(answer.status).toBe(400);
  });
});
