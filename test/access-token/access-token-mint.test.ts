/** What an access token says (RFC 9068 §2), and for how long. */
import { describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import {
  AccessTokenMint,
  accessTokenLifetimeSeconds,
  type MintedToken,
  type MintRequest,
} from '../../src/access-token/access-token-mint.ts';
import { signingAlgorithms } from '../../src/model/signing-algorithm.ts';
import { parseTokenId } from '../../src/model/token-id.ts';
import { audience, issuer, newClient, newGrant, newKeyPair } from './token-fixtures.ts';

const pairs = new Map(signingAlgorithms.map((algorithm) => [algorithm, newKeyPair(algorithm)]));
const pairOf = (algorithm: (typeof signingAlgorithms)[number]) => {
  const pair = pairs.get(algorithm);
  if (!pair) throw new Error(`there is no ${algorithm} key`);
  return pair;
};
const mint = new AccessTokenMint({ issuer, signingKeys: { getSigningKey: pairOf } });
const nowSeconds = 1_800_000_000.75;

async function mintOne(overrides: Partial<MintRequest> = {}): Promise<MintedToken> {
  return mint.mintAccessToken({
    client: newClient(),
    grant: newGrant(),
    scopes: ['orders:read', 'orders:write'],
    registryVersion: 42n,
    credentialSerial: 7n,
    nowSeconds,
    ...overrides,
  });
}

describe('a minted token', () => {
  // P-217, P-219, P-220, P-221
  test('says exactly what was granted, to whom, by whom, and until when', async () => {
    const { value, ...described } = await mintOne();
    expect(decodeProtectedHeader(value)).toEqual({
      alg: 'ES256',
      typ: 'at+jwt',
      kid: 'kid-of-ES256',
    });
    const claims = decodeJwt(value);
    expect(claims).toEqual({
      iss: issuer,
      sub: newClient().clientId,
      client_id: newClient().clientId,
      aud: audience,
      iat: 1_800_000_000,
      exp: 1_800_003_600,
      jti: expect.stringMatching(/^[0-9A-Za-z]{39}$/),
      scope: 'orders:read orders:write',
      organization_id: 'org_0000000000000000000001',
    });
    expect(described).toEqual({
      tokenId: claims.jti,
      issuedAt: claims.iat,
      expiresAt: claims.exp,
      expiresInSeconds: 3600,
      scope: 'orders:read orders:write',
    });
  });

  test("says the client's location, when it has one", async () => {
    const locationId = 'location_0000000000000000000001';
    const { value } = await mintOne({ client: newClient({ locationId }) });
    expect(decodeJwt(value)).toMatchObject({
      organization_id: 'org_0000000000000000000001',
      location_id: locationId,
    });
  });

  // P-217
  test('says what was granted also in characters that JSON escapes', async () => {
    const odd = 'https://"api".example/\\ü€\u{1f511}\n\u2028';
    const { value } = await mintOne({
      grant: newGrant({ apiIdentifier: odd }),
      scopes: [odd, 'x'],
    });
    expect(decodeJwt(value)).toMatchObject({ aud: odd, scope: `${odd} x` });
  });

  // P-217, P-229
  test.each(signingAlgorithms)('is signed with %s where the API asks for it', async (algorithm) => {
    for (const tokenType of ['at+jwt', 'JWT'] as const) {
      const grant = newGrant({ signingAlgorithm: algorithm, tokenType });
      const { value } = await mintOne({ grant });
      const { protectedHeader } = await jwtVerify(value, pairOf(algorithm).publicKey, {
        issuer,
        audience,
        typ: tokenType,
        algorithms: [algorithm],
        currentDate: new Date(nowSeconds * 1000),
      });
      expect(protectedHeader).toEqual({
        alg: algorithm,
        typ: tokenType,
        kid: `kid-of-${algorithm}`,
      });
    }
  });

  // P-222
  test('has an id of its own, which carries the registry version and the credential', async () => {
    const minted = await Promise.all(Array.from({ length: 5000 }, () => mintOne()));
    const ids = new Set(minted.map(({ tokenId }) => tokenId));
    expect(ids.size).toBe(5000);
    for (const id of ids) {
      expect(parseTokenId(id)).toEqual({ registryVersion: 42n, credentialSerial: 7n });
    }
    const randomParts = [...ids].map((id) => id.slice(22));
    for (let place = 0; place < 17; place += 1) {
      expect(new Set(randomParts.map((part) => part[place])).size).toBe(62);
    }
  });

  // P-224
  test('stays below 1 KB with 20 scopes, and below 8 KB with 200', async () => {
    const scopesOf = (count: number) =>
      Array.from({ length: count }, (_, index) => `resource${index}:write`);
    const sizeOf = async (count: number) =>
      (await mintOne({ scopes: scopesOf(count) })).value.length;
    expect(await sizeOf(20)).toBeLessThan(1024);
    expect(await sizeOf(200)).toBeLessThan(8192);
  });

  test('is confirmed to a key when it is bound to one', async () => {
    const confirmation = { jkt: 'thumbprint' };
    expect(decodeJwt((await mintOne({ confirmation })).value)['cnf']).toEqual(confirmation);
  });
});

// P-221, P-230
test.each([
  { api: 3600, client: null, expected: 3600 },
  { api: 3600, client: 60, expected: 60 },
  { api: 60, client: 3600, expected: 60 },
  { api: 86_400, client: null, expected: 86_400 },
  { api: 86_400, client: 86_400, expected: 86_400 },
])(
  'lives $expected s of an API’s $api s and a client’s $client s',
  async ({ api, client, expected }) => {
    const tokenClient = newClient({ accessTokenLifetimeSeconds: client });
    const grant = newGrant({ accessTokenLifetimeSeconds: api });
    expect(accessTokenLifetimeSeconds(tokenClient, grant)).toBe(expected);
    const { issuedAt, expiresAt } = await mintOne({ client: tokenClient, grant });
    expect(expiresAt - issuedAt).toBe(expected);
  },
);
