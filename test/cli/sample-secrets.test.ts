/** Nobody starts a server with a key or a credential that others can guess, or read in our documentation. A-14 */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { bootstrapSecretSchema, keyEncryptionKeySchema } from '../../src/setting-values.ts';
import { latchkey } from './latchkey-runner.ts';

const repository = new URL('../../', import.meta.url);
const documentation = [
  'README.md',
  'Dockerfile',
  'docker-compose.yml',
  ...readdirSync(new URL('docs', repository), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:md|json|ts)$/.test(name))
    .map((name) => `docs/${name}`),
].map((name) => readFileSync(new URL(name, repository), 'utf8'));

const randomKey = 'must be random: make one with "openssl rand -base64 32"';
const randomSecret = 'must be random: make one with "openssl rand -hex 32"';

function faultOf(schema: typeof keyEncryptionKeySchema, value: string): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}

describe('a key-encryption key', () => {
  const bytes = (make: (index: number) => number) =>
    Buffer.from(Array.from({ length: 32 }, (_one, index) => make(index))).toString('base64');
  const text = (value: string) => Buffer.from(value).toString('base64');

  test.each([
    ['zeros', bytes(() => 0)],
    ['ones', bytes(() => 255)],
    ['one byte again and again', bytes(() => 0x42)],
    ['four letters in any order', text('abcdacbdbadccabdadbcbcadcdabdbac')],
    ['two in turn', bytes((index) => (index % 2 === 0 ? 0xde : 0xad))],
    ['eight again and again', bytes((index) => (index % 8) * 37 + 11)],
    ['sixteen twice', Buffer.alloc(32, randomBytes(16)).toString('base64')],
    ['counted up', bytes((index) => index)],
    ['counted down', bytes((index) => 255 - index)],
    ['counted in steps', bytes((index) => (index * 7) % 256)],
    ['the alphabet', text('abcdefghijklmnopqrstuvwxyz012345')],
    ['the digits', text('01234567890123456789012345678901')],
    ['hexadecimal digits', text('0123456789abcdef0123456789abcdef')],
    ['a text of an example', text('this-is-an-example-key-32-bytes!')],
    ['a text that asks for another', text('please-change-me-before-you-use!')],
    ['a word that is base64 itself', 'ChangeMeBeforeYouUseThisInProduction1234567='],
  ])('of %s is refused, and it says how one is made', (_what, value) => {
    expect(value).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(faultOf(keyEncryptionKeySchema, value)).toBe(randomKey);
  });

  test('of a generator is taken', () => {
    for (let round = 0; round < 2_000; round += 1) {
      const value = randomBytes(32).toString('base64');
      expect([value, faultOf(keyEncryptionKeySchema, value)]).toEqual([value, undefined]);
    }
  });
});

describe('the secret of the first admin client', () => {
  test.each([
    ['one letter', 'a'.repeat(32)],
    ['eight letters in any order', 'abcdefghhcgafbdeebhdagcfgfdbecah'],
    ['hexadecimal digits', '0123456789abcdef0123456789abcdef'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['a word again and again', 'correct-horse-'.repeat(3)],
    ['a text that asks for another', 'please-change-me-before-production'],
    ['the text of an example', 'the-example-client-secret-of-32-chars'],
    ['the placeholder of a template', 'REPLACE_THIS_WITH_32_RANDOM_CHARACTERS'],
  ])('of %s is refused, and it says how one is made', (_what, value) => {
    expect(faultOf(bootstrapSecretSchema, value)).toBe(randomSecret);
  });

  test.each(['hex', 'base64url'] as const)('of a generator is taken (%s)', (encoding) => {
    for (let round = 0; round < 2_000; round += 1) {
      const value = randomBytes(32).toString(encoding);
      expect([value, faultOf(bootstrapSecretSchema, value)]).toEqual([value, undefined]);
    }
  });
});

describe('what our documentation shows', () => {
  const find = (pattern: RegExp) => [
    ...new Set(documentation.flatMap((text) => [...text.matchAll(pattern)].map(([one]) => one))),
  ];

  test('is no key: whatever could be one is refused, and said to be an example', () => {
    const keys = find(/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{43}=/g);
    expect(keys).not.toEqual([]);
    for (const key of keys) {
      expect([key, faultOf(keyEncryptionKeySchema, key)]).toEqual([
        key,
        'is an example of our documentation, which everybody has: make one with "openssl rand -base64 32"',
      ]);
    }
  });

  test('is no secret: neither of a client nor of anything else', () => {
    const secrets = find(/\b(?:lks|lki|lkm|whsec)_[A-Za-z0-9]{32,}/g);
    expect(secrets.length).toBeGreaterThan(2);
    for (const secret of secrets) {
      expect([secret, faultOf(bootstrapSecretSchema, secret)]).toEqual([
        secret,
        'is an example of our documentation, which everybody has: make one with "openssl rand -hex 32"',
      ]);
    }
  });

  test('sets no password, key or secret: each is left to whoever runs it', () => {
    const set = /\w*(?:PASSWORD|ENCRYPTION_KEY|SECRET)['"]?\s*[:=]\s*['"]?[\w+/~.-]{8,}/g;
    expect(['POSTGRES_PASSWORD: latchkey'].filter((line) => line.match(set))).toHaveLength(1);
    expect(find(/\w*(?:PASSWORD|ENCRYPTION_KEY|SECRET)['"]?\s*[:=]/g).length).toBeGreaterThan(5);
    expect(find(set)).toEqual([]);
  });
});

test('serve, migrate and bootstrap do not begin with either, and name both', async () => {
  const env = {
    DATABASE_URL: 'postgresql://latchkey@127.0.0.1:1/latchkey',
    LATCHKEY_KEY_ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
    LATCHKEY_BOOTSTRAP_CLIENT_ID: 'admin',
    LATCHKEY_BOOTSTRAP_CLIENT_SECRET: '0123456789abcdef0123456789abcdef',
  };
  for (const command of ['serve', 'migrate', 'bootstrap']) {
    expect(await latchkey([command], { env })).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: [
        'latchkey: the settings are not right:',
        `LATCHKEY_KEY_ENCRYPTION_KEY: ${randomKey}`,
        `LATCHKEY_BOOTSTRAP_CLIENT_SECRET: ${randomSecret}`,
        '',
      ].join('\n'),
    });
  }
});
