/** Who hears what a webhook is told: those it is made for, as they are now, and not whoever made it once. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { organizationPermissions, registerAdmin } from '../admin/admin-clients.ts';
import { newUnlistedIntrospection } from '../admin/unlisted-introspection.ts';
import { AdminApi } from '../support/admin-api.ts';
import { newMember } from '../support/member-api.ts';
import { databaseKinds } from '../support/restartable-server.ts';
import { startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { WebhookReceiver } from './webhook-receiver.ts';
import { readDeliveries, rename, untilLookedAt, untilNewest } from './webhook-subscriptions.ts';

const env = {
  LATCHKEY_WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
  LATCHKEY_TEST_WEBHOOK_POLL_MILLIS: '50',
};
let paths = 0;
const newPath = () => `/${(paths += 1)}`;

describe.each(databaseKinds)('readers of webhooks ($kind)', ({ chooseDatabase }) => {
  let server: ServerProcess;
  let admin: AdminApi;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    const databaseUrl = await chooseDatabase();
    server = await startServer({ ...(databaseUrl === undefined ? {} : { databaseUrl }), env });
    admin = new AdminApi(server);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await receiver.close();
  });

  const patch = async (api: Pick<AdminApi, 'request'>, path: string, body: object) => {
    const answer = await api.request(path, { method: 'PATCH', body });
    expect({ path, body, status: answer.status }).toEqual({ path, body, status: 200 });
  };
  const namesAt = (path: string) =>
    receiver.payloadsAt(path).map(({ data }) => (data['client'] as { name: string } | null)?.name);
  /** What a list of webhooks says of the one. */
  const lastListed = async (api: AdminApi, webhook: string) => {
    const rows = await api.readAll<{ id: string; last_delivery: object | null }>('/webhooks');
    return rows.find(({ id }) => id === webhook)?.last_delivery;
  };
  const replay = async (api: Pick<AdminApi, 'request'>, webhook: string, delivery: string) => {
    const path = `/webhooks/${webhook}/deliveries/${delivery}/replay`;
    return (await api.request(path, { method: 'POST' })).status;
  };
  const untilQueueIsEmpty = () => untilLookedAt(admin, receiver);

  // A-16, W-70
  test('of an API of the whole instance nobody hears whose clients it concerns', async () => {
    const [ours, theirs] = [await admin.createOrganization(), await admin.createOrganization()];
    const reader = (await registerAdmin(admin, organizationPermissions, { organization: ours }))
      .api;
    const api = await admin.createApi(['kept', 'gone']);
    const grants = [{ api: api.identifier, scopes: ['kept', 'gone'] }];
    const loser = await admin.createClient(grants, { name: 'Secret plan', organization: theirs });
    const asking = await admin.createClient([], { organization: theirs });
    const path = newPath();
    await reader.createWebhook(receiver.url(path), ['api.*']);
    await patch(admin, `/apis/${api.id}`, {
      scopes: [{ value: 'kept', description: '' }],
      introspection_clients: [asking.id],
    });
    const [message] = await receiver.untilReceived(path, 1);
    for (const secret of ['Secret plan', loser.id, loser.clientId, asking.id]) {
      expect(message?.body).not.toContain(secret);
    }
    expect(receiver.payloadsAt(path)).toMatchObject([
      {
        type: 'api.updated',
        data: { target: { id: api.id }, actor: null, details: { scopes: expect.any(Object) } },
      },
    ]);
    // Its operator reads in the audit log what nobody is sent.
    const { body } = await admin.request(`/audit-events?target=${api.id}&action=api.updated`);
    expect(JSON.stringify(body)).toContain(loser.id);
  });

  //
  test('of a client of another organization that asks about its tokens it names no more than the notice does', async () => {
    const [ours, theirs] = [await admin.createOrganization(), await admin.createOrganization()];
    const reader = (await registerAdmin(admin, organizationPermissions, { organization: ours }))
      .api;
    const asking = await admin.createClient([], { name: 'Secret plan', organization: theirs });
    const path = newPath();
    await reader.createWebhook(receiver.url(path), ['notice.created']);
    await (await newUnlistedIntrospection(reader, asking)).ask();
    await reader.request('/notices');
    const [message] = await receiver.untilReceived(path, 1);
    expect(message?.body).toContain(asking.clientId);
    expect(message?.body).not.toContain('Secret plan');
    expect(receiver.payloadsAt(path)).toMatchObject([
      { type: 'notice.created', data: { client: null } },
    ]);
    // One of its own it names.
    const own = await reader.createClient([], { name: 'Ours' });
    await (await newUnlistedIntrospection(reader, own)).ask();
    await reader.request('/notices');
    await receiver.untilReceived(path, 2);
    expect(namesAt(path).at(-1)).toBe('Ours');
  });

  test('moved to a location it shows, sends and sends again only what happened in that location', async () => {
    const location = await admin.createLocation();
    const local = (await registerAdmin(admin, organizationPermissions, { location })).api;
    const [ours, theirs] = [
      await admin.createClient([], { name: 'Ours', location }),
      await admin.createClient([], { name: 'Theirs' }),
    ];
    const [path, redirected] = [newPath(), newPath()];
    const { id } = await admin.createWebhook(receiver.url(path), ['client.updated']);
    expect(await lastListed(admin, id)).toBeNull();
    await rename(admin, theirs.id, 'Sent before');
    await rename(admin, ours.id, 'Sent before, ours');
    await receiver.untilReceived(path, 2);
    receiver.status = 500;
    await rename(admin, theirs.id, 'Waits');
    const waiting = await untilNewest(admin, id, ({ last_outcome: last }) => last === '5xx');
    receiver.status = 204;
    const [, , first] = await readDeliveries(admin, id);

    await patch(admin, `/webhooks/${id}`, { location });
    await patch(local, `/webhooks/${id}`, { url: receiver.url(redirected) });
    const [shown] = await readDeliveries(local, id);
    expect(await readDeliveries(local, id)).toMatchObject([{ state: 'delivered' }]);
    expect(shown).toMatchObject((await lastListed(local, id)) ?? {});
    for (const delivery of [waiting.id, first?.id ?? '']) {
      expect(await replay(local, id, delivery)).toBe(404);
      // Nor does anybody else send it there.
      expect(await replay(admin, id, delivery)).toBe(404);
    }
    await rename(admin, theirs.id, 'Sent after');
    await rename(admin, ours.id, 'Sent after, ours');
    await receiver.untilReceived(redirected, 1);
    await untilQueueIsEmpty();
    expect(namesAt(redirected)).toEqual(['Sent after, ours']);

    // Back where it was, the organization has its log again, and what was given up with it.
    await patch(admin, `/webhooks/${id}`, { location: null, url: receiver.url(path) });
    const log = await readDeliveries(admin, id);
    expect(await lastListed(admin, id)).toMatchObject({ id: log[0]?.id });
    expect(log.map(({ id: delivery }) => delivery)).toContain(first?.id);
    expect(log.find((delivery) => delivery.id === waiting.id)).toMatchObject({
      state: 'dead',
      last_outcome: 'moved',
      next_attempt_at: null,
    });
    expect(await replay(admin, id, waiting.id)).toBe(202);
    await receiver.untilReceived(path, 4);
  });

  test('it is of whom it is made for: it stays when whoever made it is gone', async () => {
    const maker = await newMember(admin, { role: 'admin' });
    const path = newPath();
    const { status, body } = await maker.api.request('/webhooks', {
      method: 'POST',
      body: { url: receiver.url(path), events: [{ entity: 'client', operation: 'updated' }] },
    });
    expect({ status, maker: body['created_by'] }).toEqual({ status: 201, maker: maker.id });
    const client = await admin.createClient([]);
    await admin.request(`/members/${maker.id}`, { method: 'DELETE' });
    await rename(admin, client.id, 'After its maker');
    await receiver.untilReceived(path, 1);
    expect(namesAt(path)).toEqual(['After its maker']);
    await admin.request(`/webhooks/${String(body['id'])}`, { method: 'DELETE' });
  });

  test('made for a member it tells what they may see now, and of themselves', async () => {
    const member = await newMember(admin, { permissions: ['clients:read', 'webhooks:read'] });
    const client = await admin.createClient([], { member: member.id, name: 'Theirs' });
    const path = newPath();
    const { id } = await admin.createWebhook(
      receiver.url(path),
      ['client.updated', 'member.updated', 'access_token.*'],
      { member: member.id },
    );
    await rename(admin, client.id, 'Seen');
    await receiver.untilReceived(path, 1);
    const [seen] = await readDeliveries(admin, id);
    await patch(admin, `/members/${member.id}`, { permissions: ['webhooks:read'] });
    await receiver.untilReceived(path, 2);
    await rename(admin, client.id, 'Not seen');
    await untilQueueIsEmpty();
    const types = () => receiver.payloadsAt(path).map(({ type }) => type);
    expect(types()).toEqual(['client.updated', 'member.updated']);
    expect(await replay(admin, id, seen?.id ?? '')).toBe(409);
    const [ofThemselves] = await readDeliveries(admin, id);
    expect(await replay(admin, id, ofThemselves?.id ?? '')).toBe(202);
    await receiver.untilReceived(path, 3);

    // What was theirs and is somebody else's now is not told to them again.
    await patch(admin, `/members/${member.id}`, { permissions: ['clients:read'] });
    await receiver.untilReceived(path, 4);
    expect(await replay(admin, id, seen?.id ?? '')).toBe(202);
    await receiver.untilReceived(path, 5);
    await patch(admin, `/clients/${client.id}`, { member: null });
    expect(await replay(admin, id, seen?.id ?? '')).toBe(409);
  });

  test('given to another member it takes nothing along that waits', async () => {
    const [one, other] = [
      await newMember(admin, { role: 'auditor' }),
      await newMember(admin, { role: 'auditor' }),
    ];
    const client = await admin.createClient([], { member: one.id });
    const path = newPath();
    const { id } = await admin.createWebhook(receiver.url(path), ['client.updated'], {
      member: one.id,
    });
    receiver.status = 500;
    await rename(admin, client.id, 'Waits');
    const waiting = await untilNewest(admin, id, ({ last_outcome: last }) => last === '5xx');
    receiver.status = 204;
    const attempts = receiver.at(path).length;
    await patch(admin, `/webhooks/${id}`, { member: other.id });
    expect(await readDeliveries(admin, id)).toMatchObject([
      { state: 'dead', last_outcome: 'moved' },
    ]);
    expect(await replay(admin, id, waiting.id)).toBe(409);
    await untilQueueIsEmpty();
    expect(receiver.at(path)).toHaveLength(attempts);
  });

  test('made for a member it rests while they are inactive, and ends with them', async () => {
    const member = await newMember(admin, { role: 'auditor' });
    const client = await admin.createClient([], { member: member.id });
    const path = newPath();
    const { id } = await admin.createWebhook(
      receiver.url(path),
      ['client.updated', 'client.deleted'],
      { member: member.id },
    );
    receiver.status = 500;
    await rename(admin, client.id, 'Waits');
    await untilNewest(admin, id, ({ last_outcome: last }) => last === '5xx');
    await patch(admin, `/members/${member.id}`, { active: false });
    receiver.status = 204;
    const attempts = receiver.at(path).length;
    await server.moveClock(3_600_000);
    admin.forgetToken();
    await rename(admin, client.id, 'Not kept');
    const tested = await admin.request(`/webhooks/${id}/test`, { method: 'POST' });
    expect(tested.status).toBe(409);
    await untilQueueIsEmpty();
    expect(receiver.at(path)).toHaveLength(attempts);
    await patch(admin, `/members/${member.id}`, { active: true });
    await until(() => receiver.at(path).length > attempts, 'what waited');
    await untilQueueIsEmpty();
    expect(namesAt(path).at(-1)).toBe('Waits');

    await admin.request(`/members/${member.id}`, { method: 'DELETE' });
    for (const gone of ['', '/deliveries']) {
      expect((await admin.request(`/webhooks/${id}${gone}`)).status).toBe(404);
    }
    const { body } = await admin.request<{ data: { action: string; details: object }[] }>(
      `/audit-events?target=${member.id}&limit=1`,
    );
    expect(body.data).toMatchObject([{ action: 'member.removed', details: { webhooks: [id] } }]);
  });
});

describe('signing secrets that cannot be opened', () => {
  let server: ServerProcess;
  let admin: AdminApi;
  let receiver: WebhookReceiver;
  let database: pg.Client;

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
    const databaseUrl = await createDatabase();
    server = await startServer({ databaseUrl, env });
    admin = new AdminApi(server);
    database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
  }, 120_000);
  afterAll(async () => {
    await database.end();
    await server.stop();
    await receiver.close();
  });

  test('are attempts that fail: told, given up in the end, and mended by another secret', async () => {
    const path = newPath();
    const { id } = await admin.createWebhook(receiver.url(path), ['client.updated']);
    const client = await admin.createClient([]);
    await database.query(
      `UPDATE webhooks SET secret_jwe = overlay(secret_jwe placing 'AAAA' from length(secret_jwe) - 20) WHERE id = $1`,
      [id],
    );
    await rename(admin, client.id, 'Unsigned');
    let lastAttemptAt: string | null = null;
    let offsetMillis = 0;
    await until(async () => {
      const [newest] = await readDeliveries(admin, id);
      if (newest?.state === 'dead') return true;
      if (!newest || newest.last_attempt_at === lastAttemptAt) return false;
      expect(newest.last_outcome).toBe('not_signed');
      lastAttemptAt = newest.last_attempt_at;
      const { last_attempt_at: last, next_attempt_at: next } = newest;
      if (last === null || next === null) return false;
      offsetMillis += Date.parse(next) - Date.parse(last) + 1_000;
      await server.moveClock(offsetMillis);
      admin.forgetToken();
      return false;
    }, 'given up');
    const [dead] = await readDeliveries(admin, id);
    expect(dead).toMatchObject({ state: 'dead', attempts: 11, last_outcome: 'not_signed' });
    expect(receiver.at(path)).toEqual([]);
    expect(server.output()).toContain('the signing secret of a webhook cannot be opened');
    const notices = await admin.readAll<{ kind: string; text: string }>('/notices');
    const mine = notices.filter(({ text }) => text.includes(id));
    expect(mine.map(({ kind }) => kind)).toContain('webhook_failing');

    // The one before it, which signs through the overlap, cannot be opened still: the new one signs alone.
    await admin.request(`/webhooks/${id}/rotate-secret`, { method: 'POST' });
    await admin.request(`/webhooks/${id}`, { method: 'PATCH', body: { active: true } });
    const again = `/webhooks/${id}/deliveries/${dead?.id}/replay`;
    expect((await admin.request(again, { method: 'POST' })).status).toBe(202);
    const [message] = await receiver.untilReceived(path, 1);
    expect(message?.headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  });
});
