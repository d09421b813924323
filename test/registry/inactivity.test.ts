/** Clients that nobody uses: told of three times, deleted, restored or erased, on a clock that moves (FEATURES 2.5). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { countingInstances } from '../usage/counting-instance.ts';
import { IdleClients } from './idle-clients.ts';

/** Longer than all of it takes. */
const soon = 1 / 48;

describe.each(countingInstances)('inactivity (%s)', (_name, open) => {
  let world: IdleClients;
  /** Each test begins on a day of its own, so that its clock goes forward. */
  let day = 0;

  beforeAll(async () => {
    world = await IdleClients.begin(open);
  });
  afterAll(() => world.instance.close());

  function newDay(): number {
    day += 1_000;
    return day;
  }

  // 2.5
  test('tells on days 75, 83 and 89, and deletes on day 90, not half an hour sooner', async () => {
    const used = newDay();
    const id = await world.add(used, { createdAt: used - 10 });
    for (const [step, days] of [75, 83, 89].entries()) {
      await world.lookAt(used + days - soon);
      expect(await world.toldDays(id)).toHaveLength(step);
      await world.lookAt(used + days);
      await world.lookAt(used + days + soon);
      expect(await world.toldDays(id)).toHaveLength(step + 1);
    }
    for (const { deletesAt } of await world.noticesOf(id)) {
      expect(deletesAt).toBeGreaterThanOrEqual(used + 90);
      expect(deletesAt).toBeLessThan(used + 90 + soon);
    }
    await world.lookAt(used + 90 - soon);
    expect(await world.isDeleted(id)).toBe(false);
    await world.lookAt(used + 90 + soon);
    expect(await world.isDeleted(id)).toBe(true);
    expect(await world.eventsOf(id)).toMatchObject([
      { action: 'client.inactivity_noticed', actorType: 'system', details: { number: 1 } },
      { action: 'client.inactivity_noticed', details: { number: 2 } },
      { action: 'client.inactivity_noticed', details: { number: 3 } },
      { action: 'client.deleted', actorType: 'system', details: { because: 'inactivity' } },
    ]);
  });

  test('counts from its registration when it was never used', async () => {
    const created = newDay();
    const id = await world.add(null, { createdAt: created });
    await world.lookAt(created + 75 - soon);
    expect(await world.toldDays(id)).toEqual([]);
    await world.lookAt(created + 75);
    expect(await world.toldDays(id)).toHaveLength(1);
  });

  test.each([
    ['of zero', new Date(0)],
    ['before anybody had one', new Date('1999-12-31T23:59:59Z')],
  ])('a last use %s is none, and so is such a registration', async (_date, zero) => {
    const created = newDay();
    const unused = await world.add(null, { createdAt: created, columns: { last_used_at: zero } });
    const undated = await world.add(null, { columns: { created_at: zero, last_used_at: zero } });
    const neverUsed = await world.add(null, { columns: { created_at: zero } });
    await world.lookAt(created + 74);
    expect(await world.toldDays(unused)).toEqual([]);
    for (const days of [75, 83, 89, 90]) await world.lookAt(created + days + soon);
    expect(await world.isDeleted(unused)).toBe(true);
    for (const id of [undated, neverUsed]) {
      expect(await world.toldDays(id)).toEqual([]);
      expect(await world.isDeleted(id)).toBe(false);
    }
  });

  test('a notice that comes late moves everything after it: 8, 6 and 1 days remain', async () => {
    const used = newDay();
    const id = await world.add(used);
    await world.lookAt(used + 200);
    await world.lookAt(used + 200 + soon);
    expect(await world.toldDays(id)).toEqual([used + 200]);
    expect((await world.noticesOf(id))[0]?.deletesAt).toBeGreaterThanOrEqual(used + 215);
    await world.lookAt(used + 208 - soon);
    expect(await world.toldDays(id)).toHaveLength(1);
    await world.lookAt(used + 208 + soon);
    await world.lookAt(used + 214 - soon);
    expect(await world.toldDays(id)).toHaveLength(2);
    await world.lookAt(used + 214 + 2 * soon);
    await world.lookAt(used + 215);
    expect(await world.isDeleted(id)).toBe(false);
    expect(await world.toldDays(id)).toHaveLength(3);
    await world.lookAt(used + 215 + 3 * soon);
    expect(await world.isDeleted(id)).toBe(true);
  });

  // F-44
  test('a pause of 40 days in the middle makes one step, and the next have their days', async () => {
    const used = newDay();
    const id = await world.add(used);
    await world.lookAt(used + 75);
    for (let n = 0; n < 3; n += 1) await world.lookAt(used + 115 + n * soon);
    expect(await world.toldDays(id)).toHaveLength(2);
    await world.lookAt(used + 121 - soon);
    expect(await world.toldDays(id)).toHaveLength(2);
    for (let n = 0; n < 3; n += 1) await world.lookAt(used + 121 + (n + 1) * soon);
    expect(await world.toldDays(id)).toHaveLength(3);
    expect(await world.isDeleted(id)).toBe(false);
    await world.lookAt(used + 122 + 2 * soon);
    expect(await world.isDeleted(id)).toBe(true);
  });

  test.each([75, 83, 89])(
    'a use after the notice of day %d cancels it, and a later countdown makes three new ones',
    async (last) => {
      const used = newDay();
      const id = await world.add(used);
      const told = [75, 83, 89].filter((days) => days <= last);
      for (const days of told) await world.lookAt(used + days);
      await world.use(id, used + last + 0.9);
      for (const days of [8, 14, 15, 16, 74]) await world.lookAt(used + last + 0.9 + days);
      expect(await world.toldDays(id)).toHaveLength(told.length);
      for (const days of [75, 83, 89]) await world.lookAt(used + last + 0.9 + days + soon);
      expect(await world.isDeleted(id)).toBe(false);
      expect(await world.toldDays(id)).toHaveLength(told.length + 3);
      await world.lookAt(used + last + 0.9 + 90 + 2 * soon);
      expect(await world.isDeleted(id)).toBe(true);
    },
  );

  test('a use that an earlier clock dates cancels it as well', async () => {
    const used = newDay();
    const id = await world.add(used);
    for (const days of [75, 83, 89]) await world.lookAt(used + days);
    await world.use(id, used - 1);
    await world.lookAt(used + 95);
    expect(await world.isDeleted(id)).toBe(false);
    expect(await world.toldDays(id)).toHaveLength(4);
  });

  test('a clock that went back takes back what it told too soon', async () => {
    const used = newDay();
    const id = await world.add(used);
    // For a moment it was a hundred days too late.
    await world.lookAt(used + 110);
    expect(await world.toldDays(id)).toHaveLength(1);
    await world.lookAt(used + 10);
    for (const days of [75, 83, 89]) await world.lookAt(used + days);
    await world.lookAt(used + 90 - soon);
    expect(await world.isDeleted(id)).toBe(false);
    expect((await world.toldDays(id)).map((at) => at - used)).toEqual([75, 83, 89, 110]);
    await world.lookAt(used + 90 + soon);
    expect(await world.isDeleted(id)).toBe(true);
  });

  test('neither an exempt client nor an introspection client of an API is touched; one that is not any more is told anew', async () => {
    const used = newDay();
    const exempt = await world.add(used, { columns: { exempt_from_inactivity: true } });
    const listed = await world.add(used);
    const late = await world.add(used);
    const { id: apiId } = await world.instance.addApi(null);
    await world.instance.query('INSERT INTO api_introspection_clients VALUES ($1, $2)', [
      apiId,
      listed,
    ]);
    for (const days of [75, 83, 89]) await world.lookAt(used + days);
    const exemptLate = (value: boolean) =>
      world.instance.query('UPDATE clients SET exempt_from_inactivity = $2 WHERE id = $1', [
        late,
        value,
      ]);
    await exemptLate(true);
    for (const days of [90, 120]) await world.lookAt(used + days + soon);
    for (const id of [exempt, listed]) expect(await world.toldDays(id)).toEqual([]);
    expect(await world.toldDays(late)).toHaveLength(3);
    // The API is gone, and nobody else is exempt.
    await world.instance.query('UPDATE apis SET deleted_at = now() WHERE id = $1', [apiId]);
    await exemptLate(false);
    await world.lookAt(used + 121);
    expect(await world.toldDays(listed)).toHaveLength(1);
    expect(await world.toldDays(late)).toHaveLength(4);
    for (const days of [129, 135]) await world.lookAt(used + days + soon);
    expect(await world.isDeleted(late)).toBe(false);
    await world.lookAt(used + 136 + 2 * soon);
    for (const id of [listed, late]) expect(await world.isDeleted(id)).toBe(true);
    expect(await world.isDeleted(exempt)).toBe(false);
  });

  // DESIGN §7: at the boundary of the day for which a use may be in memory alone.
  test('an instance that is killed takes back a day at most, and never a use of the countdown', async () => {
    const used = newDay();
    const { instance } = world;
    const usedAt = world.timeOf(used);
    const addUsed = async () => {
      const { client, secret } = await instance.addClient();
      await instance.query('UPDATE clients SET created_at = $2, last_used_at = $2 WHERE id = $1', [
        client.id,
        usedAt,
      ]);
      client.storedUseAt = usedAt.getTime() / 1000;
      // Whatever only this ledger knows is lost with it.
      const { ledger } = instance.count(Number.MAX_SAFE_INTEGER);
      const useAt = (days: number) =>
        ledger.noteUse({
          client,
          secret,
          address: '192.0.2.1',
          nowSeconds: world.timeOf(used + days).getTime() / 1000,
        });
      return { id: client.id, useAt };
    };
    const lost = await addUsed();
    const stored = await addUsed();
    const saved = await addUsed();
    const aSecond = 1 / 86_400;
    expect(lost.useAt(1 - aSecond)).toBeUndefined();
    expect(stored.useAt(1 - aSecond)).toBeUndefined();
    await stored.useAt(1);
    for (const days of [75, 83, 89]) await world.lookAt(used + days);
    await saved.useAt(90 - aSecond);
    await world.lookAt(used + 90 + soon);
    // Its last use was 89 days ago, which nobody is left to know.
    expect(await world.isDeleted(lost.id)).toBe(true);
    expect(await world.isDeleted(saved.id)).toBe(false);
    expect(await world.isDeleted(stored.id)).toBe(false);
    // Counted from a day later, so that it was first told on the second look.
    expect(await world.toldDays(stored.id)).toEqual([used + 83]);
    await world.lookAt(used + 164);
    expect(await world.isDeleted(saved.id)).toBe(false);
    expect(await world.toldDays(saved.id)).toHaveLength(3);
  });

  test('an inactive client is as unused as any other', async () => {
    const used = newDay();
    const id = await world.add(used, { columns: { active: false } });
    for (const days of [75, 83, 89, 90]) await world.lookAt(used + days + soon);
    expect(await world.isDeleted(id)).toBe(true);
    expect(await world.clients.restore(world.operator, id)).toMatchObject({ active: false });
  });

  test('the last operator stays, also when two of them are due at once', async () => {
    const created = newDay();
    const operators = await world.instance.query<{ id: string }>(
      `UPDATE clients SET exempt_from_inactivity = false, created_at = $1
        WHERE id IN (SELECT client_record_id FROM grant_scopes WHERE scope = 'instance:operate')
       RETURNING id`,
      [world.timeOf(created)],
    );
    const [first = ''] = operators.map(({ id }) => id);
    const second = await world.add(null, { createdAt: created });
    await world.instance.query(
      'INSERT INTO grants SELECT $2, api_id, position, is_default FROM grants WHERE client_record_id = $1',
      [first, second],
    );
    await world.instance.query(
      'INSERT INTO grant_scopes SELECT $2, api_id, scope FROM grant_scopes WHERE client_record_id = $1',
      [first, second],
    );
    await world.instance.addSecret(second);
    for (const days of [75, 83, 89, 90, 91, 200]) await world.lookAt(created + days + soon);
    expect(await world.isDeleted(first)).not.toBe(await world.isDeleted(second));
  });

  test('comes back as it was until day 120, and then has as long as a new one', async () => {
    const used = newDay();
    const id = await world.add(used);
    const { id: secretId } = await world.instance.addSecret(id);
    for (const days of [75, 83, 89, 90]) await world.lookAt(used + days + soon);
    await world.lookAt(used + 120);
    const restored = await world.clients.restore(world.operator, id);
    expect(restored).toMatchObject({ active: true, deletedAt: null, deletesAt: null });
    expect(
      await world.instance.query('SELECT slot FROM client_secrets WHERE id = $1', [secretId]),
    ).toEqual([{ slot: 1 }]);
    await world.lookAt(used + 120 + 75 - soon);
    expect(await world.toldDays(id)).toHaveLength(3);
    for (const days of [75, 83, 89]) await world.lookAt(used + 120 + days + soon);
    expect(await world.isDeleted(id)).toBe(false);
    expect(await world.toldDays(id)).toHaveLength(6);
    await world.lookAt(used + 120 + 90 + 2 * soon);
    expect(await world.isDeleted(id)).toBe(true);
  });

  test('is erased after that: only its record, its client_ids and its audit events are left', async () => {
    const used = newDay();
    const { instance } = world;
    world.setDay(used);
    const { client, secret, grant } = await instance.addClient();
    const { id, clientId } = client;
    await instance.query('UPDATE clients SET created_at = $2 WHERE id = $1', [
      id,
      world.timeOf(used),
    ]);
    const nowSeconds = world.timeOf(used).getTime() / 1000;
    await instance.ledger.noteUse({ client, secret, address: '192.0.2.1', nowSeconds });
    instance.ledger.noteToken(client, grant, grant.scopes, nowSeconds);
    await instance.flushAll();
    for (const days of [75, 83, 89, 90]) await world.lookAt(used + days + soon);
    const rowsOf = async (table: string) =>
      (await instance.query(`SELECT FROM ${table} WHERE client_record_id = $1`, [id])).length;
    await world.lookAt(used + 120);
    expect(await rowsOf('client_secrets')).toBe(1);
    await world.lookAt(used + 120 + 2 * soon);
    for (const table of ['client_secrets', 'client_secret_uses', 'grants', 'grant_scopes']) {
      expect([table, await rowsOf(table)]).toEqual([table, 0]);
    }
    expect(
      await instance.query('SELECT client_id FROM client_identifiers WHERE client_record_id = $1', [
        id,
      ]),
    ).toEqual([{ client_id: clientId }]);
    expect(
      await instance.query('SELECT name, description FROM clients WHERE id = $1', [id]),
    ).toEqual([{ name: 'Erased client', description: '' }]);
    // What was issued stays counted.
    expect(await rowsOf('token_usage')).toBeGreaterThan(0);
    expect((await world.eventsOf(id)).map(({ action }) => action)).toEqual([
      'client.inactivity_noticed',
      'client.inactivity_noticed',
      'client.inactivity_noticed',
      'client.deleted',
      'client.erased',
    ]);
    // Also when the clock goes back.
    world.setDay(used + 100);
    await expect(world.clients.restore(world.operator, id)).rejects.toThrow('client');
  });

  test('the database itself refuses a deletion that nobody was told of, or too late', async () => {
    const id = await world.add(newDay());
    const deleteNow = (told: string) =>
      world.instance.database.dataSource.query(
        `UPDATE clients SET active = false, deleted_at = now(), deleted_because = 'inactivity',
                inactivity_noticed_at = ARRAY[${told}]::timestamptz[] WHERE id = $1`,
        [id],
      );
    const daysAgo = (...days: number[]) =>
      days.map((ago) => `now() - interval '${ago} days'`).join(', ');
    for (const told of [[], [15], [15, 7], [14, 7, 1], [15, 6, 1], [15, 7, 0]]) {
      await expect(deleteNow(daysAgo(...told))).rejects.toThrow('clients_told_before_deletion');
    }
    await deleteNow(daysAgo(15, 7, 1));
    expect(await world.isDeleted(id)).toBe(true);
  });

  test('what a person deleted is erased as well, 30 days later', async () => {
    const used = newDay();
    const id = await world.add(used);
    world.setDay(used + 1);
    await world.clients.delete(world.operator, id, undefined);
    await world.lookAt(used + 31 - soon);
    expect(await world.eventsOf(id)).toMatchObject([{ action: 'client.deleted' }]);
    await world.lookAt(used + 31 + soon);
    expect(await world.eventsOf(id)).toMatchObject([{}, { action: 'client.erased' }]);
  });
});
