/** Writes what was counted in memory, once, however often it has to be tried. */
import type { DataSource } from 'typeorm';
import { StoreUnavailable } from '../../model/store-unavailable.ts';
import { ClientFailureStore } from './client-failure-store.ts';
import { callDatabase, isRepeatable } from '../database/database-fault.ts';
import { NoticeStore } from './notice-store.ts';
import { RefusedAttemptStore } from './refused-attempt-store.ts';
import { UseStore, type UseCounts } from './use-store.ts';

const attemptsMax = 4;

export interface UseRecords {
  readonly uses: UseStore;
  readonly clientFailures: ClientFailureStore;
  readonly notices: NoticeStore;
  readonly refusedAttempts: RefusedAttemptStore;
}

export async function countOnce(
  dataSource: DataSource,
  receipt: string,
  work: (records: UseRecords) => Promise<void>,
): Promise<void> {
  await repeatDeadlocks(() =>
    dataSource.transaction(async (manager) => {
      const uses = new UseStore(manager);
      if (!(await uses.claimReceipt(receipt))) return;
      const clientFailures = new ClientFailureStore(manager);
      const notices = new NoticeStore(manager);
      await work({
        uses,
        clientFailures,
        notices,
        refusedAttempts: new RefusedAttemptStore(manager),
      });
    }),
  );
}

export async function storeUses(
  dataSource: DataSource,
  clients: UseCounts['clients'],
): Promise<void> {
  await repeatDeadlocks(() => new UseStore(dataSource.manager).moveClientsForward(clients));
}

async function repeatDeadlocks(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await callDatabase(work);
    } catch (error) {
      if (!isRepeatable(error)) throw error;
      if (attempt === attemptsMax) throw new StoreUnavailable(error);
    }
  }
}
