/** A year and more of moved time with thousands of clients: what the job did is what an independent model foretells. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CountingInstance } from '../usage/counting-instance.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { IdleClients } from './idle-clients.ts';
import { foretell, type Fate, type Life } from './inactivity-forecast.ts';

/** 10,000 of them in the long run. */
const clients = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '40') * 50;
const days = 400;
/** Uses are at a third of a day, restorations at a half: nothing is in the same moment as a look. */
const hourOfUse = 0.3;
const restoredAfter = 10.5;

/** The same numbers in every run with the same seed, which a failure names. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const seed = randomBytes(4).readUInt32BE();
const roll = dice(seed);

/** Most are used all the time, some fall asleep for ever, some for about as long as it takes. */
function makeLife(): Life {
  const createdAt = -roll(34) - 0.5;
  const uses: number[] = [];
  const kind = roll(1_000);
  let next = roll(40);
  const sleepsAt = kind < 30 ? roll(days) : Infinity;
  for (; next < days; next += 30 + roll(40)) {
    if (next > sleepsAt) {
      if (kind < 15) break;
      // Awake again: before, between and after the notices.
      next += 5 + roll(60);
    }
    if (next < days) uses.push(next + hourOfUse);
  }
  return { createdAt, uses, restoredAfter: roll(10) === 0 ? restoredAfter : null };
}

/** Every day, but for some that are missed, and one long pause. */
function makeLooks(): number[] {
  const pauseFrom = 150 + roll(100);
  return Array.from({ length: days }, (_, day) => day).filter(
    (day) => roll(30) !== 0 && (day < pauseFrom || day >= pauseFrom + 40),
  );
}

let world: IdleClients;
beforeAll(async () => {
  const url = await createDatabase();
  world = await IdleClients.begin(() => CountingInstance.open(url));
});
afterAll(() => world.instance.close());

async function seedClients(lives: readonly Life[]): Promise<string[]> {
  const ids = lives.map((_, index) => `client_${String(index).padStart(22, '0')}`);
  await world.instance.query(
    `INSERT INTO clients (id, organization_id, name, created_at)
     SELECT id, $3, 'Shop', created_at FROM unnest($1::text[], $2::timestamptz[]) given (id, created_at)`,
    [
      ids,
      lives.map(({ createdAt }) => world.timeOf(createdAt)),
      world.operator.principal.organizationId,
    ],
  );
  await world.instance.query(
    `INSERT INTO client_identifiers (client_id, client_record_id)
     SELECT replace(id, 'client_', 'lkc_'), id FROM unnest($1::text[]) given (id)`,
    [ids],
  );
  return ids;
}

const indexOf = (id: string) => Number(id.slice('client_'.length));

/** What happened to each, by the audit trail and by the notices, in whole days. */
async function readFates(): Promise<Map<number, Fate>> {
  const fates = new Map<number, Fate>();
  const rows = await world.instance.query<{ id: string; at: Date; what: keyof Fate }>(
    `SELECT target_id AS id, occurred_at AS at,
            CASE action WHEN 'client.deleted' THEN 'deletions' ELSE 'erasures' END AS what, sequence
       FROM audit_events WHERE action IN ('client.deleted', 'client.erased')
     UNION ALL
     SELECT parameters->>'client', first_occurred_at, 'notices', 0 FROM notices
      WHERE kind = 'client_inactive'
     ORDER BY at`,
  );
  for (const { id, at, what } of rows) {
    const fate = fates.get(indexOf(id)) ?? { notices: [], deletions: [], erasures: [] };
    fate[what].push(Math.floor(world.dayOf(at)));
    fates.set(indexOf(id), fate);
  }
  return fates;
}

// 2.5
test('every notice, deletion and erasure is where the model has it, and there are no others', async () => {
  const looks = makeLooks();
  const lives = Array.from({ length: clients }, makeLife);
  const ids = await seedClients(lives);
  const expected = new Map(
    lives
      .map((life, index) => [index, foretell(life, looks)] as const)
      .filter(([, { notices }]) => notices.length > 0),
  );
  const isRefused = (index: number, use: number) =>
    expected
      .get(index)
      ?.deletions.some(
        (deletion) =>
          use > deletion &&
          use < deletion + (lives[index]?.restoredAfter ?? Number.POSITIVE_INFINITY),
      ) ?? false;
  const usesOfDay = new Map<number, number[]>();
  lives.forEach((life, index) => {
    for (const use of life.uses) {
      if (isRefused(index, use)) continue;
      const day = Math.floor(use);
      usesOfDay.set(day, [...(usesOfDay.get(day) ?? []), index]);
    }
  });
  const restorations = new Map<number, number[]>();
  for (const [index, { deletions }] of expected) {
    for (const deletion of lives[index]?.restoredAfter === null ? [] : deletions) {
      const day = Math.floor(deletion + restoredAfter);
      restorations.set(day, [...(restorations.get(day) ?? []), index]);
    }
  }

  for (let day = 0; day < days; day += 1) {
    if (looks.includes(day)) await world.lookAt(day);
    const usedAt = world.timeOf(day + hourOfUse).getTime() / 1000;
    const uses = (usesOfDay.get(day) ?? []).map((index) => ({ id: ids[index] ?? '', usedAt }));
    if (uses.length > 0) await world.instance.store.storeUses(uses);
    world.setDay(day + 0.5);
    for (const index of restorations.get(day) ?? []) {
      await world.clients.restore(world.operator, ids[index] ?? '');
    }
  }

  const happened = await readFates();
  const steps = [...expected.values()].flatMap(({ notices, deletions }) => [notices, deletions]);
  // Not a year in which nothing happens.
  expect(steps.flat().length).toBeGreaterThan(clients / 20);
  const different = [...new Set([...expected.keys(), ...happened.keys()])].filter(
    (index) => JSON.stringify(expected.get(index)) !== JSON.stringify(happened.get(index)),
  );
  expect({
    seed,
    different: different.slice(0, 5).map((index) => ({
      life: lives[index],
      expected: expected.get(index),
      happened: happened.get(index),
    })),
  }).toEqual({ seed, different: [] });
}, 600_000);
