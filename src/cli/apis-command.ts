/** `latchkey apis`: resource servers and the scopes they define. */
import { Command } from 'commander';
import { collect, formatDuration, parseCount, parseDuration, parseText } from './option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  noteMore,
  type RemoteOptions,
} from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatFields, formatTable, formatTime } from './text-table.ts';
import { apiSchema, type ApiRecord } from './wire-records.ts';

interface CreateOptions extends RemoteOptions {
  identifier: string;
  name: string;
  scope?: string[];
  lifetime?: number;
  signingAlg?: string;
  tokenTyp?: string;
}

interface ListOptions extends RemoteOptions {
  search?: string;
  limit: number;
}

export function apisCommand(terminal: Terminal): Command {
  const apis = new Command('apis').description('register and list APIs (resource servers)');
  addExamples(
    addRemoteOptions(apis.command('create'))
      .description('register an API and its scopes')
      .requiredOption('--identifier <uri>', 'its audience: an absolute URI that never changes')
      .requiredOption('--name <name>', 'what people call it')
      .option('--scope <value>', 'a scope, "value" or "value description"; repeat it', collect)
      .option(
        '--lifetime <duration>',
        'of its access tokens: 60s to 24h (default: 1h)',
        parseDuration,
      )
      .option('--signing-alg <alg>', 'ES256 (default), RS256, PS256 or EdDSA')
      .option('--token-typ <typ>', 'at+jwt (default), or JWT where the validator refuses it')
      .action((options: CreateOptions) => createApi(terminal, options)),
    'apis create --identifier https://orders.example.com --name Orders --scope orders:read --scope "orders:write Change orders"',
  );
  addExamples(
    addRemoteOptions(apis.command('list'))
      .description('list APIs, newest first')
      .option('--search <text>', 'only those whose name or identifier contains it', parseText)
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listApis(terminal, options)),
    'apis list --search orders',
  );
  return addExamples(apis, 'apis list');
}

async function createApi(terminal: Terminal, options: CreateOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const api = await admin.post('/apis', apiSchema, {
    identifier: options.identifier,
    name: options.name,
    scopes: (options.scope ?? []).map(parseScope),
    ...(options.lifetime === undefined ? {} : { access_token_lifetime_seconds: options.lifetime }),
    ...(options.signingAlg === undefined ? {} : { signing_alg: options.signingAlg }),
    ...(options.tokenTyp === undefined ? {} : { token_typ: options.tokenTyp }),
  });
  if (options.json) return terminal.printJson(api);
  terminal.print(`Registered the API ${api.name}.`, '', ...describeApi(api));
}

/** A scope has no spaces, so the first one ends it. */
function parseScope(option: string): { value: string; description?: string } {
  const [value = '', ...words] = option.trim().split(/\s+/);
  return { value, ...(words.length === 0 ? {} : { description: words.join(' ') }) };
}

function describeApi(api: ApiRecord): string[] {
  return formatFields([
    ['identifier', api.identifier],
    ['scopes', api.scopes.map(({ value }) => value).join(' ') || 'none'],
    [
      'access tokens',
      `${api.signing_alg}, good for ${formatDuration(api.access_token_lifetime_seconds)}`,
    ],
    ['id', api.id],
  ]);
}

async function listApis(terminal: Terminal, options: ListOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters = options.search === undefined ? {} : { q: options.search };
  const listing = await admin.list('/apis', apiSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((api) => [
    api.name,
    api.identifier,
    summarizeScopes(api.scopes.map(({ value }) => value)),
    api.signing_alg,
    formatTime(api.created_at),
    api.id,
  ]);
  terminal.print(...formatTable(['NAME', 'IDENTIFIER', 'SCOPES', 'ALG', 'CREATED', 'ID'], rows));
  noteMore(terminal, listing.next_cursor, options.limit);
}

const scopesShownMax = 4;

/** All of a few; of many, how many. */
export function summarizeScopes(scopes: readonly string[]): string {
  if (scopes.length > scopesShownMax) return `${scopes.length} scopes`;
  return scopes.join(' ') || 'none';
}
