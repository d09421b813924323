/** Before the rounds every client is remembered; after them it is seen what that takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { AdminApi } from '../test/support/admin-api.ts';
import type { HelperProcess } from './benchmark-process.ts';
import type { Memory } from './benchmark-result.ts';
import { reportClients, type Contestant } from './contestants.ts';
import type { Roll, RollResult } from './roll-call.ts';

const clientsPerRoll = 20_000;
const looksMax = 2_000;
const patienceMillis = 200;

/** Asks once for a token of each of its clients. */
export async function warmClients(
  { plan, issuer }: Contestant,
  loadGenerator: HelperProcess,
  options: { connections: number; progress: (line: string) => void },
): Promise<void> {
  const { connections, progress } = options;
  const report = reportClients(plan, 'asked for', progress);
  for (let from = 0; from < plan.clients; from += clientsPerRoll) {
    const to = Math.min(from + clientsPerRoll, plan.clients);
    const roll: Roll = { kind: 'roll', issuer, connections, from, to };
    const { tokens, refusals } = await loadGenerator.ask<RollResult>(roll);
    if (tokens !== to - from) {
      throw new Error(
        `${plan.name} knows ${tokens} of ${to - from} clients, other answers by status ${JSON.stringify(refusals)}`,
      );
    }
    report(to);
  }
}

/** What is remembered, without what was counted since it was last stored. */
export async function measureMemory({ server, latchkey }: Contestant): Promise<Memory | null> {
  if (latchkey === undefined) return null;
  await untilUsesAreStored(latchkey.admin, latchkey.databaseUrl);
  const { heapBytes, bufferBytes } = await server.report('collected');
  return { heapBytes, bufferBytes };
}

/** Whoever asks for the usage has what was counted stored first, two thousand clients at a time. */
async function untilUsesAreStored(admin: AdminApi, databaseUrl: string): Promise<void> {
  const connection = new pg.Client({ connectionString: databaseUrl });
  await connection.connect();
  const countBatches = async () => {
    const { rows } = await connection.query<{ count: string }>(
      'SELECT count(*) FROM usage_receipts',
    );
    return rows[0]?.count;
  };
  try {
    // It may be too old by now.
    admin.forgetToken();
    let stored = await countBatches();
    for (let look = 1; look <= looksMax; look += 1) {
      // A day on which nothing happened: nothing is summed up.
      const { status } = await admin.request('/usage?from=2000-01-01&to=2000-01-01');
      const storedNow = await countBatches();
      if (status === 200 && storedNow === stored) return;
      if (status !== 200) await sleep(patienceMillis);
      stored = storedNow;
    }
    throw new Error('what was counted of uses could not be stored');
  } finally {
    await connection.end();
  }
}
