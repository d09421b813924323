/** Several instances on one database look after inactive clients at once, while these may be used. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Housekeeping } from '../../src/registry/housekeeping.ts';
import { Inactivity } from '../../src/registry/inactivity.ts';
import { CountingInstance } from '../usage/counting-instance.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { IdleClients, lookUntilDone } from './idle-clients.ts';

const soon = 1 / 48;
const clientsAtOnce = 12;

let world: IdleClients;
let others: CountingInstance[];

beforeAll(async () => {
  const url = await createDatabase();
  world = await IdleClients.begin(() => CountingInstance.open(url));
  others = [await CountingInstance.open(url), await CountingInstance.open(url)];
});
afterAll(async () => {
  await Promise.all(others.map((instance) => instance.close()));
  await world.instance.close();
});

/** All of them at the same moment, twice. */
async function lookTogether(day: number): Promise<void> {
  world.setDay(day);
  const instances = [world.instance, ...others];
  for (const instance of others) instance.offsetMillis = world.instance.offsetMillis;
  const looks = instances.flatMap(({ store }) => {
    const inactivity = new Inactivity({ store });
    return [lookUntilDone(inactivity), lookUntilDone(inactivity)];
  });
  await Promise.all(looks);
}

test('three instances tell each client of each step once, and delete it once', async () => {
  const ids: string[] = [];
  for (let n = 0; n < clientsAtOnce; n += 1) ids.push(await world.add(0));
  for (const days of [75, 83, 89, 90]) await lookTogether(days + soon);
  await lookTogether(120 + 2 * soon);
  for (const id of ids) {
    expect((await world.toldDays(id)).length).toBe(3);
    expect((await world.eventsOf(id)).map(({ action }) => action)).toEqual([
      'client.inactivity_noticed',
      'client.inactivity_noticed',
      'client.inactivity_noticed',
      'client.deleted',
      'client.erased',
    ]);
  }
});

test('of a use and a deletion at the same moment one wins: no used client is deleted', async () => {
  const used = 1_000;
  const ids: string[] = [];
  for (let n = 0; n < clientsAtOnce; n += 1) ids.push(await world.add(used));
  for (const days of [75, 83, 89]) await world.lookAt(used + days);
  const usedAt = world.timeOf(used + 90 + soon).getTime() / 1000;
  const [user] = others;
  if (!user) throw new Error('there is another instance');
  const uses = ids.map(async (id, index) => {
    // Some before, some in the middle of it.
    await new Promise((resolve) => setTimeout(resolve, index * 3));
    await user.store.storeUses([{ id, usedAt }]);
  });
  await Promise.all([world.lookAt(used + 90 + soon), ...uses]);
  const rows = await world.instance.query<{ deleted: boolean; told: number }>(
    `SELECT deleted_at IS NOT NULL AS deleted, cardinality(inactivity_noticed_at) AS told
       FROM clients WHERE id = ANY ($1)`,
    [ids],
  );
  // A deletion that came first stays one, with its notices; a use that came first has ended the countdown.
  for (const { deleted, told } of rows) expect(told).toBe(deleted ? 3 : 0);
  expect(rows).toHaveLength(clientsAtOnce);
  await world.lookAt(used + 91);
  for (const id of ids) {
    const told = (await world.eventsOf(id)).filter(({ action }) => action === 'client.deleted');
    expect(told.length).toBe((await world.isDeleted(id)) ? 1 : 0);
  }
});

// F-44
test('a job that is due is done by one instance, once after however long a sleep, and again after a clock that went back', async () => {
  let hours = 0;
  const done: number[] = [];
  const failures: unknown[] = [];
  const instances = [world.instance, ...others].map(
    ({ store }) =>
      new Housekeeping({
        store,
        jobs: [
          {
            name: 'test_job',
            everySeconds: 3600,
            work: async () => {
              done.push(hours);
              if (hours === 7) throw new Error('it fails');
            },
          },
        ],
        now: () => new Date(Date.UTC(2030, 0, 1, hours)),
        onError: (error) => failures.push(error),
      }),
  );
  for (const at of [0, 0.5, 1, 7, 500, 500.5, 3]) {
    hours = at;
    await Promise.all(instances.map((housekeeping) => housekeeping.look()));
  }
  expect(done).toEqual([0, 1, 7, 500, 3]);
  expect(failures).toEqual([new Error('it fails')]);
});
