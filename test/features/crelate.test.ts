/** FEATURES 5, Crelate: a key per user, managed by administrators. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { AdminApi, requestToken, type Answer } from '../support/admin-api.ts';
import { newMember, type NewMember } from '../support/member-api.ts';
import { databaseKinds } from '../support/restartable-server.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { WebhookReceiver } from '../webhook/webhook-receiver.ts';
import { readDeliveries, rename, untilNewest } from '../webhook/webhook-subscriptions.ts';

const refused = { status: 401, body: { error: 'invalid_client' } };
const post = { method: 'POST' };
const remove = { method: 'DELETE' };

describe.each(databaseKinds)('Crelate ($kind)', ({ chooseDatabase }) => {
  let server: ServerProcess;
  let operator: AdminApi;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    const databaseUrl = await chooseDatabase();
    server = await startServer({
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      env: { LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50' },
    });
    operator = new AdminApi(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await receiver.close();
  });

  const credentialOf = ({ body }: Answer) => ({
    clientId: String(body['client_id']),
    clientSecret: String(body['client_secret']),
  });
  const turnOn = async ({ api }: NewMember) =>
    credentialOf(await api.request('/me/api-access', post));
  const ask = (credential: { clientId: string; clientSecret: string }) =>
    requestToken(server, credential, { resource: `${server.issuer}/api` });

  test('5.1, 5.2 a member turns API access on, regenerates, turns it off: each old credential fails', async () => {
    const member = await newMember(operator, { role: 'auditor' });
    const first = await turnOn(member);
    expect((await ask(first)).status).toBe(200);
    const seen = await member.api.request('/me/api-access');
    expect(seen.body).toMatchObject({ active: true, client_id: first.clientId });
    expect(JSON.stringify(seen.body)).not.toContain(first.clientSecret);
    const second = credentialOf(await member.api.request('/me/api-access/regenerate', post));
    expect(await ask(first)).toMatchObject(refused);
    expect((await ask(second)).status).toBe(200);
    expect((await member.api.request('/me/api-access', remove)).status).toBe(204);
    expect(await ask(second)).toMatchObject(refused);
  });

  test('5.3, 5.4 an administrator sees whose access is on and when it was used, and clears it', async () => {
    const admin = await newMember(operator, { role: 'admin' });
    const member = await newMember(operator, { role: 'developer' });
    const off = await newMember(operator, { role: 'developer' });
    const credential = await turnOn(member);
    expect((await ask(credential)).status).toBe(200);
    const { body } = await admin.api.request<{ data: Record<string, unknown>[] }>(
      '/access?kind=member&limit=200',
    );
    const holders = body.data.filter((holder) =>
      [member.id, off.id].includes(String(holder['member'])),
    );
    expect(holders).toMatchObject([
      { client_id: credential.clientId, active: true, last_used_at: expect.any(String) },
    ]);
    const cleared = await admin.api.request(`/members/${member.id}/api-access`, remove);
    expect(cleared.status).toBe(204);
    expect(await ask(credential)).toMatchObject(refused);
    expect((await ask(await turnOn(member))).status).toBe(200);
  });

  test("5.5 a member's webhooks are listed, and one that is off sends nothing", async () => {
    const member = await newMember(operator, { role: 'developer' });
    const client = await operator.createClient([], { member: member.id });
    const [on, off] = [`/on-${member.id}`, `/off-${member.id}`];
    const own = { member: member.id };
    await operator.createWebhook(receiver.url(on), ['client.updated'], own);
    const { id } = await operator.createWebhook(receiver.url(off), ['client.updated'], {
      ...own,
      active: false,
    });
    const { body } = await operator.request<{ data: object[] }>(
      `/webhooks?member=${member.id}&sort=-active`,
    );
    const events = [{ entity: 'client', operation: 'updated' }];
    expect(body.data).toMatchObject([
      { url: receiver.url(on), events, active: true },
      { url: receiver.url(off), events, active: false },
    ]);
    await rename(operator, client.id, 'Renamed');
    await receiver.untilReceived(on, 1);
    expect(receiver.at(off)).toEqual([]);
    expect(await readDeliveries(operator, id)).toEqual([]);
  });

  test('5.6 a webhook is signed, tried again, in the log, replayable, and never sent to a private address', async () => {
    const client = await operator.createClient([]);
    const path = `/${client.id}`;
    const webhook = await operator.createWebhook(receiver.url(path), ['client.updated']);
    receiver.status = 500;
    await rename(operator, client.id, 'Renamed');
    await untilNewest(operator, webhook.id, ({ last_outcome: outcome }) => outcome === '5xx');
    receiver.status = 204;
    // Later than the first pause.
    await server.moveClock(60_000);
    const delivered = await untilNewest(operator, webhook.id, ({ state }) => state === 'delivered');
    await operator.request(`/webhooks/${webhook.id}/deliveries/${delivered.id}/replay`, post);
    const count = delivered.attempts + 1;
    const message = (await receiver.untilReceived(path, count)).at(-1);
    const headers = message?.headers as Record<string, string>;
    const payload = new Webhook(webhook.signingSecret).verify(message?.body ?? '', headers);
    expect(payload).toMatchObject({ type: 'client.updated', data: { target: { id: client.id } } });
    expect(count).toBeGreaterThan(2);
    const refusal = await operator.request('/webhooks', {
      method: 'POST',
      body: { url: 'https://10.0.0.1/', events: [{ entity: 'client', operation: '*' }] },
    });
    expect(refusal.status).toBe(400);
  });

  test('5.7 the documentation is there for a member and for an administrator', async () => {
    const member = await newMember(operator, { role: 'developer' });
    const client = await operator.createClient([], { member: member.id });
    for (const caller of [member.api, operator]) {
      const { body } = await caller.request<{ links: { title: string; url: string }[] }>(
        `/clients/${client.id}/quick-start`,
      );
      const url = body.links.find(({ title }) => title === 'API reference')?.url ?? '';
      const page = await fetch(url);
      expect([page.status, page.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('text/html'),
      ]);
    }
  });
});
