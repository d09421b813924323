/** Removes rows that are too old to be kept, a few at a time: others wait behind them on an embedded database. */
import type { EntityManager } from 'typeorm';

const rowsAtOnceMax = 1_000;

/** False when nothing is left to remove. Table and column are literals of the code. */
export async function removeOlder(
  manager: EntityManager,
  table: string,
  column: string,
  limit: Date,
): Promise<boolean> {
  const [, deleted] = await manager.query<[unknown, number]>(
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE ${column} < $1 LIMIT ${rowsAtOnceMax} FOR UPDATE SKIP LOCKED))`,
    [limit],
  );
  return deleted === rowsAtOnceMax;
}
