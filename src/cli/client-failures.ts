/** `latchkey clients failures`: the true reasons of refusals, which a 401 does not tell. */
import { findClient } from './record-reference.ts';
import { connectAdmin, type RemoteOptions } from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatTable, formatTime } from './text-table.ts';
import { clientFailureSchema } from './wire-records.ts';

/** No more are kept. */
const failuresMax = 50;

export async function listFailures(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const path = `/clients/${client.id}/failures`;
  const listing = await admin.list(path, clientFailureSchema, {}, failuresMax);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((failure) => [
    formatTime(failure.occurred_at),
    failure.reason,
    failure.secret_hint ?? '–',
    failure.address,
    failure.request_id,
  ]);
  if (rows.length === 0) terminal.print(`${client.name} was not refused lately.`);
  else terminal.print(...formatTable(['TIME', 'REASON', 'SECRET', 'FROM', 'REQUEST ID'], rows));
}
