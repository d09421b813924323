/** Private keys at rest: only their own key-encryption key opens them, and that one is kept whole. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KeyEncryption, WrongKeyEncryptionKey } from '../../src/signing-key/key-encryption.ts';
import { ensureKeyEncryptionKeyFile } from '../../src/signing-key/key-encryption-key-file.ts';
import { generateSigningKey } from '../../src/signing-key/signing-key-generator.ts';

const newKeyEncryption = () => new KeyEncryption(randomBytes(32).toString('base64'));

describe('a sealed private key', () => {
  // W-34
  test.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)(
    'of %s opens under its own key and shows nothing of itself',
    async (algorithm) => {
      const encryption = newKeyEncryption();
      const { privateJwe, publicJwk, kid } = await generateSigningKey(algorithm, encryption);
      const privateJwk = await encryption.open(privateJwe);
      expect(privateJwk).toMatchObject({ kid, alg: algorithm });
      expect(privateJwe).not.toContain(String(privateJwk.d));
      expect(publicJwk).not.toHaveProperty('d');
      expect(publicJwk).toMatchObject({ kid, alg: algorithm, use: 'sig' });
    },
  );

  // F-62
  test('is refused under another key, with the names of both', async () => {
    const [own, other] = [newKeyEncryption(), newKeyEncryption()];
    const sealed = await own.seal({ kty: 'OKP', d: 'secret' });
    const refusal = expect.objectContaining({
      name: 'WrongKeyEncryptionKey',
      message: `the signing keys in the database are encrypted under key-encryption key ${own.keyId}, but LATCHKEY_KEY_ENCRYPTION_KEY is ${other.keyId}: start with the key of that database`,
    });
    await expect(other.open(sealed)).rejects.toEqual(refusal);
    expect(() => other.requireOwn(sealed)).toThrow(WrongKeyEncryptionKey);
  });

  test('is refused when a bit of it was changed', async () => {
    const encryption = newKeyEncryption();
    const parts = (await encryption.seal({ kty: 'OKP', d: 'secret' })).split('.');
    const ciphertext = Buffer.from(parts[3] ?? '', 'base64url');
    ciphertext[0] = (ciphertext[0] ?? 0) ^ 1;
    parts[3] = ciphertext.toString('base64url');
    await expect(encryption.open(parts.join('.'))).rejects.toMatchObject({
      code: 'ERR_JWE_DECRYPTION_FAILED',
    });
  });
});

describe('the key-encryption key of embedded mode', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-test-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  // W-34
  test('is made once, of 32 random bytes, and readable for its user alone', async () => {
    const first = ensureKeyEncryptionKeyFile(folder, false);
    expect(Buffer.from(first, 'base64').length).toBe(32);
    const file = join(folder, 'key-encryption-key');
    await chmod(file, 0o644);
    expect(ensureKeyEncryptionKeyFile(folder, true)).toBe(first);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['key-encryption-key']);
  });

  test('is never replaced when it is damaged: the message says what to restore', async () => {
    const damaged = await mkdtemp(join(folder, 'damaged-'));
    const file = join(damaged, 'key-encryption-key');
    await writeFile(file, 'half a ke');
    expect(() => ensureKeyEncryptionKeyFile(damaged, true)).toThrow(
      `${file} is not 32 bytes in base64: restore it from a backup`,
    );
  });
});
