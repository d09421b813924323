/** Signing keys that rotate by themselves (DESIGN §8), and what else the clock alone does, on a clock that moves. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { composeRegistry, type Registry } from '../../src/compose/compose-registry.ts';
import type { SigningKey } from '../../src/model/signing-key.ts';
import { operatorAtTheMachine } from '../../src/registry/bootstrap.ts';
import { systemActor } from '../../src/registry/system-actor.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';

const dayMillis = 86_400_000;
const actor = systemActor('signing key rotation');

describe.each(['PostgreSQL', 'embedded database'])('by themselves (%s)', (kind) => {
  let registries: Registry[];
  let dataDir: string;
  let offsetMillis = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-rotation-'));
    const own = await inProcessSettings();
    const isEmbedded = kind === 'embedded database';
    if (isEmbedded) copyPreparedDatabase(dataDir);
    const settings = isEmbedded ? { ...own, databaseUrl: null, dataDir } : own;
    const options = { clockOffsetMillis: () => offsetMillis };
    registries = [await composeRegistry(settings, silentLog, options)];
    if (!isEmbedded) registries.push(await composeRegistry(settings, silentLog, options));
    await first().bootstrap.createOperator();
  });
  afterAll(async () => {
    for (const { database } of registries) await database.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function first(): Registry {
    const [registry] = registries;
    if (!registry) throw new Error('there is one');
    return registry;
  }

  /** Every instance at once, twice, as if all of them had the turn. */
  async function lookAt(day: number): Promise<void> {
    offsetMillis = day * dayMillis;
    await Promise.all(
      [...registries, ...registries].map(({ rotation }) => rotation.rotateDue(actor, 90)),
    );
    await first().rotation.advance(operatorAtTheMachine);
  }

  async function keysOf(state: SigningKey['state']): Promise<SigningKey[]> {
    const page = { limit: 200, cursor: null, sort: 'created_at' };
    const { data } = await first().rotation.list(page);
    return data.filter((key) => key.algorithm === 'ES256' && key.state === state);
  }

  async function countNotices(keyId: string | undefined): Promise<Record<string, number>> {
    const { rows } = await first().database.pool.query<{ kind: string; count: number }>(
      `SELECT kind, count(*)::integer AS count FROM notices WHERE parameters->>'kid' = $1 GROUP BY kind`,
      [keyId],
    );
    return Object.fromEntries(rows.map(({ kind: of, count }) => [of, count]));
  }

  // A-57, F-20
  test('published a day before the 90 are over, by one of those that look, and told of once', async () => {
    const [before] = await keysOf('signing');
    await lookAt(88.9);
    expect(await keysOf('published')).toEqual([]);
    await lookAt(89.1);
    await lookAt(89.2);
    const [successor, ...more] = await keysOf('published');
    expect(more).toEqual([]);
    expect(await keysOf('signing')).toEqual([before]);
    expect(await countNotices(successor?.kid)).toEqual({ signing_key_published: 1 });

    await lookAt(90.2);
    expect((await keysOf('signing')).map(({ kid }) => kid)).toEqual([successor?.kid]);
    expect((await keysOf('retiring')).map(({ kid }) => kid)).toEqual([before?.kid]);
    expect(await countNotices(successor?.kid)).toEqual({
      signing_key_published: 1,
      signing_key_signing: 1,
    });
    await lookAt(91.3);
    expect((await keysOf('gone')).map(({ kid }) => kid)).toEqual([before?.kid]);
  });

  // F-44
  test('once after a sleep of years, and then after 90 days again', async () => {
    const [before] = await keysOf('signing');
    for (const day of [1_000, 1_000.1, 1_000.2]) await lookAt(day);
    expect(await keysOf('published')).toHaveLength(1);
    expect(await keysOf('signing')).toEqual([before]);
    for (const day of [1_001.1, 1_001.2, 1_089]) await lookAt(day);
    expect(await keysOf('published')).toEqual([]);
    await lookAt(1_090.3);
    expect(await keysOf('published')).toHaveLength(1);
  });

  test('what has expired is removed: idempotency keys after a day, revoked tokens when they could not be used any more', async () => {
    const { database, store } = first();
    const { now } = await store.readState();
    const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
    const { rows } = await database.pool.query<{ id: string }>('SELECT id FROM clients LIMIT 1');
    for (const hours of [23, 25]) {
      await database.pool.query(
        `INSERT INTO idempotency_keys (principal_id, route, key, request_digest, record_id, created_at)
         VALUES ('someone', 'POST /clients', $1, '', 'x', $2)`,
        [`${hours}`, hoursAgo(hours)],
      );
    }
    for (const [token, hours] of [['a', 0.01] as const, ['b', 0.1] as const, ['c', -1] as const]) {
      await database.pool.query('INSERT INTO revoked_tokens VALUES ($1, $2, $3, $3)', [
        token.repeat(39),
        rows[0]?.id,
        hoursAgo(hours),
      ]);
    }
    await store.purgeExpired();
    const left = async (text: string) => (await database.pool.query(text)).rows;
    expect(await left('SELECT key FROM idempotency_keys')).toEqual([{ key: '23' }]);
    // The first has expired 36 s ago: an instance's clock may be two minutes behind.
    expect(await left('SELECT left(token_id, 1) AS token FROM revoked_tokens ORDER BY 1')).toEqual([
      { token: 'a' },
      { token: 'c' },
    ]);
  });
});
