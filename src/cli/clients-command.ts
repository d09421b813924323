/** `latchkey clients`: registered integrations and their state. */
import { Command } from 'commander';
import { summarizeScopes } from './apis-command.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { listFailures } from './client-failures.ts';
import {
  regenerateClient,
  restoreClient,
  updateClient,
  type RegenerateOptions,
  type UpdateOptions,
} from './client-changes.ts';
import { requireYesKnowingImpact, showImpact } from './client-impact.ts';
import { addYesOption, type ConfirmationOptions } from './confirmation.ts';
import { createClient, type ClientCreateOptions } from './client-creation.ts';
import { printList } from './listing.ts';
import { printOneOffToken, type OneOffTokenOptions } from './one-off-token.ts';
import {
  collect,
  collectScopes,
  formatDuration,
  parseCount,
  parseDelay,
  parseDuration,
  parseResource,
  parseText,
} from './option-values.ts';
import { printQuickStart, type QuickStartOptions } from './quick-start.ts';
import { findClient, findPlaces } from './record-reference.ts';
import {
  addExamples,
  addRemoteOptions,
  addSaveOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatFields, formatTime } from './text-table.ts';
import { clientSchema, type ClientRecord } from './wire-records.ts';

interface ListOptions extends RemoteOptions {
  search?: string;
  organization?: string;
  location?: string;
  api?: string;
  active?: boolean;
  inactive?: boolean;
  deleted?: boolean;
  limit: number;
}

interface TakingOptions extends RemoteOptions, ConfirmationOptions {}

export const placeText = 'record id, or a name only one has';
const referenceText = 'record id, client_id, or a name only one client has';

export function clientsCommand(terminal: Terminal): Command {
  const clients = new Command('clients').description('register and look after clients');
  addExamples(
    addSaveOptions(addRemoteOptions(clients.command('create')), 'the credential')
      .description('register a client; its secret is shown this once')
      .requiredOption('--name <name>', 'what people call it')
      .option(
        '--grant <api[=scope,scope]>',
        'an API and the scopes it may ask for; without scopes: all; repeat it',
        collect,
      )
      .option('--organization <organization>', `whose it is: ${placeText}`)
      .option('--location <location>', `of which it never gets beyond: ${placeText}`)
      .option('--description <text>', 'what it is for')
      .option(
        '--lifetime <duration>',
        "caps the API's lifetime of its access tokens",
        parseDuration,
      )
      .option('--inactive', 'register it without letting it fetch access tokens yet')
      .action((options: ClientCreateOptions) => createClient(terminal, options)),
    'clients create --name "Billing" --grant https://orders.example.com=orders:read --save billing.env',
  );
  addExamples(
    addRemoteOptions(clients.command('list'))
      .description('list clients, newest first, and when those that nobody uses will be deleted')
      .option(
        '--search <text>',
        'only those whose name, description or client_id contains it',
        parseText,
      )
      .option('--organization <organization>', `only those of one: ${placeText}`)
      .option(
        '--location <location>',
        `only those of one: ${placeText}; "any": of locations, "none": of organizations themselves`,
      )
      .option('--api <api>', 'only those that are granted it: identifier, or record id')
      .option('--active', 'only active ones')
      .option('--inactive', 'only inactive ones')
      .option('--deleted', 'what was deleted and can be restored, and until when')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listClients(terminal, options)),
    'clients list --inactive',
  );
  addExamples(
    addRemoteOptions(clients.command('show'))
      .description('show a client and what it is granted')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        showClient(terminal, reference, options),
      ),
    'clients show "Billing"',
  );
  addExamples(
    addRemoteOptions(clients.command('failures'))
      .description('list why a client was refused lately: the last 50 times, newest first')
      .argument('[client]', `${referenceText}; without one: all clients`)
      .action((reference: string | undefined, options: RemoteOptions) =>
        listFailures(terminal, reference, options),
      ),
    'clients failures "Billing"',
  );
  addExamples(
    addRemoteOptions(clients.command('impact'))
      .description('show what used a client in the last 30 days: what breaks when it goes')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        showImpact(terminal, reference, options),
      ),
    'clients impact "Billing"',
  );
  addExamples(
    addRemoteOptions(clients.command('update'))
      .description('change a client: what it is called, what it may ask for')
      .argument('<client>', referenceText)
      .option('--name <name>', 'what people call it')
      .option('--description <text>', 'what it is for; "" for nothing')
      .option(
        '--lifetime <duration>',
        "caps the API's lifetime of its access tokens",
        parseDuration,
      )
      .option('--no-lifetime', "the API's lifetime again")
      .option(
        '--grant <api[=scope,scope]>',
        'grant it an API, or more scopes of one; without scopes: all; repeat it',
        collect,
      )
      .option(
        '--revoke <api[=scope,scope]>',
        'take scopes of an API from it; without scopes: the API; repeat it',
        collect,
      )
      .option(
        '--replace-grants <api[=scope,scope]>',
        'grant it this, and nothing of what it had; repeat it',
        collect,
      )
      .option('--no-grants', 'grant it nothing')
      .option(
        '--location <location>',
        `move it there, which ends its access tokens: ${placeText}; "none": the organization's own again`,
      )
      .option('--exempt', 'keep it however long nobody uses it')
      .option('--no-exempt', 'let it be deleted when nobody uses it')
      .action((reference: string, options: UpdateOptions) =>
        updateClient(terminal, reference, options, describeClient),
      ),
    'clients update "Billing" --name "Billing (EU)" --no-lifetime',
    'clients update "Billing" --grant https://orders.example.com=orders:write --revoke https://parts.example.com',
  );
  addExamples(
    addYesOption(addSaveOptions(addRemoteOptions(clients.command('regenerate')), 'the credential'))
      .description(
        'a new secret in place of all others, or a new client_id as well; shown this once',
      )
      .argument('<client>', referenceText)
      .option('--client-id', 'also a new client_id, which changes the subject of its access tokens')
      .option(
        '--overlap <duration>',
        'how long the old credential still works, such as 24h (default: it ends at once)',
        parseDelay,
      )
      .option('--keep-tokens', 'leave the access tokens it has active')
      .action((reference: string, options: RegenerateOptions) =>
        regenerateClient(terminal, reference, options),
      ),
    'clients regenerate "Billing" --overlap 24h --save billing-new.env',
    'clients regenerate "Billing" --client-id --yes',
  );
  addExamples(
    addSaveOptions(
      addRemoteOptions(clients.command('token')),
      'the token',
      'let --save replace a file that holds anything but a token',
    )
      .description('make an access token of a client without its secret, to try something out')
      .argument('<client>', referenceText)
      .option(
        '--scope <scope>',
        'scopes to ask for; repeat it (default: everything granted)',
        collectScopes,
      )
      .option(
        '--resource <api>',
        "identifier of the API (default: the client's default API)",
        parseResource,
      )
      .action((reference: string, options: OneOffTokenOptions) =>
        printOneOffToken(terminal, reference, options),
      ),
    'clients token "Billing" --resource https://orders.example.com --scope orders:read',
  );
  addExamples(
    addYesOption(addRemoteOptions(clients.command('deactivate')))
      .description('stop a client at once: no more access tokens, and those it has become inactive')
      .argument('<client>', referenceText)
      .action((reference: string, options: TakingOptions) =>
        setActive(terminal, reference, false, options),
      ),
    'clients deactivate "Billing" --yes',
  );
  addExamples(
    addRemoteOptions(clients.command('activate'))
      .description('let a client fetch access tokens again')
      .argument('<client>', referenceText)
      .action((reference: string, options: RemoteOptions) =>
        setActive(terminal, reference, true, options),
      ),
    'clients activate "Billing"',
  );
  addExamples(
    addYesOption(addRemoteOptions(clients.command('delete')))
      .description('delete a client; it can be restored for 30 days')
      .argument('<client>', referenceText)
      .action((reference: string, options: TakingOptions) =>
        deleteClient(terminal, reference, options),
      ),
    'clients delete "Billing" --yes',
  );
  addExamples(
    addRemoteOptions(clients.command('restore'))
      .description('bring a deleted client back, within 30 days')
      .argument('<id>', 'record id, as "clients delete" and the audit events name it')
      .action((id: string, options: RemoteOptions) => restoreClient(terminal, id, options)),
    'clients restore client_4Xr9KpT1sGf6WqL0bNz3Jd',
  );
  addExamples(
    addRemoteOptions(clients.command('quick-start'))
      .description('show how to fetch an access token as a client, or validate one, in a language')
      .argument('<client>', referenceText)
      .option('--language <language>', 'curl, node, python, go or java', parseText, 'curl')
      .option('--validate', 'how the API validates a token, instead of how it is fetched')
      .action((reference: string, options: QuickStartOptions) =>
        printQuickStart(terminal, reference, options),
      ),
    'clients quick-start "Billing" --language python',
  );
  return addExamples(clients, 'clients list');
}

/** What is asked for of a list's active and inactive records. */
export function requireOneState(options: {
  active?: boolean;
  inactive?: boolean;
}): Record<string, string> {
  if (options.active && options.inactive) {
    throw new CliError(exitCodes.usage, ['--active and --inactive exclude each other']);
  }
  if (options.active) return { active: 'true' };
  return options.inactive ? { active: 'false' } : {};
}

async function listClients(terminal: Terminal, options: ListOptions): Promise<void> {
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

async function showClient(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  if (options.json) return terminal.printJson(client);
  terminal.print(...describeClient(client));
}

function describeClient(client: ClientRecord): string[] {
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

async function setActive(
  terminal: Terminal,
  reference: string,
  active: boolean,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const found = await findClient(admin, reference);
  const { id, name, client_id: clientId } = found;
  if (!active) {
    await requireYesKnowingImpact({ admin, terminal }, options, {
      client: found,
      question: `Deactivate ${name} (${clientId})? Every access token it has ends for good.`,
      refusal: 'nothing was deactivated',
    });
  }
  const client = await admin.patch(`/clients/${id}`, clientSchema, { active });
  if (options.json) return terminal.printJson(client);
  terminal.print(
    active
      ? `${client.name} (${client.client_id}) is active: it can fetch access tokens.`
      : `${client.name} (${client.client_id}) is inactive: it gets no access tokens, and those it has count no more where the server is asked.`,
  );
}

async function deleteClient(
  terminal: Terminal,
  reference: string,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const client = await findClient(admin, reference);
  const name = `${client.name} (${client.client_id})`;
  await requireYesKnowingImpact({ admin, terminal }, options, {
    client,
    question: `Delete ${name}? It gets no more access tokens.`,
    refusal: 'nothing was deleted',
  });
  await admin.delete(`/clients/${client.id}`);
  if (options.json) return terminal.printJson({ id: client.id, deleted: true });
  terminal.print(
    `Deleted ${name}. For 30 days "latchkey clients restore ${client.id}" brings it back.`,
  );
}
