/** Signing keys and a client without a server around them. */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import type { SigningAlgorithm } from '../../src/model/signing-algorithm.ts';
import type { TokenClient, TokenGrant } from '../../src/model/token-client.ts';

export const issuer = 'https://auth.example.com';
export const audience = 'https://orders.example.com';

export interface KeyPair {
  kid: string;
  algorithm: SigningAlgorithm;
  privateKey: KeyObject;
  publicKey: KeyObject;
}

export function newKeyPair(algorithm: SigningAlgorithm, kid = `kid-of-${algorithm}`): KeyPair {
  const privateKey = generatePrivateKey(algorithm);
  return {
    kid,
    algorithm,
    // As the ring does: made from a JWK.
    privateKey: createPrivateKey({ key: privateKey.export({ format: 'jwk' }), format: 'jwk' }),
    publicKey: createPublicKey(privateKey),
  };
}

function generatePrivateKey(algorithm: SigningAlgorithm): KeyObject {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

export function newClient(overrides: Partial<TokenClient> = {}): TokenClient {
  return {
    id: 'client_0000000000000000000001',
    clientId: 'lkc_0000000000000000000001',
    organizationId: 'org_0000000000000000000001',
    locationId: null,
    usable: true,
    member: null,
    accessTokenLifetimeSeconds: null,
    cutoffVersion: 0n,
    secrets: [],
    credentialCutoffs: new Map(),
    revokedTokenIds: new Set(),
    grantsRead: true,
    storedUseAt: null,
    grants: [],
    ...overrides,
  };
}

export function newGrant(overrides: Partial<TokenGrant> = {}): TokenGrant {
  return {
    apiId: 'api_1',
    apiIdentifier: audience,
    isDefault: true,
    scopes: ['orders:read'],
    accessTokenLifetimeSeconds: 3600,
    signingAlgorithm: 'ES256',
    tokenType: 'at+jwt',
    builtIn: false,
    ...overrides,
  };
}
