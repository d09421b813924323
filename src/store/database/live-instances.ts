/** Whether instances run on the database, for what must not be done beside one. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { obedienceMillisMax } from '../following/acknowledgement.ts';

const lookMillis = 50;

/**
 * A lease is alive when it is renewed, or is new, within the time that one lasts: a row alone may be what a
 * killed instance left, and clocks are not compared. So a yes comes soon, and a no after about a second
 * unless there is no lease at all. One that is frozen for so long is not seen.
 */
export async function hasLiveInstance(pool: pg.Pool): Promise<boolean> {
  const first = await readRenewals(pool);
  if (first.size === 0) return false;
  const until = performance.now() + obedienceMillisMax;
  while (performance.now() < until) {
    await sleep(lookMillis);
    for (const [id, renewals] of await readRenewals(pool)) {
      if (first.get(id) !== renewals) return true;
    }
  }
  return false;
}

async function readRenewals(pool: pg.Pool): Promise<Map<string, string>> {
  const { rows } = await pool.query<{ id: string; renewals: string }>(
    'SELECT instance_id AS id, renewals::text AS renewals FROM instance_leases',
  );
  return new Map(rows.map(({ id, renewals }) => [id, renewals]));
}
