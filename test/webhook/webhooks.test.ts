/** Webhooks end to end (FEATURES 5.5, 5.6): a change, and a signed message at a real receiver. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { registerAdmin, organizationPermissions } from '../admin/admin-clients.ts';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { databaseKinds } from '../support/restartable-server.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver, type ReceivedMessage } from './webhook-receiver.ts';
import { readDeliveries, rename, selection, untilNewest } from './webhook-subscriptions.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** Sent as headers of one value each. */
const headersOf = ({ headers }: ReceivedMessage) => headers as Record<string, string>;
let paths = 0;
/** Of a receiver that several webhooks share. */
const newPath = () => `/${(paths += 1)}`;

describe.each(databaseKinds)('webhooks ($kind)', ({ chooseDatabase }) => {
  let server: ServerProcess;
  let admin: AdminApi;
  let receiver: WebhookReceiver;
  let proxy: WebhookReceiver;
  let offsetMillis = 0;

  /** Only ever forward. */
  const pass = async (millis: number) => {
    offsetMillis += millis;
    await server.moveClock(offsetMillis);
    // The token of the admin has run out.
    admin.forgetToken();
  };

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    proxy = await WebhookReceiver.start();
    const databaseUrl = await chooseDatabase();
    server = await startServer({
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      env: {
        LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50',
        // W-62
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: proxy.url(),
        http_proxy: proxy.url(),
      },
    });
    admin = new AdminApi(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await killServersLeft();
    await Promise.all([receiver.close(), proxy.close()]);
  });

  // W-69, W-70, A-16
  test('5.6: a change of a client arrives signed, with what has changed and no secret', async () => {
    const client = await admin.createClient([], { name: 'Before' });
    const path = newPath();
    const { id: webhook, signingSecret } = await admin.createWebhook(receiver.url(path), [
      'client.*',
    ]);
    const patched = await admin.request(`/clients/${client.id}`, {
      method: 'PATCH',
      body: { name: 'After', description: 'New' },
    });
    const [message] = await receiver.untilReceived(path, 1);
    if (!message) throw new Error('nothing was received');
    const headers = headersOf(message);

    const payload = new Webhook(signingSecret).verify(message.body, headers);
    // And by hand, as a receiver without the library would.
    const seconds = headers['webhook-timestamp'] ?? '';
    const expected = createHmac('sha256', Buffer.from(signingSecret.slice(6), 'base64'))
      .update(`${headers['webhook-id']}.${seconds}.${message.body}`)
      .digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(300);

    const { body: events } = await admin.request<{ data: Record<string, unknown>[] }>(
      `/audit-events?target=${client.id}&limit=1`,
    );
    const [event] = events.data;
    expect(payload).toEqual({
      type: 'client.updated',
      timestamp: event?.['occurred_at'],
      data: {
        event: event?.['id'],
        sequence: event?.['sequence'],
        organization: patched.body['organization'],
        location: null,
        target: { type: 'client', id: client.id },
        client: { id: client.id, client_id: client.clientId, name: 'After' },
        actor: event?.['actor'],
        details: event?.['details'],
      },
    });
    const delivered = await untilNewest(admin, webhook, ({ state }) => state === 'delivered');
    expect(delivered).toEqual({
      id: headers['webhook-id'],
      event_type: 'client.updated',
      state: 'delivered',
      attempts: 1,
      last_outcome: '2xx',
      last_attempt_at: expect.any(String),
      next_attempt_at: null,
      held_by: null,
      delivered_at: expect.any(String),
      occurred_at: event?.['occurred_at'],
    });
    expect(proxy.received).toEqual([]);
  });

  // A-16, W-70: every secret there is goes through, and none of it is in what is sent, listed or audited.
  test('no secret, digest or token is in any payload, in the log or in the audit trail', async () => {
    const path = newPath();
    const url = `${receiver.url(path)}?token=canary-in-the-url`;
    const { id: webhook, signingSecret } = await admin.createWebhook(url, ['*.*']);
    const api = await admin.createApi(['r']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
    const secret = await admin.request(`/clients/${client.id}/secrets`, { method: 'POST' });
    const regenerated = await admin.request(`/clients/${client.id}/regenerate`, { method: 'POST' });
    const rotated = await admin.request(`/webhooks/${webhook}/rotate-secret`, { method: 'POST' });
    const { body: token } = await requestToken(server, {
      clientId: client.clientId,
      clientSecret: String(regenerated.body['client_secret']),
    });
    await admin.request('/revocations', {
      method: 'POST',
      body: { token: String(token['access_token']) },
    });
    const messages = await receiver.untilReceived(`${path}?token=canary-in-the-url`, 6);
    const everything = [
      messages.map(({ body }) => body).join('\n'),
      JSON.stringify(await readDeliveries(admin, webhook)),
      JSON.stringify(await admin.readAll('/audit-events')),
      server.output(),
    ].join('\n');
    expect(everything).toContain(client.clientId);
    const canaries = [
      client.clientSecret,
      secret.body['client_secret'],
      regenerated.body['client_secret'],
      signingSecret,
      rotated.body['signing_secret'],
      String(token['access_token']).split('.')[2],
      'canary-in-the-url',
    ].map(String);
    expect(canaries.filter((canary) => everything.includes(canary))).toEqual([]);
    const seen = await admin.request(`/webhooks/${webhook}`);
    expect(Object.keys(seen.body).filter((field) => /secret|jwe/.test(field))).toEqual([
      'previous_secret_ends_at',
    ]);
    await admin.request(`/webhooks/${webhook}`, { method: 'DELETE' });
  });

  test('5.5: each hears of what it has selected, of the client it has named, and of nothing else', async () => {
    const [mine, other] = [await admin.createClient([]), await admin.createClient([])];
    const [all, ofMine, ofUpdates, ofSecrets] = [newPath(), newPath(), newPath(), newPath()];
    const at = (path: string) => receiver.url(path);
    await admin.createWebhook(at(all), ['client.*', 'client_secret.*']);
    const { id } = await admin.createWebhook(at(ofMine), ['*.*'], { client: mine.clientId });
    await admin.createWebhook(at(ofUpdates), ['client.updated', 'client.deleted']);
    await admin.createWebhook(at(ofSecrets), ['client_secret.created']);
    await rename(admin, mine.id, 'Mine');
    await rename(admin, other.id, 'Other');
    await admin.request(`/clients/${mine.id}/secrets`, { method: 'POST' });
    await admin.request(`/clients/${other.id}`, { method: 'DELETE' });
    const types = async (path: string, count: number) => {
      await receiver.untilReceived(path, count);
      return receiver
        .payloadsAt(path)
        .map(({ type, data }) => `${type} ${(data['client'] as { id: string }).id}`)
        .toSorted();
    };
    expect(await types(all, 4)).toEqual(
      [
        `client.updated ${mine.id}`,
        `client.updated ${other.id}`,
        `client_secret.created ${mine.id}`,
        `client.deleted ${other.id}`,
      ].toSorted(),
    );
    expect(await types(ofMine, 3)).toEqual([
      `client.updated ${mine.id}`,
      `client_secret.created ${mine.id}`,
      // It was made for this client.
      `webhook.created ${mine.id}`,
    ]);
    expect(await types(ofUpdates, 3)).toEqual(
      [
        `client.updated ${mine.id}`,
        `client.updated ${other.id}`,
        `client.deleted ${other.id}`,
      ].toSorted(),
    );
    expect(await types(ofSecrets, 1)).toEqual([`client_secret.created ${mine.id}`]);
    const found = await admin.request<{ data: { id: string }[] }>(`/webhooks?client=${mine.id}`);
    expect(found.body.data.map((webhook) => webhook.id)).toEqual([id]);
  });

  test('5.5: one of a location hears of what happens in it, and a caller of it of nothing else', async () => {
    const [ours, theirs] = [await admin.createLocation(), await admin.createLocation()];
    const local = (await registerAdmin(admin, organizationPermissions, { location: ours })).api;
    const [named, own] = [newPath(), newPath()];
    await admin.createWebhook(receiver.url(named), ['client.created'], { location: ours });
    const { id } = await local.createWebhook(receiver.url(own), ['*.created']);
    for (const location of [null, theirs, ours]) await admin.createClient([], { location });
    for (const path of [named, own]) {
      // The second hears of its own creation as well.
      await receiver.untilReceived(path, path === own ? 2 : 1);
      const clients = receiver.payloadsAt(path).filter(({ type }) => type === 'client.created');
      expect(clients.map(({ data }) => data['location'])).toEqual([ours]);
    }
    expect((await local.request(`/webhooks/${id}`)).body['location']).toBe(ours);
    for (const location of [null, theirs]) {
      const { status } = await local.request('/webhooks', {
        method: 'POST',
        body: { url: receiver.url(newPath()), events: [selection('client.*')], location },
      });
      expect({ location, status }).toEqual({ location, status: location === null ? 403 : 400 });
    }
  });

  test('5.5: one of a member hears of what happens to them and to their clients', async () => {
    const { body } = await admin.request('/members', {
      method: 'POST',
      body: { email: `m${Date.now()}@example.com`, name: 'Mo', role: 'developer' },
    });
    const record = { ...body, ...(body['member'] as object | undefined) } as { id: string };
    const path = newPath();
    const { id } = await admin.createWebhook(receiver.url(path), ['client.*', 'member.*'], {
      member: record.id,
    });
    await admin.createClient([]);
    const theirs = await admin.createClient([], { member: record.id });
    await rename(admin, theirs.id, 'Renamed');
    await admin.request(`/members/${record.id}`, { method: 'PATCH', body: { name: 'Mona' } });
    await receiver.untilReceived(path, 3);
    const targets = receiver
      .payloadsAt(path)
      .map(({ data }) => (data['target'] as { id: string }).id);
    expect(targets.toSorted((a, b) => a.localeCompare(b))).toEqual(
      [theirs.id, theirs.id, record.id].toSorted((a, b) => a.localeCompare(b)),
    );
    const listed = await admin.request<{ data: { id: string }[] }>(`/webhooks?member=${record.id}`);
    expect(listed.body.data.map((webhook) => webhook.id)).toEqual([id]);
  });

  // W-70
  test('what is about one client arrives in the order in which it happened', async () => {
    const path = newPath();
    await admin.createWebhook(receiver.url(path), ['client.updated']);
    const clients = [await admin.createClient([]), await admin.createClient([])];
    for (let round = 0; round < 10; round += 1) {
      for (const { id } of clients) await rename(admin, id, `Name ${round}`);
    }
    await receiver.untilReceived(path, 20);
    for (const { id } of clients) {
      const sequences = receiver
        .payloadsAt(path)
        .filter(({ data }) => (data['target'] as { id: string }).id === id)
        .map(({ data }) => Number(data['sequence']));
      expect(sequences).toHaveLength(10);
      expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    }
  });

  // W-71
  test('a failing receiver is tried again for a day, then given up, and what was given up can be replayed', async () => {
    const path = newPath();
    const client = await admin.createClient([]);
    const { id: webhook } = await admin.createWebhook(receiver.url(path), ['client.updated']);
    receiver.status = 500;
    try {
      await rename(admin, client.id, 'Lost');
      const pauses: number[] = [];
      let lastAttemptAt: string | null = null;
      for (let attempt = 1; attempt <= 11; attempt += 1) {
        const tried = await untilNewest(
          admin,
          webhook,
          ({ attempts, last_attempt_at: last }) => attempts === attempt && last !== lastAttemptAt,
        );
        lastAttemptAt = tried.last_attempt_at;
        expect(tried.last_outcome).toBe('5xx');
        expect(receiver.at(path)).toHaveLength(attempt);
        if (tried.next_attempt_at === null) break;
        const pause = Date.parse(tried.next_attempt_at) - Date.parse(String(tried.last_attempt_at));
        pauses.push(pause);
        // Not a moment before its time.
        if (attempt === 5) {
          await pass(pause - 60_000);
          expect(receiver.at(path)).toHaveLength(attempt);
          await pass(120_000);
        } else await pass(pause + 1_000);
      }
      expect(pauses).toHaveLength(10);
      expect(
        pauses.every((pause, place) => place === 0 || pause > 0.6 * (pauses[place - 1] ?? 0)),
      ).toBe(true);
      const lasted = pauses.reduce((sum, pause) => sum + pause, 0);
      expect(lasted).toBeGreaterThan(0.75 * day);
      expect(lasted).toBeLessThan(1.25 * day);
      const dead = await untilNewest(admin, webhook, ({ state }) => state === 'dead');
      expect(dead).toMatchObject({ attempts: 11, last_outcome: '5xx', next_attempt_at: null });
      const listed = await admin.request<{ data: unknown[] }>(
        `/webhooks/${webhook}/deliveries?state=dead`,
      );
      expect(listed.body.data).toHaveLength(1);

      receiver.status = 204;
      const replayed = await admin.request(`/webhooks/${webhook}/deliveries/${dead.id}/replay`, {
        method: 'POST',
      });
      expect({ status: replayed.status, state: replayed.body['state'] }).toEqual({
        status: 202,
        state: 'waiting',
      });
      await untilNewest(admin, webhook, ({ state }) => state === 'delivered');
      const messages = receiver.at(path);
      expect(messages).toHaveLength(12);
      expect(new Set(messages.map((message) => headersOf(message)['webhook-id']))).toEqual(
        new Set([dead.id]),
      );
      expect(new Set(messages.map(({ body }) => body)).size).toBe(1);
    } finally {
      receiver.status = 204;
    }
  });

  // W-71
  test('after three days of nothing but failures it is switched off, with a notice and an event, and comes back', async () => {
    const path = newPath();
    const client = await admin.createClient([]);
    const { id: webhook } = await admin.createWebhook(receiver.url(path), ['client.updated']);
    receiver.status = 503;
    try {
      for (let days = 0; days < 4; days += 1) {
        await rename(admin, client.id, `Day ${days}`);
        for (let step = 0; step < 6; step += 1) {
          const before = receiver.at(path).length;
          await pass(4 * hour);
          await until(
            async () =>
              receiver.at(path).length > before ||
              (await admin.request(`/webhooks/${webhook}`)).body['active'] === false,
            'another attempt',
          );
        }
      }
      await until(
        async () => (await admin.request(`/webhooks/${webhook}`)).body['active'] === false,
        'switched off',
      );
      const seen = await admin.request(`/webhooks/${webhook}`);
      expect(seen.body).toMatchObject({
        active: false,
        switched_off_at: expect.any(String),
        failing_since: expect.any(String),
      });
      const notices = await admin.readAll<{ kind: string; text: string; count: number }>(
        '/notices',
      );
      const mine = notices.filter(({ text }) => text.includes(webhook));
      expect(mine.map(({ kind }) => kind).toSorted()).toEqual([
        'webhook_failing',
        'webhook_switched_off',
      ]);
      const events = await admin.readAll<{ action: string; actor: { type: string } }>(
        `/audit-events?target=${webhook}&action=webhook.switched_off`,
      );
      expect(events).toMatchObject([{ actor: { type: 'operator' } }]);

      receiver.status = 204;
      const before = receiver.at(path).length;
      await pass(hour);
      await rename(admin, client.id, 'Unheard');
      expect(await admin.request(`/webhooks/${webhook}/test`, { method: 'POST' })).toMatchObject({
        status: 409,
      });
      expect(receiver.at(path)).toHaveLength(before);
      const on = await admin.request(`/webhooks/${webhook}`, {
        method: 'PATCH',
        body: { active: true },
      });
      expect(on.body).toMatchObject({ active: true, switched_off_at: null, failing_since: null });
      await rename(admin, client.id, 'Heard');
      await until(
        () =>
          receiver.payloadsAt(path).some(({ data }) => JSON.stringify(data).includes('"Heard"')),
        'a message after it was switched on',
      );
      expect(JSON.stringify(receiver.payloadsAt(path))).not.toContain('"after": "Unheard"');
    } finally {
      receiver.status = 204;
    }
  });

  test('switched off it is sent nothing, not even what was waiting, until it is switched on', async () => {
    const path = newPath();
    const client = await admin.createClient([]);
    const { id: webhook } = await admin.createWebhook(receiver.url(path), ['client.updated']);
    receiver.status = 500;
    await rename(admin, client.id, 'Waits');
    await untilNewest(admin, webhook, ({ last_outcome: outcome }) => outcome === '5xx');
    const off = await admin.request(`/webhooks/${webhook}`, {
      method: 'PATCH',
      body: { active: false },
    });
    expect(off.status).toBe(200);
    receiver.status = 204;
    const attempts = receiver.at(path).length;
    await pass(hour);
    await rename(admin, client.id, 'Not kept');
    // Another webhook is told of the same, so the queue has been looked at.
    const marker = newPath();
    await admin.createWebhook(receiver.url(marker), ['client.updated']);
    await rename(admin, client.id, 'Marker');
    await receiver.untilReceived(marker, 1);
    expect(receiver.at(path)).toHaveLength(attempts);
    expect(await readDeliveries(admin, webhook)).toHaveLength(1);
    await admin.request(`/webhooks/${webhook}`, { method: 'PATCH', body: { active: true } });
    await untilNewest(admin, webhook, ({ state }) => state === 'delivered');
    expect(receiver.payloadsAt(path).at(-1)?.data['client']).toMatchObject({ name: 'Waits' });
  });

  // W-69
  test('through the overlap of a rotation both secrets verify, and after it the new one alone', async () => {
    const path = newPath();
    const { id: webhook, signingSecret: first } = await admin.createWebhook(receiver.url(path), [
      'client.created',
    ]);
    const rotated = await admin.request(`/webhooks/${webhook}/rotate-secret`, {
      method: 'POST',
      body: { overlap_seconds: 3600 },
    });
    const second = String(rotated.body['signing_secret']);
    expect(second).not.toBe(first);
    const signatureOf = (secret: string, message: ReceivedMessage) => {
      const { 'webhook-id': id, 'webhook-timestamp': seconds } = headersOf(message);
      // Not by the library: the clock of the server has been moved.
      return `v1,${createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
        .update(`${id}.${seconds}.${message.body}`)
        .digest('base64')}`;
    };
    const sent = async () => {
      const count = receiver.at(path).length + 1;
      await admin.request(`/webhooks/${webhook}/test`, { method: 'POST' });
      const message = (await receiver.untilReceived(path, count)).at(-1);
      if (!message) throw new Error('nothing was received');
      return { message, signatures: headersOf(message)['webhook-signature']?.split(' ') };
    };
    const during = await sent();
    expect(during.signatures).toEqual([
      signatureOf(second, during.message),
      signatureOf(first, during.message),
    ]);
    await pass(3_600_000);
    const after = await sent();
    expect(after.signatures).toEqual([signatureOf(second, after.message)]);
    expect(receiver.payloadsAt(path).map(({ type }) => type)).toEqual([
      'webhook.tested',
      'webhook.tested',
    ]);
    const rotateAtOnce = (body = { overlap_seconds: 0 }) =>
      admin.request(`/webhooks/${webhook}/rotate-secret`, {
        method: 'POST',
        body,
        headers: { 'idempotency-key': 'a-lost-answer' },
      });
    const now = await rotateAtOnce();
    expect(now.body['previous_secret_ends_at']).toBeNull();
    const again = await rotateAtOnce();
    const { signing_secret: _secret, ...webhookNow } = now.body;
    expect({ status: again.status, body: again.body }).toEqual({
      status: 200,
      body: { ...webhookNow, signing_secret: null, secret_already_shown: true },
    });
    expect((await rotateAtOnce({ overlap_seconds: 1 })).status).toBe(422);
    const replaced = await sent();
    expect(replaced.signatures).toEqual([
      signatureOf(String(now.body['signing_secret']), replaced.message),
    ]);
  });

  test('whoever may not see what an event tells may not have it sent', async () => {
    const limited = (
      await registerAdmin(admin, ['webhooks:write', 'webhooks:read', 'clients:read'])
    ).api;
    const create = (events: string[]) =>
      limited.request('/webhooks', {
        method: 'POST',
        body: { url: receiver.url(newPath()), events: events.map(selection) },
      });
    expect((await create(['client.*', 'client_secret.created', 'notice.*'])).status).toBe(201);
    for (const event of ['*.*', '*.created', 'signing_key.*', 'api.created', 'instance.*']) {
      const { status, body } = await create(['client.*', event]);
      expect({ event, status }).toEqual({ event, status: 403 });
      expect(body['detail']).toContain(event);
    }
    // Nor send what somebody else has selected to where they please.
    const { id } = await admin.createWebhook(receiver.url(newPath()), ['*.*']);
    const redirected = await limited.request(`/webhooks/${id}`, {
      method: 'PATCH',
      body: { url: receiver.url(newPath()) },
    });
    expect(redirected.status).toBe(403);
    const off = await limited.request(`/webhooks/${id}`, {
      method: 'PATCH',
      body: { active: false },
    });
    expect(off.status).toBe(200);
  });

  test('says what is wrong with a URL, an event and a client, and where', async () => {
    const url = receiver.url(newPath());
    const events = [selection('client.updated')];
    for (const [body, pointer, detail] of [
      [{ url: 'https://10.0.0.1/', events }, '/url', 'must lead to a public address'],
      [{ url: 'http://hooks.example.com/', events }, '/url', 'must begin with https://'],
      [{ url, events: [] }, '/events', 'Too small'],
      [
        { url, events: [...events, selection('client.exploded')] },
        '/events/1',
        'there are no events client.exploded',
      ],
      [{ url, events: [selection('Client.updated')] }, '/events/0/entity', 'must be a word'],
      [{ url, events, client: 'lkc_nobody' }, '/client', 'there is no such client'],
      [
        { url, events, organization: 'org_0000000000000000000000' },
        '/organization',
        'there is no such organization',
      ],
    ] as const) {
      const answer = await admin.request('/webhooks', { method: 'POST', body });
      expect({ body, status: answer.status, errors: answer.body['errors'] }).toEqual({
        body,
        status: 400,
        errors: [{ pointer, detail: expect.stringContaining(detail) }],
      });
    }
  });

  test('is subscribed once under an Idempotency-Key, and its secret shown once', async () => {
    const request = {
      method: 'POST',
      body: { url: receiver.url(newPath()), events: [selection('client.*')] },
      headers: { 'idempotency-key': newPath() },
    };
    const first = await admin.request('/webhooks', request);
    const second = await admin.request('/webhooks', request);
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.body['signing_secret']).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(second.body).toEqual({
      ...first.body,
      signing_secret: null,
      secret_already_shown: true,
    });
  });

  test('what a deleted one was waiting for is not sent, and it is gone', async () => {
    const path = newPath();
    const client = await admin.createClient([]);
    const { id: webhook } = await admin.createWebhook(receiver.url(path), ['client.updated']);
    receiver.status = 500;
    await rename(admin, client.id, 'x');
    await untilNewest(admin, webhook, ({ last_outcome: outcome }) => outcome === '5xx');
    receiver.status = 204;
    const attempts = receiver.at(path).length;
    expect((await admin.request(`/webhooks/${webhook}`, { method: 'DELETE' })).status).toBe(204);
    await pass(hour);
    const marker = newPath();
    const { id: other } = await admin.createWebhook(receiver.url(marker), ['client.updated']);
    await admin.request(`/webhooks/${other}/test`, { method: 'POST' });
    await receiver.untilReceived(marker, 1);
    expect(receiver.at(path)).toHaveLength(attempts);
    for (const gone of ['', '/deliveries']) {
      expect((await admin.request(`/webhooks/${webhook}${gone}`)).status).toBe(404);
    }
  });

  test('every kind of event can be selected, also by an admin of the organization alone', async () => {
    const owner = (await registerAdmin(admin, organizationPermissions)).api;
    const { id } = await owner.createWebhook(receiver.url(newPath()), [
      'client.*',
      'client_secret.*',
      'api.*',
      'signing_key.*',
      'organization.*',
      'location.*',
      'notice.*',
      'webhook.*',
      '*.*',
    ]);
    const seen = await owner.request<{ events: { entity: string }[] }>(`/webhooks/${id}`);
    expect(seen.body.events).toHaveLength(9);
    await owner.request(`/webhooks/${id}`, { method: 'DELETE' });
  });
});
