/** A stopped organization or location does nothing: what its webhooks are to be told waits until it goes on. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AdminApi } from '../support/admin-api.ts';
import { databaseKinds } from '../support/restartable-server.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from './webhook-receiver.ts';
import { readDeliveries, rename, untilLookedAt, untilNewest } from './webhook-subscriptions.ts';

const hour = 3_600_000;

describe.each(databaseKinds)('webhooks of what is stopped ($kind)', ({ chooseDatabase }) => {
  let server: ServerProcess;
  let admin: AdminApi;
  let receiver: WebhookReceiver;
  let offsetMillis = 0;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    const databaseUrl = await chooseDatabase();
    server = await startServer({
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      env: {
        LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50',
      },
    });
    admin = new AdminApi(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await killServersLeft();
    await receiver.close();
  });

  const setActive = async (path: string, active: boolean) => {
    const { status } = await admin.request(path, { method: 'PATCH', body: { active } });
    expect({ path, status }).toEqual({ path, status: 200 });
  };
  const namesAt = (path: string) =>
    receiver
      .payloadsAt(path)
      .filter(({ type }) => type === 'client.updated')
      .map(({ data }) => (data['client'] as { name: string }).name);

  test.each(['organization', 'location'] as const)(
    'of a stopped %s nothing is sent; what happened meanwhile comes when it goes on',
    async (what) => {
      const organization = await admin.createOrganization();
      const location = await admin.createLocation({ organization });
      const place = what === 'organization' ? { organization } : { organization, location };
      const placePath =
        what === 'organization' ? `/organizations/${organization}` : `/locations/${location}`;
      const client = await admin.createClient([], place);
      const path = `/${what}`;
      const events = ['client.updated', `${what}.updated`];
      const { id } = await admin.createWebhook(receiver.url(path), events, place);
      const seen = async () => (await admin.request(`/webhooks/${id}`)).body;
      receiver.status = 500;
      await rename(admin, client.id, 'Failed before');
      await untilNewest(admin, id, ({ last_outcome: outcome }) => outcome === '5xx');
      await setActive(placePath, false);
      await rename(admin, client.id, 'While stopped');
      await untilLookedAt(admin, receiver);
      const attempts = receiver.at(path).length;
      receiver.status = 204;
      // What has failed would be due by now.
      offsetMillis += hour;
      await server.moveClock(offsetMillis);
      admin.forgetToken();
      await untilLookedAt(admin, receiver);
      expect(receiver.at(path)).toHaveLength(attempts);
      const waiting = await readDeliveries(admin, id);
      expect(
        waiting.map((delivery) => [
          delivery.event_type,
          delivery.state,
          delivery.attempts,
          delivery.held_by,
        ]),
      ).toEqual([
        ['client.updated', 'waiting', 0, what],
        [`${what}.updated`, 'waiting', 0, what],
        ['client.updated', 'waiting', attempts, what],
      ]);
      expect(await seen()).toMatchObject({ failing_since: expect.any(String) });
      for (const attempt of ['test', `deliveries/${waiting[0]?.id}/replay`]) {
        const { status, body } = await admin.request(`/webhooks/${id}/${attempt}`, {
          method: 'POST',
        });
        expect({ status, detail: body['detail'] }).toEqual({
          status: 409,
          detail: `the ${what} of the webhook is stopped, and nothing is sent for it until it is started again`,
        });
      }

      await setActive(placePath, true);
      await receiver.untilReceived(path, attempts + 4);
      expect(namesAt(path)).toEqual([
        ...Array<string>(attempts + 1).fill('Failed before'),
        'While stopped',
      ]);
      const changes = receiver
        .payloadsAt(path)
        .filter(({ type }) => type === `${what}.updated`)
        .map(({ data }) => (data['details'] as { active: object }).active);
      expect(changes).toEqual([
        { before: true, after: false },
        { before: false, after: true },
      ]);
      await untilNewest(admin, id, ({ state }) => state === 'delivered');
      const log = await readDeliveries(admin, id);
      expect(log.map(({ held_by: by }) => by)).toEqual([null, null, null, null]);
      // The time of the stop does not count as one of failures.
      expect(await seen()).toMatchObject({ failing_since: null });
    },
  );

  test('what a webhook waits for besides is said as well; an organization hears of its stopped location', async () => {
    const organization = await admin.createOrganization();
    const location = await admin.createLocation({ organization });
    const client = await admin.createClient([], { organization, location });
    const [above, off] = ['/above', '/off'];
    const other = await admin.createWebhook(receiver.url(above), ['client.updated'], {
      organization,
    });
    const { id } = await admin.createWebhook(receiver.url(off), ['client.updated'], {
      organization,
    });
    receiver.status = 500;
    await rename(admin, client.id, 'Waits');
    for (const failing of [id, other.id]) {
      await untilNewest(admin, failing, ({ last_outcome: outcome }) => outcome === '5xx');
    }
    receiver.status = 204;
    await setActive(`/webhooks/${id}`, false);
    expect(await readDeliveries(admin, id)).toMatchObject([{ held_by: 'webhook' }]);
    await setActive(`/locations/${location}`, false);
    await rename(admin, client.id, 'In a stopped location');
    offsetMillis += hour;
    await server.moveClock(offsetMillis);
    admin.forgetToken();
    await until(() => namesAt(above).includes('In a stopped location'), 'what it hears of');
  });
});
