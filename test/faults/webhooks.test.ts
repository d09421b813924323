/** Deliveries across deaths and instances: none lost, and in the normal case none twice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { databaseKinds, useServerOptions } from '../support/restartable-server.ts';
import {
  killServersLeft,
  newCredential,
  startServer,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from '../webhook/webhook-receiver.ts';
import { readDeliveries, rename, untilNewest } from '../webhook/webhook-subscriptions.ts';

const allowing = { LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' };
const sending = { ...allowing, LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50' };
/** Changes are made, and nothing is sent: as when it dies in between. */
const silent = { ...allowing, LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: 'never' };

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await WebhookReceiver.start();
});
afterEach(() => receiver.close());

/** Names that the receiver has heard of, each as often as it did. */
const namesReceived = () =>
  receiver
    .payloadsAt('/')
    .map(({ data }) => (data['details'] as { name?: { after: string } }).name?.after ?? '');

describe.each(databaseKinds)('kill -9 ($kind)', ({ chooseDatabase }) => {
  const options = useServerOptions(chooseDatabase);

  // W-70, F-75
  test('of what was acknowledged nothing is lost, whether it dies before a delivery or in the middle of one', async () => {
    const quiet = await startServer({ ...options(), env: silent });
    const admin = new AdminApi(quiet);
    const client = await admin.createClient([]);
    const { id: webhook } = await admin.createWebhook(receiver.url(), ['client.updated']);
    const acknowledged: string[] = [];
    for (let n = 0; n < 8; n += 1) {
      await rename(admin, client.id, `Name ${n}`);
      acknowledged.push(`Name ${n}`);
    }
    await quiet.kill();
    expect(receiver.received).toEqual([]);

    // The first is under way when it dies: the others wait for it.
    receiver.status = 0;
    const doomed = await startServer({ ...options(), env: sending });
    await receiver.untilReceived('/', 1);
    await doomed.kill();
    expect(namesReceived()).toEqual(['Name 0']);

    receiver.status = 204;
    const server = await startServer({ ...options(), env: sending });
    // What the dead one had taken upon itself is taken over when its time has run out.
    await server.moveClock(31_000);
    await receiver.untilReceived('/', 9);
    const newest = await untilNewest(admin, webhook, ({ state }) => state === 'delivered');
    expect(newest.attempts).toBe(1);
    const names = namesReceived();
    expect(names).toEqual(['Name 0', ...acknowledged]);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(8);

    // F-75: stopped in the middle of a delivery it gives it back, and does not wait for it.
    receiver.status = 0;
    await rename(admin, client.id, 'Given back');
    await receiver.untilReceived('/', 10);
    const began = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(8_000);
    receiver.status = 204;
    const last = await startServer({ ...options(), env: sending });
    await last.moveClock(31_000);
    const returned = await untilNewest(admin, webhook, ({ state }) => state === 'delivered');
    expect(returned.attempts).toBe(1);
    expect(namesReceived().slice(-2)).toEqual(['Given back', 'Given back']);
    expect(await last.stop()).toBe(0);
  }, 240_000);
});

describe('two instances', () => {
  let instances: ServerProcess[];

  beforeAll(async () => {
    const shared = {
      databaseUrl: await createDatabase(),
      keyEncryptionKey: Buffer.alloc(32, 'a key for this test').toString('base64'),
      operator: newCredential(),
      env: { ...sending, LATCHKEY_ISSUER: 'http://localhost:3000' },
    };
    instances = [await startServer(shared), await startServer(shared)];
  }, 120_000);
  afterAll(async () => {
    await Promise.all(instances.map((server) => server.stop()));
    await killServersLeft();
  });

  test('send each delivery once, and no more at once than one webhook may have', async () => {
    const admins = instances.map(
      ({ port, operator }) =>
        new AdminApi(
          { issuer: `http://localhost:${port}`, operator },
          operator,
          'http://localhost:3000/api',
        ),
    );
    const [first] = admins;
    if (!first) throw new Error('there is no instance');
    let atOnce = 0;
    let atOnceMax = 0;
    const slow = await WebhookReceiver.start((_request, response) => {
      atOnce += 1;
      atOnceMax = Math.max(atOnceMax, atOnce);
      setTimeout(() => {
        atOnce -= 1;
        response.writeHead(204).end();
      }, 50);
    });
    try {
      const clients = await Promise.all(
        Array.from({ length: 8 }, async () => (await first.createClient([])).id),
      );
      const { id: webhook } = await first.createWebhook(slow.url(), ['client.updated']);
      await Promise.all(
        admins.map(async (admin, instance) => {
          for (const client of clients) await rename(admin, client, `By ${instance}`);
        }),
      );
      await slow.untilReceived('/', 16);
      await until(
        async () =>
          (await readDeliveries(first, webhook)).every(({ state }) => state === 'delivered'),
        'all are delivered',
      );
      expect(slow.received).toHaveLength(16);
      expect(new Set(slow.received.map(({ headers }) => headers['webhook-id'])).size).toBe(16);
      expect((await readDeliveries(first, webhook)).map(({ attempts }) => attempts)).toEqual(
        Array.from({ length: 16 }, () => 1),
      );
      expect(atOnceMax).toBeLessThanOrEqual(4);
      expect(atOnceMax).toBeGreaterThan(1);
    } finally {
      await slow.close();
    }
  });
});
