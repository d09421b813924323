/** How people name a record on the command line: by its record id, its public id, or a name only it has. */
import type { AdminClient } from './admin-client.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { clientSchema, type ClientRecord } from './wire-records.ts';

const recordIdPattern = /^client_[0-9A-Za-z]{22}$/;
const candidatesMax = 1000;

/** Throws when no client has it, or when several share the name: never a guess. */
export async function findClient(admin: AdminClient, reference: string): Promise<ClientRecord> {
  if (recordIdPattern.test(reference)) {
    const client = await admin.find(`/clients/${reference}`, clientSchema);
    if (client) return client;
  }
  const { data: candidates } = await admin.list(
    '/clients',
    clientSchema,
    { q: reference },
    candidatesMax,
  );
  const byClientId = candidates.find((client) => client.client_id === reference);
  if (byClientId) return byClientId;
  const [named, ...others] = candidates.filter(({ name }) => name === reference);
  if (named === undefined) throw unknown(reference, candidates);
  if (others.length > 0) throw ambiguous(reference, [named, ...others]);
  return named;
}

function unknown(reference: string, similar: readonly ClientRecord[]): CliError {
  return new CliError(exitCodes.refused, [
    `no client has the id, client_id or name "${reference}"`,
    ...(similar.length === 0 ? [] : ['Similar:', ...listed(similar)]),
  ]);
}

function ambiguous(reference: string, clients: readonly ClientRecord[]): CliError {
  return new CliError(exitCodes.refused, [
    `${clients.length} clients are called "${reference}": use the client_id of the one you mean`,
    ...listed(clients),
  ]);
}

const listedMax = 10;

function listed(clients: readonly ClientRecord[]): string[] {
  const lines = clients
    .slice(0, listedMax)
    .map((client) => `  ${client.client_id}  ${client.name}`);
  return clients.length > listedMax
    ? [...lines, `  and ${clients.length - listedMax} more`]
    : lines;
}
