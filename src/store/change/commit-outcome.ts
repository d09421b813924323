/** What became of a change whose connection broke while it was being committed: found out, not guessed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { ChangeOutcomeUnknown } from '../../model/store-unavailable.ts';
import { callDatabase, isUnavailable } from '../database/database-fault.ts';

/** A database that cannot be asked for longer is away; what waits for the change must be answered. */
const askingMillisMax = 700;
const askAgainMillis = 25;

/**
 * Whether the change with this audit event was committed. Whoever asks waits for the row that every change
 * holds until its end, so an answer is final: no COMMIT can still be on its way. Throws ChangeOutcomeUnknown
 * when the database cannot be asked.
 */
export async function isCommitted(dataSource: DataSource, eventId: string): Promise<boolean> {
  const deadline = new AbortController();
  const tooLate = sleep(askingMillisMax, undefined, { signal: deadline.signal }).then(() => {
    throw new ChangeOutcomeUnknown(new Error('the database could not be asked in time'));
  });
  try {
    return await Promise.race([askUntilAnswered(dataSource, eventId, deadline.signal), tooLate]);
  } finally {
    deadline.abort();
    tooLate.catch(() => undefined);
  }
}

async function askUntilAnswered(
  dataSource: DataSource,
  eventId: string,
  deadline: AbortSignal,
): Promise<boolean> {
  for (;;) {
    try {
      return await callDatabase(() => ask(dataSource, eventId));
    } catch (error) {
      if (!isUnavailable(error) || deadline.aborted) throw error;
    }
    await sleep(askAgainMillis);
  }
}

async function ask(dataSource: DataSource, eventId: string): Promise<boolean> {
  return dataSource.transaction('READ COMMITTED', async (manager) => {
    await manager.query('SELECT FROM registry_state FOR SHARE');
    // A statement of its own, which sees what the wait was for.
    const found = await manager.query<unknown[]>('SELECT 1 FROM audit_events WHERE id = $1', [
      eventId,
    ]);
    return found.length > 0;
  });
}
