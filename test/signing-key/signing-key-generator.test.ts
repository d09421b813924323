/** New signing keys, by the hundred. */
import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { KeyEncryption } from '../../src/signing-key/key-encryption.ts';
import { generateSigningKey } from '../../src/signing-key/signing-key-generator.ts';

test('no key id looks like an option of a command line', async () => {
  const encryption = new KeyEncryption(randomBytes(32).toString('base64'));
  const keys = await Promise.all(
    Array.from({ length: 500 }, () => generateSigningKey('EdDSA', encryption)),
  );
  const kids = keys.map(({ kid }) => kid);
  expect(new Set(kids).size).toBe(500);
  expect(kids.filter((kid) => !/^[0-9A-Za-z_][0-9A-Za-z_-]{42}$/.test(kid))).toEqual([]);
});
