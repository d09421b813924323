/** Our own access tokens, judged by us: one is live, and everything that is only nearly one is not. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { CompactSign, SignJWT, type JWTPayload } from 'jose';
import { AccessTokenMint } from '../../src/access-token/access-token-mint.ts';
import { AccessTokenVerification } from '../../src/access-token/access-token-verification.ts';
import type { TokenClient } from '../../src/model/token-client.ts';
import { encodeBase62 } from '../../src/model/base62.ts';
import { StoreUnavailable } from '../../src/model/store-unavailable.ts';
import {
  audience,
  issuer,
  newClient,
  newGrant,
  newKeyPair,
  type KeyPair,
} from './token-fixtures.ts';

const nowSeconds = 1_800_000_000;
const ownKey = newKeyPair('ES256', 'own');
const ownRsaKey = newKeyPair('RS256', 'own-rsa');
const strangersKey = newKeyPair('ES256', 'own');
const registryVersion = 100n;
const credentialSerial = 7n;

/** The registry says of every client_id but the right one that it does not exist. */
function newVerification(client: Partial<TokenClient> = {}, atSeconds = nowSeconds) {
  const known = newClient(client);
  return new AccessTokenVerification({
    issuer,
    signingKeys: {
      catchUpWith: async () => undefined,
      findVerifyingKey: (kid) => [ownKey, ownRsaKey].find((key) => key.kid === kid),
    },
    clients: {
      read: async ({ clientId }) => ({
        client: clientId === known.clientId ? known : undefined,
        registryVersion,
        signingKeysVersion: 2n,
        nowSeconds: atSeconds,
      }),
    },
  });
}

const tokenId = (version = registryVersion, serial = credentialSerial) =>
  encodeBase62(version, 11) + encodeBase62(serial, 11) + '0'.repeat(17);

function validClaims(): JWTPayload {
  const { clientId } = newClient();
  return {
    iss: issuer,
    sub: clientId,
    client_id: clientId,
    aud: audience,
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    jti: tokenId(),
    scope: 'orders:read orders:write',
    organization_id: 'org_0000000000000000000001',
  };
}

interface Forgery {
  header?: Record<string, unknown>;
  claims?: Record<string, unknown>;
  key?: KeyPair;
}

function forge({ header = {}, claims = {}, key = ownKey }: Forgery): Promise<string> {
  return new SignJWT({ ...validClaims(), ...claims })
    .setProtectedHeader({ alg: key.algorithm, typ: 'at+jwt', kid: key.kid, ...header })
    .sign(key.privateKey);
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describe('a live token', () => {
  test('from the mint is found, with its client and its scopes', async () => {
    const mint = new AccessTokenMint({ issuer, signingKeys: { getSigningKey: () => ownKey } });
    const client = newClient();
    const { value } = await mint.mintAccessToken({
      client,
      grant: newGrant(),
      scopes: ['orders:read', 'orders:write'],
      registryVersion,
      credentialSerial,
      nowSeconds,
    });
    expect(await newVerification().findActive(value, audience)).toMatchObject({
      claims: { ...validClaims(), jti: expect.any(String) },
      client,
      isActive: true,
    });
  });

  // P-257
  test('is found with its confirmation, when it is bound to a key', async () => {
    const cnf = { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' };
    const found = await newVerification().findActive(await forge({ claims: { cnf } }), audience);
    expect(found?.claims).toEqual({ ...validClaims(), cnf });
  });

  test('is found in the type that its API asked for', async () => {
    const token = await forge({ header: { typ: 'JWT' } });
    expect(await newVerification().findActive(token, audience)).toBeDefined();
  });

  test('brings the signing keys up to what was true of its client', async () => {
    const versions: bigint[] = [];
    const verification = new AccessTokenVerification({
      issuer,
      signingKeys: {
        catchUpWith: async (version) => void versions.push(version),
        // The key is there only when the ring has caught up.
        findVerifyingKey: () => (versions.length > 0 ? ownKey : undefined),
      },
      clients: {
        read: async () => ({
          client: newClient(),
          registryVersion,
          signingKeysVersion: 2n,
          nowSeconds,
        }),
      },
    });
    expect(await verification.findActive(await forge({}), audience)).toBeDefined();
    expect(versions).toEqual([2n]);
  });

  test('is found when it was made like the mint makes it, so that the forgeries below are near misses', async () => {
    expect(await newVerification().findActive(await forge({}), audience)).toBeDefined();
    const byRsa = await forge({ key: ownRsaKey });
    expect(await newVerification().findActive(byRsa, audience)).toBeDefined();
  });

  test('is not judged while the database is away', async () => {
    const verification = new AccessTokenVerification({
      issuer,
      signingKeys: { catchUpWith: async () => undefined, findVerifyingKey: () => ownKey },
      clients: {
        read: () => Promise.reject(new StoreUnavailable('gone')),
      },
    });
    await expect(verification.findActive(await forge({}), audience)).rejects.toMatchObject({
      name: 'StoreUnavailable',
    });
  });
});

describe('a forged token is refused', () => {
  const publicPem = () => String(ownRsaKey.publicKey.export({ format: 'pem', type: 'spki' }));
  test.each<[string, () => Promise<string> | string]>([
    [
      'without a signature',
      () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(validClaims())}.`,
    ],
    [
      'with "none" under a known kid',
      () => `${encode({ alg: 'none', typ: 'at+jwt', kid: 'own' })}.${encode(validClaims())}.`,
    ],
    [
      'with HS256 over the public key',
      () => {
        const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid: 'own-rsa' })}.${encode(validClaims())}`;
        return `${input}.${createHmac('sha256', publicPem()).update(input).digest('base64url')}`;
      },
    ],
    ['with a stranger’s key under our kid', () => forge({ key: strangersKey })],
    ['with an unknown kid', () => forge({ header: { kid: 'unknown' } })],
    ['without a kid', () => forge({ header: { kid: undefined } })],
    ['with the kid of a key of another algorithm', () => forge({ header: { kid: 'own-rsa' } })],
    ['with RSA’s other padding', () => forge({ key: { ...ownRsaKey, algorithm: 'PS256' } })],
    ['of the type of a DPoP proof', () => forge({ header: { typ: 'dpop+jwt' } })],
    ['of the type of a logout token', () => forge({ header: { typ: 'logout+jwt' } })],
    ['of a type that only looks alike', () => forge({ header: { typ: 'AT+JWT' } })],
    ['without a type', () => forge({ header: { typ: undefined } })],
    [
      'with a critical header nobody knows',
      () =>
        new CompactSign(Buffer.from(JSON.stringify(validClaims())))
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'own', crit: ['x'], x: 1 })
          .sign(ownKey.privateKey, { crit: { x: true } }),
    ],
    [
      'with a byte changed',
      async () => (await forge({})).replace(/\.(.)/, (_, first) => `.${first === 'e' ? 'f' : 'e'}`),
    ],
    ['cut short', async () => (await forge({})).slice(0, -1)],
    ['of nothing', () => ''],
    ['of two parts', () => 'a.b'],
  ])('%s', async (_, make) => {
    expect(await newVerification().findActive(await make(), audience)).toBeUndefined();
  });
});

describe('a token with our signature is refused', () => {
  test.each<[string, Record<string, unknown>]>([
    ['for another audience', { aud: 'https://other.example.com' }],
    ['for an audience that only begins alike', { aud: `${audience}/` }],
    ['without an audience', { aud: undefined }],
    ['for several audiences', { aud: [audience, 'https://other.example.com'] }],
    ['of another issuer', { iss: 'https://other.example.com' }],
    ['of no issuer', { iss: undefined }],
    ['that has expired', { exp: nowSeconds }],
    ['that never expires', { exp: undefined }],
    ['that is not valid yet', { nbf: nowSeconds + 60 }],
    ['without the time it was issued', { iat: undefined }],
    ['without an id', { jti: undefined }],
    ['with an id that is not ours', { jti: 'b0d4f2a0-0000-4000-8000-000000000000' }],
    ['of an unknown client', { client_id: 'lkc_unknown' }],
    ['of no client', { client_id: undefined }],
    ['of a client_id that cannot be', { client_id: 'lkc_\0' }],
    ['of a client that is no text', { client_id: ['lkc_0000000000000000000001'] }],
    ['without an organization', { organization_id: undefined }],
    ['of no subject', { sub: undefined }],
    ['without scope', { scope: undefined }],
    ['with a scope that is no text', { scope: ['orders:read'] }],
  ])('%s', async (_, claims) => {
    const token = await forge({ claims });
    expect(await newVerification().findActive(token, audience)).toBeUndefined();
  });

  test('a second after it has expired, by the clock of the registry and no other', async () => {
    const token = await forge({});
    const at = (seconds: number) => newVerification({}, seconds).findActive(token, audience);
    expect(await at(nowSeconds + 3599)).toBeDefined();
    expect(await at(nowSeconds + 3600)).toBeUndefined();
  });
});

describe('a cut-off', () => {
  test('leaves a token ours, though not active: whoever revokes it must know', async () => {
    const found = await newVerification({ usable: false }).findIssued(await forge({}));
    expect(found).toMatchObject({
      claims: validClaims(),
      client: newClient({ usable: false }),
      isActive: false,
    });
  });

  test.each<[string, Partial<TokenClient>, boolean]>([
    ['of the client, later than the token', { cutoffVersion: registryVersion + 1n }, false],
    ['of the client, as old as the token', { cutoffVersion: registryVersion }, true],
    [
      'of its secret, later than the token',
      { credentialCutoffs: new Map([[credentialSerial, registryVersion + 1n]]) },
      false,
    ],
    [
      'of its secret, as old as the token',
      { credentialCutoffs: new Map([[credentialSerial, registryVersion]]) },
      true,
    ],
    ['of another secret', { credentialCutoffs: new Map([[8n, registryVersion + 1n]]) }, true],
    ['of the whole client, inactive', { usable: false }, false],
    ['of this very token', { revokedTokenIds: new Set([tokenId()]) }, false],
    ['of another token', { revokedTokenIds: new Set([tokenId(registryVersion, 8n)]) }, true],
  ])('%s', async (_, client, isActive) => {
    const found = await newVerification(client).findActive(await forge({}), audience);
    expect(found !== undefined).toBe(isActive);
  });
});
