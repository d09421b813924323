/** `latchkey clients list` and `show`. */
import { summarizeScopes } from '../apis-command.ts';
import { printList, requireOneState } from '../terminal/listing.ts';
import { formatDuration } from '../terminal/option-values.ts';
import { findClient, findPlaces } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTime } from '../terminal/text-table.ts';
import { clientSchema, type ClientRecord } from '../remote/wire-records.ts';

export interface ClientListOptions extends RemoteOptions {
  search?: string;
  organization?: string;
  location?: string;
  api?: string;
  active?: boolean;
  inactive?: boolean;
  deleted?: boolean;
  limit: number;
}

export async function listClients(terminal: Terminal, options: ClientListOptions): Promise<void> {
  const state = requireOneState(options);
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...(options.search === undefined ? {} : { q: options.search }),
    ...(options.api === undefined ? {} : { api: options.api }),
    ...state,
    ...(options.deleted ? { deleted: 'true' } : {}),
    ...(await findPlaces(admin, options)),
  };
  const listing = await admin.list('/clients', clientSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((client) => [
    client.name,
    client.client_id,
    describeState(client),
    client.location ?? client.organization,
    client.grants.map(({ api, scopes }) => `${api} (${summarizeScopes(scopes)})`).join(', ') ||
      'none',
    formatTime(client.created_at),
    formatTime(client.last_used_at),
    formatTime(options.deleted ? client.restorable_until : client.deletes_at),
    client.id,
  ]);
  printList(terminal, {
    noun: 'client',
    origin: '"clients create" registers one',
    filters,
    head: [
      'NAME',
      'CLIENT_ID',
      'STATE',
      'OF',
      'GRANTS',
      'CREATED',
      'LAST USED',
      options.deleted ? 'RESTORABLE UNTIL' : 'WILL BE DELETED',
      'ID',
    ],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--search',
  });
}

export async function showClient(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  if (options.json) return terminal.printJson(client);
  terminal.print(...describeClient(client));
}

export function describeClient(client: ClientRecord): string[] {
  const lifetime = client.access_token_lifetime_seconds;
  return formatFields([
    ['name', client.name],
    ['client_id', client.client_id],
    ['state', describeState(client)],
    ['description', client.description || null],
    ['organization', client.organization],
    ['location', client.location],
    ...client.grants.map(
      (grant) =>
        [
          grant.default ? 'grant (default)' : 'grant',
          `${grant.api}: ${grant.scopes.join(' ')}`,
        ] as const,
    ),
    ['lifetime', lifetime === null ? null : `access tokens of at most ${formatDuration(lifetime)}`],
    ['created', formatTime(client.created_at)],
    ['last used', client.last_used_at === null ? 'never' : formatTime(client.last_used_at)],
    [
      'will be deleted',
      client.deletes_at === null
        ? null
        : `${formatTime(client.deletes_at)}, unless it is used before or exempt from inactivity`,
    ],
    ['id', client.id],
  ]);
}

function describeState({ active }: ClientRecord): string {
  return active ? 'active' : 'INACTIVE';
}
