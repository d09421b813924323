/** Passwords at rest, and how many are compared at once: for whom there is none it takes as long. */
import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { PasswordHashing } from '../../src/directory/password-hashing.ts';

const password = 'correct horse battery';
const here = '192.0.2';
const hashing = new PasswordHashing();
let passwordHash: string;
beforeAll(async () => {
  passwordHash = await hashing.hash(password, here);
});

test('are argon2id of 19 MiB and two passes, each with a salt of its own', async () => {
  expect(passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(await hashing.hash(password, here)).not.toBe(passwordHash);
});

test.each([
  ['the right one', password, true],
  ['another one', 'correct horse batterY', false],
  ['none', '', false],
])('%s: %j is %s', async (_what, presented, isRight) => {
  expect(await hashing.verify(passwordHash, presented, here)).toBe(isRight);
});

test('are the same however their letters are composed', async () => {
  const composed = 'crème brûlée at noon'.normalize('NFC');
  const known = await hashing.hash(composed, here);
  expect(await hashing.verify(known, composed.normalize('NFD'), here)).toBe(true);
});

// S6: no work tells an address that is known from one that is not.
test('where there is none the answer is no, after the same work', async () => {
  const measure = async (known: string | undefined) => {
    const before = process.cpuUsage();
    expect(await hashing.verify(known, 'not the one', here)).toBe(false);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  // The decoy is there from the first time on.
  await measure(undefined);
  const [known, unknown] = [await measure(passwordHash), await measure(undefined)];
  // It would be next to nothing; how much more it is hangs on what else the machine does.
  expect(unknown).toBeGreaterThan(known / 5);
});

describe('at once', () => {
  const atOnceMax = availableParallelism() > 2 ? 2 : 1;

  test('a flood from one network has so many places, and leaves room for everybody else', async () => {
    const flood = Array.from({ length: atOnceMax + 10 }, () =>
      hashing.verify(passwordHash, 'x', here),
    );
    await expect(hashing.verify(passwordHash, password, here)).rejects.toMatchObject({
      code: 'too_many_requests',
    });
    expect(await hashing.verify(passwordHash, password, '198.51.100')).toBe(true);
    expect(await Promise.all(flood)).toEqual(flood.map(() => false));
    // Then there is room again.
    expect(await hashing.verify(passwordHash, password, here)).toBe(true);
  });
});
