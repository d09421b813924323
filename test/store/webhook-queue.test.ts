/** The queue when a receiver is away for long (L-16): bounded, oldest first, and cheap to ask. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { createRecordId } from '../../src/registry/credential.ts';
import type { Database } from '../../src/store/database/database.ts';
import { WebhookQueue } from '../../src/store/records/webhook-queue.ts';
import { openOwnDatabase } from '../support/own-database.ts';

let database: Database;
/** As many as a busy machine writes in no time. */
const limits = { waitingMax: 1_000, loggedMax: 1_000 };
let offsetMillis = 0;
let queue: WebhookQueue;
const organization = createRecordId('org');

beforeAll(async () => {
  database = await openOwnDatabase();
  queue = new WebhookQueue(database, () => offsetMillis, limits);
  await database.pool.query(`INSERT INTO organizations (id, name) VALUES ($1, 'Ours')`, [
    organization,
  ]);
});
afterAll(() => database.close());

async function addWebhook(): Promise<string> {
  const id = createRecordId('webhook');
  await database.pool.query(
    `INSERT INTO webhooks (id, organization_id, url, events, secret_jwe, created_by, created_at, updated_at)
     VALUES ($1, $2, 'https://hooks.example.com/', '{*.*}', 'x', 'system', now(), now())`,
    [id, organization],
  );
  return id;
}

/** `subjects`: how many clients they are about, in turns. */
async function addDeliveries(webhook: string, count: number, subjects: number, state = 'waiting') {
  await database.pool.query(
    `INSERT INTO webhook_deliveries (id, webhook_id, organization_id, event_type, subject, occurred_at, data,
                                     state, due_at, created_at)
     SELECT 'delivery_' || left(md5($1 || n || clock_timestamp()), 22), $1, $2, 'client.updated',
            'client_' || n % $4, now(), '{}', $5, now(), now() + n * interval '1 microsecond'
       FROM generate_series(1, $3::integer) n`,
    [webhook, organization, count, subjects, state],
  );
}

async function count(webhook: string, condition = 'TRUE'): Promise<number> {
  const { rows } = await database.pool.query<{ count: string }>(
    `SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND ${condition}`,
    [webhook],
  );
  return Number(rows[0]?.count);
}

afterEach(async () => {
  await database.pool.query('DELETE FROM webhooks');
});

test('no more is claimed than a webhook and its organization may have under way, the oldest first', async () => {
  const webhooks = [await addWebhook(), await addWebhook(), await addWebhook()];
  for (const webhook of webhooks) await addDeliveries(webhook, 20, 20);
  const first = await queue.claim(100);
  expect(first.deliveries).toHaveLength(8);
  for (const webhook of webhooks) {
    const claimed = first.deliveries.filter(({ webhookId }) => webhookId === webhook);
    expect(claimed.length).toBeLessThanOrEqual(4);
    const { rows } = await database.pool.query<{ id: string }>(
      'SELECT id FROM webhook_deliveries WHERE webhook_id = $1 ORDER BY place LIMIT $2',
      [webhook, claimed.length],
    );
    expect(new Set(claimed.map(({ id }) => id))).toEqual(new Set(rows.map(({ id }) => id)));
  }
  expect((await queue.claim(100)).deliveries).toEqual([]);
  const [done] = first.deliveries;
  if (!done) throw new Error('nothing was claimed');
  await queue.markDelivered(done, first.now);
  expect((await queue.claim(100)).deliveries).toHaveLength(1);
});

test('what an instance has claimed and is not heard of again is taken over, and no longer its to mark', async () => {
  const webhook = await addWebhook();
  await addDeliveries(webhook, 4, 4);
  const { deliveries: lost, now } = await queue.claim(100);
  offsetMillis += 29_000;
  expect((await queue.claim(100)).deliveries).toEqual([]);
  offsetMillis += 2_000;
  const { deliveries: taken } = await queue.claim(100);
  expect(taken.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 2]);
  for (const delivery of lost) await queue.markDelivered(delivery, now);
  expect(await count(webhook, `state = 'delivered'`)).toBe(0);
  for (const delivery of taken) await queue.markDelivered(delivery, now);
  expect(await count(webhook, `state = 'delivered'`)).toBe(4);
});

test('what is about one client is claimed one at a time, until it has waited long enough', async () => {
  const webhook = await addWebhook();
  await addDeliveries(webhook, 3, 1);
  const { deliveries, now } = await queue.claim(100);
  expect(deliveries).toHaveLength(1);
  const [first] = deliveries;
  if (!first) throw new Error('nothing was claimed');
  const nextAt = new Date(now.getTime() + 3_600_000);
  const failure = { at: now, outcome: '5xx' as const, nextAt };
  await queue.markFailed(first, failure, () => undefined);
  expect((await queue.claim(100)).deliveries).toEqual([]);
  await database.pool.query('UPDATE webhook_deliveries SET attempts = 5 WHERE id = $1', [first.id]);
  expect((await queue.claim(100)).deliveries).toHaveLength(1);
});

// L-16
test('of a receiver that is away only so many wait, the oldest are given up, and claiming stays cheap', async () => {
  const webhook = await addWebhook();
  await addDeliveries(webhook, 1_500, 3);
  const began = performance.now();
  expect((await queue.claim(100)).deliveries).toHaveLength(3);
  expect(performance.now() - began).toBeLessThan(1_500);
  while (await queue.purge());
  expect(await count(webhook, `state = 'waiting'`)).toBe(limits.waitingMax + 3);
  const { rows } = await database.pool.query<{ newestDead: string; oldestWaiting: string }>(
    `SELECT max(place) FILTER (WHERE state = 'dead' AND last_outcome = 'queue_full') AS "newestDead",
            min(place) FILTER (WHERE state = 'waiting' AND claim IS NULL) AS "oldestWaiting"
       FROM webhook_deliveries WHERE webhook_id = $1`,
    [webhook],
  );
  expect(Number(rows[0]?.newestDead)).toBeLessThan(Number(rows[0]?.oldestWaiting));
});

test('the log holds so many of each webhook for 30 days, and then the webhooks that were deleted go too', async () => {
  const [busy, deleted] = [await addWebhook(), await addWebhook()];
  // All the planner knows is a table with one row: that must not make it look again for each of many.
  await database.pool.query('DELETE FROM webhook_deliveries');
  await addDeliveries(busy, 1, 1, 'dead');
  await database.pool.query('VACUUM ANALYZE webhook_deliveries');
  await addDeliveries(busy, 1_500, 3, 'dead');
  await addDeliveries(busy, 5, 3);
  await addDeliveries(deleted, 5, 3);
  await database.pool.query(
    `UPDATE webhooks SET active = false, deleted_at = now(), secret_jwe = NULL WHERE id = $1`,
    [deleted],
  );
  while (await queue.purge());
  expect(await count(busy, `state = 'dead'`)).toBe(limits.loggedMax - 5);
  expect(await count(busy, `state = 'waiting'`)).toBe(5);
  expect(await count(deleted)).toBe(5);
  offsetMillis += 31 * 86_400_000;
  while (await queue.purge());
  expect([await count(busy), await count(deleted)]).toEqual([0, 0]);
  const { rows } = await database.pool.query('SELECT id FROM webhooks WHERE id = ANY ($1)', [
    [busy, deleted],
  ]);
  expect(rows).toEqual([{ id: busy }]);
});
