/** S6 on a slow database: when a refusal leaves does not tell whether its client had to be read. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { departureMillis, untilRefusalsLeave } from '../../src/oauth/refusal-departure.ts';
import { requestToken, type AdminApi } from '../support/admin-api.ts';
import { useInstances, type Instance } from '../support/instances.ts';
import type { Credential } from '../support/server-process.ts';

describe('a refusal', () => {
  test.each([
    ['not before 10 ms, when nothing takes any time', 0.2, 0, 10],
    ['at the next step, when it was decided after one', 10.5, 0, 20],
    ['at the same one as whoever is read for it', 0.2, 5, 10],
    ['when a reading twice as long as the longest would be over', 0.2, 30, 80],
    ['with whoever had to be read', 59, 30, 80],
    ['one whole step later, when a reading took longer than that', 81, 30, 160],
    ['at no more than 640 ms for others', 0.2, 2_000, 640],
  ])('leaves %s', (_when, elapsedMillis, readingMillis, millis) => {
    expect(departureMillis(elapsedMillis, readingMillis)).toBe(millis);
  });

  test('goes on waiting when a reading turns out to take longer', async () => {
    const receivedAt = performance.now();
    await untilRefusalsLeave(receivedAt, () => (performance.now() - receivedAt > 5 ? 30 : 0));
    expect(performance.now() - receivedAt).toBeGreaterThanOrEqual(80);
  });
});

describe('on a database that takes 50 ms', () => {
  const databaseMillis = 50;
  const guessesOfEach = 7;
  const instances = useInstances({ count: 1, proxied: true });
  let instance: Instance;
  let admin: AdminApi;
  let known: Credential[];
  let remembered: Credential;

  beforeAll(async () => {
    instance = instances().get(0);
    admin = instances().admin(instance);
    // Never asked for a token, so they are not remembered.
    known = await Promise.all(Array.from({ length: guessesOfEach }, () => admin.createClient([])));
    const { identifier } = await admin.createApi(['read']);
    remembered = await admin.createClient([{ api: identifier, scopes: ['read'] }]);
    expect((await requestToken(instance.address, remembered)).status).toBe(200);
    instance.ownProxy.fail({ answerDelay: { millis: databaseMillis } });
  });

  async function guess(clientId: string): Promise<number> {
    const startedAt = performance.now();
    const { status } = await requestToken(instance.address, { clientId, clientSecret: 'x' });
    expect(status).toBe(401);
    return performance.now() - startedAt;
  }

  const median = (values: number[]) =>
    values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;

  // P-029, X-20
  test('a known client_id cannot be told from an unknown one by when it is refused', async () => {
    const times = { unknown: [] as number[], known: [] as number[], remembered: [] as number[] };
    for (const { clientId } of known) {
      times.unknown.push(await guess(`lkc_${randomBytes(11).toString('hex')}`));
      times.known.push(await guess(clientId));
      times.remembered.push(await guess(clientId));
    }
    const [unknown, read, remembered] = [times.unknown, times.known, times.remembered].map(median);
    expect(Math.abs(Number(unknown) - Number(read))).toBeLessThan(databaseMillis / 2);
    expect(Math.abs(Number(remembered) - Number(read))).toBeLessThan(databaseMillis / 2);
  });

  test('the right secret of one that is remembered is not held back', async () => {
    const times: number[] = [];
    for (let token = 0; token < guessesOfEach; token += 1) {
      const startedAt = performance.now();
      expect((await requestToken(instance.address, remembered)).status).toBe(200);
      times.push(performance.now() - startedAt);
    }
    expect(Math.min(...times)).toBeLessThan(databaseMillis);
  });
});
