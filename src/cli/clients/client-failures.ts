/** `latchkey clients failures`: the true reasons of refusals, which a 401 does not tell. */
import type { AdminClient } from '../remote/admin-client.ts';
import { findClient } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTable, formatTime } from '../terminal/text-table.ts';
import { clientFailureSchema, listedFailureSchema } from '../remote/wire-records.ts';

/** No more are kept. */
const failuresMax = 50;

/** Without a client: of all of them. */
export async function listFailures(
  terminal: Terminal,
  reference: string | undefined,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  if (reference === undefined) return listAllFailures(terminal, admin, options);
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

async function listAllFailures(
  terminal: Terminal,
  admin: AdminClient,
  options: RemoteOptions,
): Promise<void> {
  const listing = await admin.list('/failures', listedFailureSchema, {}, failuresMax);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((failure) => [
    formatTime(failure.occurred_at),
    failure.client_name,
    failure.reason,
    failure.secret_hint ?? '–',
    failure.address,
    failure.request_id,
  ]);
  const head = ['TIME', 'CLIENT', 'REASON', 'SECRET', 'FROM', 'REQUEST ID'];
  if (rows.length === 0) terminal.print('No client was refused lately.');
  else terminal.print(...formatTable(head, rows));
}
