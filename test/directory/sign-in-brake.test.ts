/** Guesses at passwords are slowed where they come from, and nowhere else. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { SignInBrake } from '../../src/directory/sign-in-brake.ts';

const quarterMillis = 15 * 60_000;

// W-12
describe('the sign-in brake', () => {
  let pauses: number[];
  let brake: SignInBrake;
  let nowMillis: number;
  beforeEach(() => {
    pauses = [];
    nowMillis = 1_000;
    brake = new SignInBrake(
      async (millis) => pauses.push(millis),
      () => nowMillis,
    );
  });
  const attempt = (isRight: boolean, account = 'ada', network = '192.0.2') =>
    brake.take(account, network, async () => isRight);

  test('lets a person mistype, then waits longer before each further attempt, up to 10 s', async () => {
    for (let count = 0; count < 13; count += 1) expect(await attempt(false)).toBe(false);
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  test('a right password waits its turn where others guess, and ends the waiting', async () => {
    for (let count = 0; count < 6; count += 1) await attempt(false);
    expect(await attempt(true)).toBe(true);
    expect(await attempt(false)).toBe(false);
    expect(pauses).toEqual([250, 500]);
  });

  test('nobody waits for guesses from another network, nor at another account', async () => {
    for (let count = 0; count < 20; count += 1) await attempt(false);
    pauses.length = 0;
    expect(await attempt(true, 'ada', '198.51.100')).toBe(true);
    expect(await attempt(true, 'grace')).toBe(true);
    expect(pauses).toEqual([]);
  });

  test('one password tried at many accounts is slowed by its network', async () => {
    for (let count = 0; count < 100; count += 1) await attempt(false, `account ${count}`);
    expect(pauses).toEqual([]);
    await attempt(false, 'one more');
    await attempt(false, 'from elsewhere', '198.51.100');
    expect(pauses).toEqual([1000]);
  });

  test('a quarter of an hour without an attempt is forgiven, and the network is after that from its first', async () => {
    for (let count = 0; count < 5; count += 1) await attempt(false);
    nowMillis += quarterMillis;
    await attempt(false);
    // Each attempt is remembered from itself on.
    nowMillis += quarterMillis;
    await attempt(false);
    expect(pauses).toEqual([250, 500]);
    nowMillis += quarterMillis + 1;
    await attempt(false);
    expect(pauses).toEqual([250, 500]);

    for (let count = 0; count < 100; count += 1) {
      await attempt(false, `account ${count}`, '198.51.100');
      nowMillis += 1_000;
    }
    await attempt(false, 'one more', '198.51.100');
    expect(pauses).toEqual([250, 500, 1000]);
    nowMillis += quarterMillis - 100_000 + 1;
    await attempt(false, 'after it', '198.51.100');
    expect(pauses).toEqual([250, 500, 1000]);
  });

  test('attempts at one account from one network follow one another, and not too many wait', async () => {
    let atOnce = 0;
    let atOnceMax = 0;
    const slow = async () => {
      atOnce += 1;
      atOnceMax = Math.max(atOnceMax, atOnce);
      await Promise.resolve();
      atOnce -= 1;
      return true;
    };
    const attempts = Array.from({ length: 8 }, () => brake.take('ada', '192.0.2', slow));
    const outcomes = await Promise.allSettled(attempts);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 'fulfilled'),
      ...Array.from({ length: 3 }, () => 'rejected'),
    ]);
    expect(atOnceMax).toBe(1);
    expect(await brake.take('ada', '192.0.2', slow)).toBe(true);
  });
});
