/** `latchkey access`: who holds access, and when it was used last. */
import { Command } from 'commander';
import { summarizeScopes } from '../apis-command.ts';
import { printList, requireOneState } from '../terminal/listing.ts';
import { parseCount, parseText } from '../terminal/option-values.ts';
import { findPlaces, placeText } from '../remote/record-reference.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTime } from '../terminal/text-table.ts';
import { accessHolderSchema } from '../remote/wire-records.ts';

interface ListOptions extends RemoteOptions {
  search?: string;
  organization?: string;
  location?: string;
  active?: boolean;
  inactive?: boolean;
  limit: number;
}

export function accessCommand(terminal: Terminal): Command {
  const access = new Command('access').description('see everybody who holds access, in one list');
  addExamples(
    addRemoteOptions(access.command('list'))
      .description('list everybody who holds access, used last first')
      .option('--search <text>', 'only those whose name or client_id contains it', parseText)
      .option('--organization <organization>', `only those of one: ${placeText}`)
      .option(
        '--location <location>',
        `only those of one: ${placeText}; "any": of locations, "none": of organizations themselves`,
      )
      .option('--active', 'only active ones')
      .option('--inactive', 'only inactive ones')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listAccess(terminal, options)),
    'access list --location "Harbour Street"',
  );
  return addExamples(access, 'access list');
}

async function listAccess(terminal: Terminal, options: ListOptions): Promise<void> {
  const state = requireOneState(options);
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...state,
    ...(options.search === undefined ? {} : { q: options.search }),
    ...(await findPlaces(admin, options)),
  };
  const listing = await admin.list('/access', accessHolderSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((holder) => [
    holder.name,
    holder.kind,
    holder.active ? 'active' : 'INACTIVE',
    holder.location ?? holder.organization,
    holder.grants.map(({ api, scopes }) => `${api} (${summarizeScopes(scopes)})`).join(', ') ||
      'none',
    formatTime(holder.last_used_at),
    holder.id,
  ]);
  printList(terminal, {
    noun: 'client or member with access',
    filters,
    head: ['NAME', 'KIND', 'STATE', 'OF', 'HOLDS', 'LAST USED', 'ID'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--search',
  });
}
