/** Secrets that end soon are told of in time, with a clock that is moved, on either database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { composeRegistry, type Registry } from '../../src/compose/compose-registry.ts';
import type { NoticeParameters } from '../../src/model/notice.ts';
import type { Actor } from '../../src/model/principal.ts';
import { formatNotice } from '../../src/notice/notice-text.ts';
import { ClientRegistry } from '../../src/registry/client-registry.ts';
import { ClientSecretRegistry } from '../../src/registry/client-secret-registry.ts';
import { SecretEnding } from '../../src/registry/secret-ending.ts';
import { copyPreparedDatabase } from '../support/prepared-databases.ts';
import { inProcessSettings, silentLog } from '../support/in-process-settings.ts';
import { clientRequest, findOperator } from './registry-actor.ts';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

interface Told extends Pick<
  NoticeParameters['secret_ending'],
  'ends_at' | 'ends_by' | 'last_used_address' | 'replaced' | 'client_id' | 'secret_hint'
> {
  text: string;
}

describe.each([
  ['PostgreSQL', true],
  ['embedded database', false],
])('secrets that end soon (%s)', (_name, onPostgres) => {
  let registry: Registry;
  let clients: ClientRegistry;
  let secrets: ClientSecretRegistry;
  let ending: SecretEnding;
  let operator: Actor;
  let dataDir: string;
  /** From the real one, in seconds; only ever forward, as a clock goes. */
  let clock = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-ending-'));
    if (!onPostgres) copyPreparedDatabase(dataDir);
    const settings = await inProcessSettings();
    registry = await composeRegistry(
      onPostgres ? settings : { ...settings, databaseUrl: null, dataDir },
      silentLog,
      { clockOffsetMillis: () => clock * 1000 },
    );
    const { store } = registry;
    clients = new ClientRegistry({ store });
    secrets = new ClientSecretRegistry({ store });
    ending = new SecretEnding({ store });
    operator = await findOperator(store);
  });
  afterAll(async () => {
    await registry.database.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  // What a test before has left has ended by then.
  beforeEach(() => void (clock += 1000 * day));

  const page = { limit: 200, cursor: null };

  async function makeClient(): Promise<{ client: string; first: string }> {
    const { record } = await clients.create(operator, clientRequest({ name: 'Invoice import' }));
    const listing = await secrets.list(operator.principal, record.id, {
      ...page,
      sort: 'created_at',
    });
    return { client: record.id, first: listing.secrets.data[0]?.id ?? '' };
  }

  async function makeSecret(
    client: string,
    ends: { expiresIn?: number; retireOthersIn?: number } = {},
  ): Promise<string> {
    const { record } = await secrets.create(operator, client, {
      expiresInSeconds: ends.expiresIn,
      retireOthersInSeconds: ends.retireOthersIn,
      retireOthersWhenQuiet: undefined,
    });
    return record.id;
  }

  /** The newest secret of a client, beside one that never ends. */
  async function makeExpiring(expiresIn: number): Promise<{ client: string; secret: string }> {
    const { client } = await makeClient();
    return { client, secret: await makeSecret(client, { expiresIn }) };
  }

  async function use(client: string, secret: string): Promise<void> {
    const usedAt = Date.now() / 1000 + clock;
    await registry.store.count(crypto.randomUUID(), ({ uses }) =>
      uses.add({
        clients: [{ id: client, usedAt }],
        secrets: [{ id: secret, usedAt, address: '203.0.113.7' }],
        addresses: [],
        tokens: [],
      }),
    );
  }

  /** Looks twice: nothing is told again. */
  async function pass(seconds: number): Promise<void> {
    clock += seconds;
    await ending.look();
    await ending.look();
  }

  async function listTold(secret: string): Promise<Told[]> {
    const { data } = await registry.store.read(({ notices }) =>
      notices.list(
        { organizationId: operator.principal.organizationId, locationId: null },
        { ...page, sort: '-last_occurred_at' },
      ),
    );
    return data.flatMap((notice) => {
      if (notice.kind !== 'secret_ending' || notice.parameters.secret !== secret) return [];
      // Told twice of the same, it would be counted.
      expect(notice.count).toBe(1);
      return [{ ...notice.parameters, text: formatNotice(notice) }];
    });
  }
  const countTold = async (secret: string) => (await listTold(secret)).length;

  async function listEvents(target: string) {
    const { data } = await registry.store.read(({ auditEvents }) =>
      auditEvents.list(
        { sight: { organizationId: null, locationId: null }, target },
        { ...page, sort: 'sequence' },
      ),
    );
    return data;
  }

  test('one that expires is told of 7 days and a day before, not sooner, and each once', async () => {
    const { client, secret } = await makeExpiring(30 * day);
    await pass(23 * day - minute);
    expect(await countTold(secret)).toBe(0);
    await pass(2 * minute);
    expect(await countTold(secret)).toBe(1);
    await pass(6 * day - 2 * minute);
    expect(await countTold(secret)).toBe(1);
    await pass(2 * minute);
    expect(await countTold(secret)).toBe(2);
    await pass(day);
    expect(await countTold(secret)).toBe(2);
    const told = (await listEvents(secret)).filter(
      ({ action }) => action === 'client_secret.ending_noticed',
    );
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({
      actorType: 'system',
      details: {
        client,
        ends_by: 'expiry',
        replaced: false,
        notice: expect.stringMatching(/^notice_/),
      },
    });
  });

  test('says what to do: another secret for the integration', async () => {
    const { client, secret } = await makeExpiring(10 * day);
    await use(client, secret);
    await pass(4 * day);
    const [told] = await listTold(secret);
    expect(told).toMatchObject({ ends_by: 'expiry', last_used_address: '203.0.113.7' });
    expect(told?.text).toContain(
      `"Invoice import" (${told?.client_id}) expires at ${told?.ends_at}, and was last used at `,
    );
    expect(told?.text).toContain(
      ` from 203.0.113.7. Make another secret and give it to the integration before then: ` +
        `latchkey secrets create ${told?.client_id}`,
    );
    expect(told?.text).not.toContain('secrets keep');
  });

  test.each([
    ['a week and a minute', 2, 7 * day + minute],
    ['a minute less than a week', 1, 7 * day - minute],
    ['a day and a minute', 1, day + minute],
    ['a minute less than a day', 0, day - minute],
  ])('made for %s: told of %d times', async (_made, times, expiresIn) => {
    const { secret } = await makeExpiring(expiresIn);
    for (let seconds = 0; seconds < expiresIn; seconds += expiresIn / 20)
      await pass(expiresIn / 20);
    expect(await countTold(secret)).toBe(times);
  });

  test('who looks late tells once, of the stage that is nearest; and nothing after the end', async () => {
    const late = await makeExpiring(30 * day);
    const tooLate = await makeExpiring(29 * day);
    await pass(29 * day + hour);
    await pass(hour);
    expect(await countTold(late.secret)).toBe(1);
    expect(await countTold(tooLate.secret)).toBe(0);
  });

  test('one that nobody used since another was made that never ends is not worth a notice', async () => {
    const quiet = await makeExpiring(30 * day);
    await use(quiet.client, quiet.secret);
    const used = await makeExpiring(30 * day);
    const endless = await makeExpiring(30 * day);
    await use(endless.client, endless.secret);
    clock += day;
    await makeSecret(quiet.client);
    await makeSecret(used.client);
    // It ends as well, if later.
    await makeSecret(endless.client, { expiresIn: 90 * day });
    clock += day;
    await use(used.client, used.secret);
    await pass(22 * day);
    await pass(5 * day + hour);
    expect(await countTold(quiet.secret)).toBe(0);
    expect(await listTold(used.secret)).toMatchObject([{ replaced: true }, { replaced: true }]);
    expect((await listTold(used.secret))[0]?.text).toContain('Give the new secret to whoever');
    expect(await countTold(endless.secret)).toBe(2);
  });

  test('one that is replaced and still used is told of once, a day before its end', async () => {
    const { client, first } = await makeClient();
    await use(client, first);
    clock += day;
    await makeSecret(client, { retireOthersIn: 10 * day });
    await pass(9 * day + hour);
    expect(await countTold(first)).toBe(0);
    await use(client, first);
    await pass(minute);
    await use(client, first);
    await pass(hour);
    const [told, ...more] = await listTold(first);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ ends_by: 'retirement', replaced: true });
    expect(told?.text).toContain(`(${told?.client_id}) ends at ${told?.ends_at}, and was last`);
    expect(told?.text).toContain(
      `Give the new secret to whoever still uses this one before then, or keep this one: ` +
        `latchkey secrets keep ${told?.client_id} ${first}`,
    );
  });

  test.each([
    ['ten days: a day before', 10 * day, 9 * day],
    ['a day: after half of it', day, day / 2],
  ])('replaced within %s, not sooner', async (_within, retireOthersIn, toldAfter) => {
    const { client, first } = await makeClient();
    await makeSecret(client, { retireOthersIn });
    clock += hour;
    await use(client, first);
    await pass(toldAfter - hour - minute);
    expect(await countTold(first)).toBe(0);
    await pass(2 * minute);
    expect(await countTold(first)).toBe(1);
  });

  test('one that is kept is told of no more, and again when it is replaced again', async () => {
    const { client, first } = await makeClient();
    await makeSecret(client, { retireOthersIn: 2 * day });
    clock += hour;
    await use(client, first);
    await pass(day);
    expect(await countTold(first)).toBe(1);
    await secrets.keep(operator, client, first);
    await pass(30 * day);
    expect(await countTold(first)).toBe(1);
    await makeSecret(client, { retireOthersIn: 2 * day });
    clock += hour;
    await use(client, first);
    await pass(day);
    expect(await countTold(first)).toBe(2);
  });

  test('when what replaced it is revoked, it is all that the client has: told of though unused', async () => {
    const { client, first } = await makeClient();
    const replacement = await makeSecret(client, { retireOthersIn: 10 * day });
    await secrets.revoke(operator, client, replacement, true);
    await pass(4 * day);
    const [told] = await listTold(first);
    expect(told).toMatchObject({ ends_by: 'retirement', replaced: false });
    expect(told?.text).toContain('has not been used so far. Make another secret');
    expect(told?.text).toContain(`latchkey secrets keep ${told?.client_id} ${first}`);
  });

  test('not of a revoked one, nor of a deleted client; of an inactive one when it is active again', async () => {
    const revoked = await makeExpiring(10 * day);
    await secrets.revoke(operator, revoked.client, revoked.secret, true);
    const deleted = await makeExpiring(10 * day);
    await clients.delete(operator, deleted.client, undefined);
    const inactive = await makeExpiring(10 * day);
    await clients.update(operator, inactive.client, { active: false }, undefined);
    await pass(5 * day);
    for (const { secret } of [revoked, deleted, inactive]) expect(await countTold(secret)).toBe(0);
    await clients.update(operator, inactive.client, { active: true }, undefined);
    await pass(minute);
    expect(await countTold(inactive.secret)).toBe(1);
  });

  test('three that look at the same moment tell once', async () => {
    const { secret } = await makeExpiring(30 * day);
    clock += 25 * day;
    const { store } = registry;
    await Promise.all([1, 2, 3].map(() => new SecretEnding({ store }).look()));
    expect(await countTold(secret)).toBe(1);
    expect((await listEvents(secret)).map(({ action }) => action)).toEqual([
      'client_secret.created',
      'client_secret.ending_noticed',
    ]);
  });
});
