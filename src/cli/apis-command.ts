/** `latchkey apis`: resource servers and the scopes they define. */
import { Command } from 'commander';
import { CliError, exitCodes } from './terminal/cli-error.ts';
import { addYesOption, requireYes, type ConfirmationOptions } from './terminal/confirmation.ts';
import { printList } from './terminal/listing.ts';
import { findApi } from './remote/record-reference.ts';
import {
  collect,
  formatDuration,
  parseCount,
  parseDuration,
  parseText,
} from './terminal/option-values.ts';
import {
  addCreationOptions,
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type CreationOptions,
  type RemoteOptions,
} from './remote/remote-command.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatFields, formatTime } from './terminal/text-table.ts';
import { apiSchema, type ApiRecord } from './remote/wire-records.ts';

interface CreateOptions extends CreationOptions {
  identifier: string;
  name: string;
  scope?: string[];
  lifetime?: number;
  signingAlg?: string;
  tokenTyp?: string;
}

interface UpdateOptions extends RemoteOptions {
  name?: string;
  scope?: string[];
  dropScope?: string[];
  lifetime?: number;
  signingAlg?: string;
  tokenTyp?: string;
  introspectionClient?: string[];
  introspectionClients?: boolean;
}

interface DeleteOptions extends RemoteOptions, ConfirmationOptions {}

const referenceText = 'identifier or record id';

interface ListOptions extends RemoteOptions {
  search?: string;
  limit: number;
}

export function apisCommand(terminal: Terminal): Command {
  const apis = new Command('apis').description('register and look after APIs (resource servers)');
  addExamples(
    addCreationOptions(apis.command('create'))
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
  addExamples(
    addRemoteOptions(apis.command('show'))
      .description('show an API and its scopes')
      .argument('<api>', referenceText)
      .action((reference: string, options: RemoteOptions) => showApi(terminal, reference, options)),
    'apis show https://orders.example.com',
  );
  addExamples(
    addRemoteOptions(apis.command('update'))
      .description('change an API; its identifier never changes')
      .argument('<api>', referenceText)
      .option('--name <name>', 'what people call it')
      .option(
        '--scope <value>',
        'add a scope, or describe one anew: "value" or "value description"; repeat it',
        collect,
      )
      .option(
        '--drop-scope <value>',
        'remove a scope, from every client that is granted it as well; repeat it',
        collect,
      )
      .option('--lifetime <duration>', 'of its access tokens: 60s to 24h', parseDuration)
      .option('--signing-alg <alg>', 'ES256, RS256, PS256 or EdDSA')
      .option('--token-typ <typ>', 'at+jwt, or JWT where the validator refuses it')
      .option(
        '--introspection-client <client>',
        'record id or client_id of a client that may introspect its tokens, instead of those so far; repeat it',
        collect,
      )
      .option('--no-introspection-clients', 'nobody may')
      .action((reference: string, options: UpdateOptions) =>
        updateApi(terminal, reference, options),
      ),
    'apis update https://orders.example.com --scope "orders:delete Delete orders" --drop-scope orders:purge',
  );
  addExamples(
    addYesOption(addRemoteOptions(apis.command('delete')))
      .description('delete an API that no client is granted; its identifier is never used again')
      .argument('<api>', referenceText)
      .action((reference: string, options: DeleteOptions) =>
        deleteApi(terminal, reference, options),
      ),
    'apis delete https://orders.example.com --yes',
  );
  return addExamples(apis, 'apis list');
}

async function createApi(terminal: Terminal, options: CreateOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const body = {
    identifier: options.identifier,
    name: options.name,
    scopes: (options.scope ?? []).map(parseScope),
    ...(options.lifetime === undefined ? {} : { access_token_lifetime_seconds: options.lifetime }),
    ...(options.signingAlg === undefined ? {} : { signing_alg: options.signingAlg }),
    ...(options.tokenTyp === undefined ? {} : { token_typ: options.tokenTyp }),
  };
  const api = await admin.create('/apis', apiSchema, body, options.idempotencyKey);
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
    ['name', api.name],
    ['scopes', api.scopes.map(({ value }) => value).join(' ') || 'none'],
    [
      'access tokens',
      `${api.signing_alg}, ${api.token_typ}, good for ${formatDuration(api.access_token_lifetime_seconds)}`,
    ],
    ['introspection clients', api.introspection_clients.join(' ') || null],
    ['id', api.id],
  ]);
}

async function showApi(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const api = await findApi(admin, reference);
  if (options.json) return terminal.printJson(api);
  terminal.print(...describeApi(api));
}

async function updateApi(
  terminal: Terminal,
  reference: string,
  options: UpdateOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const path = `/apis/${(await findApi(admin, reference)).id}`;
  // What was read decides what is sent: a change in between is not undone.
  const { record, etag } = await admin.getTagged(path, apiSchema);
  const { introspectionClient, introspectionClients } = options;
  const changes = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.scope || options.dropScope ? { scopes: changeScopes(record, options) } : {}),
    ...(options.lifetime === undefined ? {} : { access_token_lifetime_seconds: options.lifetime }),
    ...(options.signingAlg === undefined ? {} : { signing_alg: options.signingAlg }),
    ...(options.tokenTyp === undefined ? {} : { token_typ: options.tokenTyp }),
    ...(introspectionClient === undefined ? {} : { introspection_clients: introspectionClient }),
    ...(introspectionClients === false ? { introspection_clients: [] } : {}),
  };
  if (Object.keys(changes).length === 0) {
    throw new CliError(exitCodes.usage, ['name something to change: see "apis update --help"']);
  }
  const api = await admin.patch(path, apiSchema, changes, etag);
  if (options.json) return terminal.printJson(api);
  terminal.print(`Changed ${api.name}.`, '', ...describeApi(api));
}

function changeScopes(
  { identifier, scopes }: ApiRecord,
  { scope = [], dropScope = [] }: UpdateOptions,
): object[] {
  const unknown = dropScope.filter((dropped) => !scopes.some(({ value }) => value === dropped));
  if (unknown.length > 0) {
    throw new CliError(exitCodes.refused, [`${identifier} has no scope ${unknown.join(', ')}`]);
  }
  const named = scope.map(parseScope);
  const kept = scopes.filter(({ value }) => !dropScope.includes(value));
  return [
    ...kept.map((before) => ({ ...before, ...named.find(({ value }) => value === before.value) })),
    ...named.filter(({ value }) => !kept.some((before) => before.value === value)),
  ];
}

async function deleteApi(
  terminal: Terminal,
  reference: string,
  options: DeleteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const api = await findApi(admin, reference);
  const question = `Delete ${api.name} (${api.identifier})? Its identifier is never used again.`;
  await requireYes(terminal, options, question, 'nothing was deleted');
  await admin.delete(`/apis/${api.id}`);
  if (options.json) return terminal.printJson({ id: api.id, deleted: true });
  terminal.print(`Deleted ${api.name} (${api.identifier}).`);
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
  printList(terminal, {
    noun: 'API',
    origin: '"apis create" registers one',
    filters,
    head: ['NAME', 'IDENTIFIER', 'SCOPES', 'ALG', 'CREATED', 'ID'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--search',
  });
}

const scopesShownMax = 4;

/** All of a few; of many, how many. */
export function summarizeScopes(scopes: readonly string[]): string {
  if (scopes.length > scopesShownMax) return `${scopes.length} scopes`;
  return scopes.join(' ') || 'none';
}
