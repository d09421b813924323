/** `latchkey audit`: every change, who made it, and whether the log of it is still what was written. */
import { Command } from 'commander';
import { z } from 'zod';
import { exportAudit } from './audit-export-file.ts';
import { verifyAudit, withFile, type AuditVerifyOptions } from './audit-verification.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { noteMore, printList } from '../terminal/listing.ts';
import { parseCount, parseText, parseTime } from '../terminal/option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTable, formatTime } from '../terminal/text-table.ts';
import { pageSchema } from '../remote/wire-records.ts';

const listLimitDefault = 50;

interface FilterOptions extends RemoteOptions {
  action?: string;
  actor?: string;
  target?: string;
  organization?: string;
  location?: string;
  from?: string;
  until?: string;
}

interface RefusalOptions extends RemoteOptions {
  actor?: string;
  kind?: string;
  limit: number;
}

interface ListOptions extends FilterOptions {
  limit: number;
}

const eventSchema = z.looseObject({
  sequence: z.number(),
  id: z.string(),
  occurred_at: z.string(),
  action: z.string(),
  actor: z.object({ type: z.string(), id: z.string(), name: z.string() }),
  credential: z
    .object({ type: z.string(), id: z.string().nullable(), token: z.string().nullable() })
    .nullable(),
  target: z.object({ type: z.string(), id: z.string() }),
  organization: z.string().nullable(),
  location: z.string().nullable(),
  details: z.record(z.string(), z.unknown()),
  request_id: z.string(),
  address: z.string().nullable(),
  // An older server does not say.
  user_agent: z.string().nullable().optional(),
});

const refusedAttemptsSchema = z.looseObject({
  kind: z.string(),
  actor: z.object({ type: z.string(), id: z.string(), name: z.string() }).nullable(),
  operation: z.string(),
  count: z.number(),
  last_occurred_at: z.string(),
  network: z.string(),
  last_address: z.string(),
  last_request_id: z.string(),
});

const keySchema = z.looseObject({
  kid: z.string(),
  first_event: z.number(),
  created_at: z.string(),
});

export function auditCommand(terminal: Terminal): Command {
  const audit = new Command('audit').description('read, verify and export the audit log');
  addExamples(
    addFilterOptions(addRemoteOptions(audit.command('list')))
      .description('list what was changed, newest first')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listEvents(terminal, options)),
    'audit list --action client.deleted --from 2026-11-01',
  );
  addExamples(
    addRemoteOptions(audit.command('show'))
      .description('show one event: who, with which credential, from where, before and after')
      .argument('<event>', 'its number or record id: see "audit list"', parseText)
      .action((event: string, options: RemoteOptions) => showEvent(terminal, event, options)),
    'audit show 42',
  );
  addExamples(
    addRemoteOptions(audit.command('verify'))
      .description(
        'check that the log is what was written: nothing edited, removed, added or put in another order',
      )
      .argument('[file]', 'an export, checked without any server ("-": standard input)', parseText)
      .option('--file <file>', 'the same', parseText)
      .option(
        '--checkpoint <file>',
        'checkpoints that you have kept: lines of the server log, or an older export; the log must contain what they have seen',
      )
      .option('--key <kid>', 'with a file: an audit key that you know, see "audit keys"', parseText)
      .action((file: string | undefined, options: AuditVerifyOptions) =>
        verifyAudit(terminal, withFile(file, options)),
      ),
    'audit verify',
    'audit verify audit.ndjson --checkpoint server.log',
  );
  addExamples(
    addFilterOptions(addRemoteOptions(audit.command('export')))
      .description(
        'write the log to a file that verifies without any server; with a filter, what is missing does not show',
      )
      .argument('<file>', 'a new file, which only you can read ("-": standard output)', parseText)
      .option('--force', 'replace the file')
      .action((file: string, options: FilterOptions & { force?: boolean }) =>
        exportAudit(terminal, file, toFilters(options), options),
      ),
    'audit export audit.ndjson',
  );
  addExamples(
    addRemoteOptions(audit.command('keys'))
      .description('list the keys that sign audit events')
      .action((options: RemoteOptions) => listKeys(terminal, options)),
    'audit keys',
  );
  addExamples(
    addRemoteOptions(audit.command('rotate-key'))
      .description('sign audit events with another key from now on')
      .action((options: RemoteOptions) => rotateKey(terminal, options)),
    'audit rotate-key',
  );
  addExamples(
    addRemoteOptions(audit.command('refusals'))
      .description('list who tried to sign in, or to do what they may not, newest first')
      .option('--actor <id>', 'record id of who tried', parseText)
      .option('--kind <kind>', 'sign_in, unauthenticated or forbidden', parseText)
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: RefusalOptions) => listRefusals(terminal, options)),
    'audit refusals --kind forbidden',
  );
  return addExamples(audit, 'audit list');
}

function addFilterOptions(command: Command): Command {
  return command
    .option('--action <action>', 'such as client.created', parseText)
    .option('--actor <id>', 'record id of who did it', parseText)
    .option('--target <id>', 'record id of what it was done to', parseText)
    .option('--organization <id>', 'record id: only its own', parseText)
    .option('--location <id>', 'record id: only its own', parseText)
    .option('--from <time>', 'not before this day or time in UTC', parseTime)
    .option('--until <time>', 'before this day or time in UTC', parseTime);
}

function toFilters(options: FilterOptions): Record<string, string> {
  const { action, actor, target, organization, location, from, until } = options;
  return Object.fromEntries(
    Object.entries({ action, actor, target, organization, location, from, until }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}

async function listEvents(terminal: Terminal, options: ListOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters = toFilters(options);
  const listing = await admin.list('/audit-events', eventSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((event) => [
    String(event.sequence),
    formatTime(event.occurred_at),
    event.action,
    event.target.id,
    event.actor.name,
    event.address ?? '–',
  ]);
  printList(terminal, {
    noun: 'audit event',
    filters,
    head: ['EVENT', 'WHEN', 'ACTION', 'TARGET', 'BY', 'FROM'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--from and --until',
  });
}

async function showEvent(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const query = new URLSearchParams({ event: reference });
  const { data } = await admin.get(`/audit-events?${query.toString()}`, pageSchema(eventSchema));
  const [event] = data;
  if (event === undefined) {
    throw new CliError(exitCodes.refused, [
      `there is no audit event ${reference}, or it is not yours to see`,
    ]);
  }
  if (options.json) return terminal.printJson(event);
  const { credential } = event;
  terminal.print(
    ...formatFields([
      ['event', String(event.sequence)],
      ['id', event.id],
      ['when', formatTime(event.occurred_at)],
      ['action', event.action],
      ['target', `${event.target.type} ${event.target.id}`],
      ['by', `${event.actor.type} ${event.actor.name} (${event.actor.id})`],
      ['with', credential && [credential.type, credential.id].filter(Boolean).join(' of ')],
      ['from', event.address],
      ['program', event.user_agent ?? null],
      ['request_id', event.request_id],
      ['organization', event.organization],
      ['location', event.location],
      ...Object.entries(event.details).map(
        ([name, value]) => [name, JSON.stringify(value)] as const,
      ),
    ]),
  );
}

async function listRefusals(terminal: Terminal, options: RefusalOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...(options.actor === undefined ? {} : { actor: options.actor }),
    ...(options.kind === undefined ? {} : { kind: options.kind }),
  };
  const path = '/refused-attempts';
  const listing = await admin.list(path, refusedAttemptsSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  if (listing.data.length === 0) {
    return terminal.print('Nobody was refused in the last 30 days, as far as you may see.');
  }
  const rows = listing.data.map((attempts) => [
    formatTime(attempts.last_occurred_at),
    attempts.kind,
    attempts.operation,
    String(attempts.count),
    attempts.actor?.name ?? 'nobody known',
    attempts.last_address,
    attempts.last_request_id,
  ]);
  terminal.print(
    ...formatTable(['LAST', 'REFUSED', 'OPERATION', 'TIMES', 'WHO', 'FROM', 'REQUEST'], rows),
  );
  noteMore(terminal, listing.next_cursor, options.limit, '--kind');
}

async function listKeys(terminal: Terminal, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const listing = await admin.get('/audit-keys', pageSchema(keySchema));
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((key) => [
    key.kid,
    String(key.first_event),
    formatTime(key.created_at),
  ]);
  terminal.print(...formatTable(['KID', 'SIGNS FROM EVENT', 'CREATED'], rows));
}

async function rotateKey(terminal: Terminal, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const key = await admin.post('/audit-keys/rotate', keySchema, {});
  if (options.json) return terminal.printJson(key);
  terminal.print(`The audit key ${key.kid} signs from event ${key.first_event} on.`);
}
