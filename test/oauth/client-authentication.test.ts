/** A2 of the catalogue: who the client is, by `client_secret_basic` or `client_secret_post` (RFC 6749 §2.3.1). */
import { describe, expect, test } from '@jest/globals';
import { parseBasicCredentials } from '../../src/oauth/basic-credentials.ts';
import { AdminApi } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import {
  askForToken,
  encodeBase64,
  expectAnswer,
  formatBasic,
  invalidClient,
  oneMechanism,
  testTokenCases,
  useTokenFixture,
  type Expected,
  type TokenCase,
  type TokenFixture,
} from './token-cases.ts';

const percentEncode = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** The right request with another Authorization header. */
const withAuthorization =
  (authorization: (fixture: TokenFixture) => string) => (fixture: TokenFixture) => ({
    authorization: authorization(fixture),
    body: fixture.base,
  });

/** The right request with another `id:secret` in it. */
const withPair = (pair: (clientId: string, clientSecret: string) => string | Uint8Array) =>
  withAuthorization(
    ({ client }) => `Basic ${encodeBase64(pair(client.clientId, client.clientSecret))}`,
  );

/** The right request with credentials in the body instead. */
const withFields =
  (fields: (clientId: string, clientSecret: string) => string) =>
  ({ base, client }: TokenFixture) => ({
    body: `${base}&${fields(client.clientId, client.clientSecret)}`,
  });

const withBodySecret = (change: (clientSecret: string) => string) =>
  withFields((id, secret) => `client_id=${id}&client_secret=${change(secret)}`);

const flipCase = (text: string) =>
  text.replace(/[a-z]/gi, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

const mismatch: Expected = [
  400,
  'invalid_request',
  'client_id differs from the one in the Authorization header',
];

const basicCases: TokenCase[] = [
  ['Basic', withPair((id, secret) => `${id}:${secret}`), 'issued'],
  ['basic in lower case', withAuthorization(({ basic }) => basic.replace('B', 'b')), 'issued'],
  [
    'two spaces after the scheme', // P-014
    withAuthorization(({ basic }) => basic.replace(' ', '  ')),
    'issued',
  ],
  [
    'both parts form-urlencoded before base64', // P-015
    withPair((id, secret) => `${percentEncode(id)}:${percentEncode(secret)}`),
    'issued',
  ],
  [
    'special characters that are not encoded', // P-016
    withPair((id) => `${id}:: + & = ? / space`),
    invalidClient,
  ],
  ['a colon in the secret', withPair((id, secret) => `${id}:${secret}:x`), invalidClient], // P-017
  ['a malformed %zz', withPair((id, secret) => `${id}:${secret}%zz`), invalidClient], // P-019
  ['%00 at the end', withPair((id, secret) => `${id}:${secret}%00`), invalidClient], // P-020
  ['a raw NUL at the end', withPair((id, secret) => `${id}:${secret}\0`), invalidClient],
  ['a client_id in UTF-8', withPair((id, secret) => `${id}é:${secret}`), invalidClient], // P-021
  ['no colon', withPair((id, secret) => id + secret), invalidClient], // P-022
  [
    'the alphabet of base64url', // P-024
    withPair((id) => `${id}:${'~?'.repeat(9)}`),
    invalidClient,
  ],
  [
    'base64url instead of base64', // P-024
    withAuthorization(
      ({ client }) =>
        `Basic ${encodeBase64(`${client.clientId}:???>>>~~~`).replaceAll('+', '-').replaceAll('/', '_')}`,
    ),
    invalidClient,
  ],
  ['unpadded base64', withAuthorization(({ basic }) => basic.replace(/=+$/, '')), 'issued'], // P-025
  ['an empty secret', withPair((id) => `${id}:`), invalidClient], // P-026
  ['an empty client_id', withPair((_id, secret) => `:${secret}`), invalidClient], // P-027
  ['nothing but the scheme', withAuthorization(() => 'Basic'), invalidClient],
  ['an empty header', withAuthorization(() => ''), invalidClient],
  ['a Bearer token', withAuthorization(() => 'Bearer x'), invalidClient], // P-052
  ['Digest', withAuthorization(() => 'Digest username="x"'), invalidClient],
  [
    'a tab after the scheme',
    withAuthorization(({ basic }) => basic.replace(' ', '\t')),
    invalidClient,
  ],
];

const secretCases: TokenCase[] = [
  ['client_id and client_secret in the body', withBodySecret((secret) => secret), 'issued'], // P-040, P-041
  [
    'a wrong secret in the body',
    withBodySecret((secret) => `${secret.slice(0, -1)}!`),
    invalidClient,
  ], // P-042
  ['the secret and %00', withBodySecret((secret) => `${secret}%00`), invalidClient], // P-034
  // P-035
  ['the secret and a space', withBodySecret((secret) => `${secret}%20`), invalidClient],
  ['the secret and CRLF', withBodySecret((secret) => `${secret}%0D%0A`), invalidClient],
  ['the secret and a BOM', withBodySecret((secret) => `%EF%BB%BF${secret}`), invalidClient],
  ['the secret in other case', withBodySecret(flipCase), invalidClient], // P-036
  ['a beginning of the secret', withBodySecret((secret) => secret.slice(0, -1)), invalidClient],
  ['a secret of 10 KB', withBodySecret((secret) => secret.padEnd(10_240, 'x')), invalidClient], // P-039
  ['client_id alone', withFields((id) => `client_id=${id}`), invalidClient], // P-048
  ['client_secret alone', withFields((_id, secret) => `client_secret=${secret}`), invalidClient],
  ['no credentials at all', ({ base }) => ({ body: base }), invalidClient], // P-049
  [
    'a client_id with a homoglyph', // P-059
    withFields((id, secret) => `client_id=${id.replace('c', '%D1%81')}&client_secret=${secret}`),
    invalidClient,
  ],
  [
    'a client_id with a zero-width space', // P-059
    withFields((id, secret) => `client_id=${id}%E2%80%8B&client_secret=${secret}`),
    invalidClient,
  ],
  [
    'a client_id in other case',
    withFields((id, secret) => `client_id=${flipCase(id)}&client_secret=${secret}`),
    invalidClient,
  ],
];

const mechanismCases: TokenCase[] = [
  [
    'Basic and an assertion', // P-044
    ({ basic, base }) => ({ authorization: basic, body: `${base}&client_assertion=a.b.c` }),
    oneMechanism,
  ],
  [
    'a secret in the body and an assertion', // P-045
    ({ base, inBody }) => ({ body: `${base}&${inBody}&client_assertion=a.b.c` }),
    oneMechanism,
  ],
  [
    'Basic and a secret in the body',
    ({ basic, base, inBody }) => ({ authorization: basic, body: `${base}&${inBody}` }),
    oneMechanism,
  ],
  [
    'Basic and the same client_id in the body', // P-046
    ({ basic, base, client }) => ({
      authorization: basic,
      body: `${base}&client_id=${client.clientId}`,
    }),
    'issued',
  ],
  [
    'Basic and another client_id in the body', // P-047
    ({ basic, base }) => ({ authorization: basic, body: `${base}&client_id=another` }),
    mismatch,
  ],
  [
    'two Authorization headers', // P-051
    ({ basic, base }) => ({
      authorization: basic,
      headers: [`authorization: ${basic}`],
      body: base,
    }),
    [400, 'invalid_request', 'send one Authorization header'],
  ],
  [
    'an assertion, which no client of ours has',
    ({ base }) => ({
      body: `${base}&client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer`,
    }),
    invalidClient,
  ],
  [
    'credentials in the URL', // P-054
    ({ base, inBody }) => ({ target: `/oauth2/token?${inBody}`, body: base }),
    [400, 'invalid_request', 'parameters belong into the body, not into the URL'],
  ],
];

describeOnBothDatabases('client authentication', (server) => {
  const fixture = useTokenFixture(server);

  testTokenCases(fixture, [...basicCases, ...secretCases, ...mechanismCases]);

  test('a client authenticates with its newest secret and with those before, until they end', async () => {
    const admin = new AdminApi(server);
    const { orders } = fixture();
    const client = await admin.createClient([{ api: orders, scopes: ['read'] }]);
    const answerWith = async (clientSecret: string) => {
      const { base } = fixture();
      const authorization = formatBasic({ clientId: client.clientId, clientSecret });
      return askForToken(server, { authorization, body: base });
    };
    const regenerate = async (overlapSeconds: number) => {
      const { body } = await admin.request(`/clients/${client.id}/regenerate`, {
        method: 'POST',
        body: { overlap_seconds: overlapSeconds },
      });
      return String(body['client_secret']);
    };
    const second = await regenerate(0);
    const third = await regenerate(600);
    // P-057: the one before the old one.
    expectAnswer(server, await answerWith(client.clientSecret), invalidClient);
    expectAnswer(server, await answerWith(second), 'issued');
    expectAnswer(server, await answerWith(third), 'issued');
  });
});

describe('the Authorization header', () => {
  // P-024
  test('is base64, and nothing that only looks like it', () => {
    const pair = 'id:???>>>~~~';
    expect(parseBasicCredentials(`Basic ${encodeBase64(pair)}`)?.clientSecret).toBe('???>>>~~~');
    const url = Buffer.from(pair).toString('base64url');
    expect(url).toMatch(/[-_]/);
    for (const other of [url, `${encodeBase64(pair)}*`, `=${encodeBase64(pair)}`]) {
      expect(parseBasicCredentials(`Basic ${other}`)).toBeUndefined();
    }
  });

  // P-017
  test('is split at its first colon', () => {
    expect(parseBasicCredentials(`Basic ${encodeBase64('id:a:b:c')}`)).toEqual({
      clientId: 'id',
      clientSecret: 'a:b:c',
    });
  });

  // P-015
  test('may carry any visible character, form-urlencoded', () => {
    const clientSecret = ': + % & = ? ~/';
    const encoded = new URLSearchParams({ x: clientSecret }).toString().slice(2);
    expect(parseBasicCredentials(`Basic ${encodeBase64(`id:${encoded}`)}`)).toEqual({
      clientId: 'id',
      clientSecret,
    });
  });
});
