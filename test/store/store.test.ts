/** A change of an embedded registry is answered when this very instance, the only one, has heard of it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { CountingInstance } from '../usage/counting-instance.ts';

let instance: CountingInstance;
beforeAll(async () => {
  instance = await CountingInstance.open(null);
});
afterAll(() => instance.close());

// S1
test.each([true, false])('whether or not its caller waits for others (%s)', async (waits) => {
  const { store } = instance;
  const heard = Promise.withResolvers<bigint>();
  const caughtUp = Promise.withResolvers<void>();
  store.follow({
    hearOwnChange: () => undefined,
    async catchUpWith(version) {
      heard.resolve(version);
      await caughtUp.promise;
    },
  });
  let isAnswered = false;
  const answer = store
    .change({ ...operatorAtTheMachine, waits }, async (change) => {
      change.affectsNothing();
      change.audit({
        action: 'instance.bootstrapped',
        targetType: 'instance',
        targetId: 'test',
        organizationId: null,
        details: {},
      });
    })
    .finally(() => {
      isAnswered = true;
    });
  const version = await heard.promise;
  // It is stored, and the database answers others.
  expect((await store.readState()).version).toBe(version);
  expect(isAnswered).toBe(false);
  caughtUp.resolve();
  expect((await answer).version).toBe(version);
});
