/** `latchkey usage`: how many access tokens were issued, and which granted scopes nobody requests. */
import { Command, InvalidArgumentError } from 'commander';
import { noteMore } from './terminal/listing.ts';
import { parseCount, parseText } from './terminal/option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from './remote/remote-command.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatTable, formatTime } from './terminal/text-table.ts';
import { unusedScopeSchema, usageSchema } from './remote/wire-records.ts';

interface FilterOptions extends RemoteOptions {
  client?: string;
  api?: string;
  limit: number;
}

interface ShowOptions extends FilterOptions {
  scope?: string;
  from?: string;
  to?: string;
  by: string;
}

interface UnusedOptions extends FilterOptions {
  days?: number;
}

const dimensions = ['day', 'client', 'api', 'scope'] as const;

export function usageCommand(terminal: Terminal): Command {
  const usage = new Command('usage').description('count access tokens, find unused scopes');
  addExamples(
    addFilterOptions(addRemoteOptions(usage.command('show')))
      .description('count the access tokens of the last 30 days')
      .option('--scope <scope>', 'only tokens that have this scope', parseText)
      .option('--from <day>', 'first day in UTC, such as 2026-11-01', parseText)
      .option('--to <day>', 'last day in UTC (default: today)', parseText)
      .option('--by <dimensions>', dimensions.join(','), parseDimensions, 'client,api')
      .action((options: ShowOptions) => showUsage(terminal, options)),
    'usage show --by day,client --from 2026-11-01',
    'usage show --client lkc_0pR7vYc2MwE9xKj5TsB8aQ --by api,scope',
  );
  addExamples(
    addFilterOptions(addRemoteOptions(usage.command('unused-scopes')))
      .description('list scopes that are granted, and that nobody has requested in 90 days')
      .option('--days <number>', 'in so many days instead', parseCount)
      .action((options: UnusedOptions) => listUnused(terminal, options)),
    'usage unused-scopes --days 30',
  );
  return addExamples(usage, 'usage show', 'usage unused-scopes');
}

function addFilterOptions(command: Command): Command {
  return command
    .option('--client <client>', 'record id or client_id: only this one', parseText)
    .option('--api <api>', 'identifier or record id: only this one', parseText)
    .option('--limit <number>', 'how many lines at most', parseCount, listLimitDefault);
}

function parseDimensions(text: string): string {
  const unknown = text.split(',').filter((word) => !dimensions.some((each) => each === word));
  if (unknown.length === 0) return text;
  throw new InvalidArgumentError(
    `Use one or several of ${dimensions.join(', ')}, with commas between.`,
  );
}

function filtersOf({ client, api }: FilterOptions): Record<string, string> {
  return { ...(client === undefined ? {} : { client }), ...(api === undefined ? {} : { api }) };
}

async function showUsage(terminal: Terminal, options: ShowOptions): Promise<void> {
  const { scope, from, to, by } = options;
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...filtersOf(options),
    ...(scope === undefined ? {} : { scope }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    group_by: by,
    sort: by.split(',').includes('day') ? '-day' : '-tokens',
  };
  const listing = await admin.list('/usage', usageSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  if (listing.data.length === 0) return terminal.print('No access token was issued.');
  // A client is told by its name as well.
  const shown = dimensions
    .filter((dimension) => by.split(',').includes(dimension))
    .flatMap((dimension) =>
      dimension === 'client' ? (['client_name', 'client_id'] as const) : [dimension],
    );
  const cells = listing.data.map((row) => [
    ...shown.map((column) => row[column] ?? '–'),
    String(row.tokens),
  ]);
  const titles: Partial<Record<string, string>> = { client_name: 'NAME' };
  const head = [...shown.map((column) => titles[column] ?? column.toUpperCase()), 'TOKENS'];
  terminal.print(...formatTable(head, cells));
  noteMore(terminal, listing.next_cursor, options.limit, '--client or --api');
}

async function listUnused(terminal: Terminal, options: UnusedOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { days } = options;
  const filters = { ...filtersOf(options), ...(days === undefined ? {} : { days: String(days) }) };
  const listing = await admin.list(
    '/usage/unused-scopes',
    unusedScopeSchema,
    filters,
    options.limit,
  );
  if (options.json) return terminal.printJson(listing);
  if (listing.data.length === 0) {
    return terminal.print('Every scope that was granted by then has been requested.');
  }
  const rows = listing.data.map((unused) => [
    unused.client_name,
    unused.client_id,
    unused.api,
    unused.scope,
    formatTime(unused.granted_at),
    unused.last_requested_on ?? 'never',
  ]);
  terminal.print(
    ...formatTable(['NAME', 'CLIENT_ID', 'API', 'SCOPE', 'GRANTED', 'REQUESTED'], rows),
  );
  noteMore(terminal, listing.next_cursor, options.limit, '--client or --api');
}
