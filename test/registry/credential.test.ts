/** Ids and secrets: their format, and how one is compared (DESIGN §5). */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createRecordId,
  digestClientSecret,
  generateClientId,
  generateClientSecret,
  hintOfClientSecret,
  isWellFormedClientSecret,
  verifyClientSecret,
} from '../../src/registry/credential.ts';
import type { TokenClient, TokenClientSecret } from '../../src/model/token-client.ts';

const made = 10_000;

describe('format', () => {
  // W-47
  test('secrets and client_ids are letters and digits after their prefix, and never repeat', () => {
    const secrets = Array.from({ length: made }, generateClientSecret);
    const clientIds = Array.from({ length: made }, generateClientId);
    for (const secret of secrets) expect(secret).toMatch(/^lks_[0-9A-Za-z]{49}$/);
    for (const clientId of clientIds) expect(clientId).toMatch(/^lkc_[0-9A-Za-z]{22}$/);
    expect(new Set(secrets).size).toBe(made);
    expect(new Set(clientIds).size).toBe(made);
  });

  test('no encoding on the way changes a secret or a client_id', () => {
    for (const text of [generateClientSecret(), generateClientId()]) {
      expect(encodeURIComponent(text)).toBe(text);
      expect(new URLSearchParams({ text }).toString()).toBe(`text=${text}`);
      expect(JSON.stringify(text)).toBe(`"${text}"`);
      expect(new URL(`http://${text}@localhost`).username).toBe(text);
    }
  });

  test('the last six characters are the CRC-32 of the others, in base62', () => {
    // The check value every CRC-32 has: 0xCBF43926 for these nine digits.
    expect(checksumOf('123456789')).toBe('3jZRME');
    for (let round = 0; round < 100; round += 1) {
      const secret = generateClientSecret();
      expect(secret.slice(47)).toBe(checksumOf(secret.slice(0, 47)));
    }
  });

  test('a scanner recognises a secret offline, and no text with one character changed', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
    fc.assert(
      fc.property(
        fc.nat({ max: 48 }),
        fc.constantFrom(...alphabet.split('')),
        (place, character) => {
          const secret = generateClientSecret();
          expect(isWellFormedClientSecret(secret)).toBe(true);
          const changed = secret.slice(0, 4 + place) + character + secret.slice(5 + place);
          expect(isWellFormedClientSecret(changed)).toBe(changed === secret);
        },
      ),
    );
    for (const text of ['', 'lks_', generateClientId(), `${generateClientSecret()}x`])
      expect(isWellFormedClientSecret(text)).toBe(false);
  });

  test('record ids name their noun', () => {
    for (const noun of ['org', 'api', 'client', 'secret', 'event'] as const)
      expect(createRecordId(noun)).toMatch(new RegExp(`^${noun}_[0-9A-Za-z]{22}$`));
  });

  test('a hint shows the beginning and the last four characters, and nothing between', () => {
    const secret = generateClientSecret();
    expect(hintOfClientSecret(secret)).toBe(`lks_…${secret.slice(-4)}`);
    expect(hintOfClientSecret('0123456789abcdef0123456789abcdef')).toBe('01…cdef');
  });
});

describe('verifyClientSecret', () => {
  const now = 1_800_000_000;
  const secretOf = (serial: bigint, text: string, endsAt: number | null): TokenClientSecret => ({
    id: `secret_${serial}`,
    serial,
    secretDigest: digestClientSecret(text),
    endsAt,
  });
  const clientWith = (secrets: TokenClientSecret[], usable = true): TokenClient => ({
    id: 'client_x',
    clientId: 'lkc_x',
    organizationId: 'org_x',
    locationId: null,
    usable,
    member: null,
    accessTokenLifetimeSeconds: null,
    cutoffVersion: 0n,
    secrets,
    credentialCutoffs: new Map(),
    revokedTokenIds: new Set(),
    grantsRead: true,
    storedUseAt: null,
    grants: [],
  });
  const five = [1n, 2n, 3n, 4n, 5n].map((serial) => secretOf(serial, `secret-${serial}`, null));

  test.each([1n, 2n, 3n, 4n, 5n])('finds live secret %s of five', (serial) => {
    expect(verifyClientSecret(clientWith(five), `secret-${serial}`, now)?.serial).toBe(serial);
  });

  test.each([
    ['of an unknown client', undefined, 'secret-1'],
    ['of a client without secrets', clientWith([]), 'secret-1'],
    ['that is wrong', clientWith(five), 'secret-6'],
    ['that is empty', clientWith(five), ''],
    ['that only begins right', clientWith(five), 'secret-1 '],
    ['of a client that is not usable', clientWith(five, false), 'secret-1'],
    ['that ends this second', clientWith([secretOf(1n, 'secret-1', now)]), 'secret-1'],
    ['that has ended', clientWith([secretOf(1n, 'secret-1', now - 1)]), 'secret-1'],
  ])('refuses a secret %s', (_what, client, presented) => {
    expect(verifyClientSecret(client, presented, now)).toBeUndefined();
  });

  test('accepts a secret until the moment it ends', () => {
    const client = clientWith([secretOf(1n, 'secret-1', now)]);
    expect(verifyClientSecret(client, 'secret-1', now - 0.001)?.serial).toBe(1n);
  });
});

/** An independent CRC-32 (reflected, polynomial 0xEDB88320) and base62, bit by bit. */
function checksumOf(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let place = 0; place < 6; place += 1) {
    digits = `${'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'[rest % 62]}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
