/** `latchkey webhooks`: who is told of what happens, and what became of it. */
import { Command } from 'commander';
import type { AdminClient } from '../remote/admin-client.ts';
import { addYesOption, requireYes, type ConfirmationOptions } from '../terminal/confirmation.ts';
import { collectSelections, type EventSelection } from './event-selection.ts';
import { printList } from '../terminal/listing.ts';
import { findMember, memberText } from '../members/member-reference.ts';
import { parseCount, parseDelay, parseText } from '../terminal/option-values.ts';
import { findClient, findPlaces, placeText } from '../remote/record-reference.ts';
import {
  addCreationOptions,
  addExamples,
  addRemoteOptions,
  addSaveOptions,
  connectAdmin,
  listLimitDefault,
  type CreationOptions,
  type RemoteOptions,
  type SaveOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTime } from '../terminal/text-table.ts';
import { addDeliveryCommands } from './webhook-deliveries.ts';
import {
  describeEvents,
  describeLastDelivery,
  describeState,
  describeWebhook,
} from './webhook-description.ts';
import { withShownSecret } from './webhook-secret.ts';
import { listedWebhookSchema, shownWebhookSchema, webhookSchema } from '../remote/wire-records.ts';

interface CreateOptions extends CreationOptions, SaveOptions {
  url: string;
  event: EventSelection[];
  client?: string;
  organization?: string;
  location?: string;
  member?: string;
}

interface UpdateOptions extends RemoteOptions {
  url?: string;
  event?: EventSelection[];
  client?: string;
  location?: string;
  member?: string;
  activate?: boolean;
  deactivate?: boolean;
}

interface ListOptions extends RemoteOptions {
  search?: string;
  client?: string;
  organization?: string;
  location?: string;
  member?: string;
  limit: number;
}

const idText = 'record id: see "webhooks list"';
const eventText =
  'what it hears of, such as client.updated, "client.*" or "*.*"; repeat it for several';
const clientText = 'only what happens to this client';
const subjectText = `only what happens to this member and their clients: ${memberText}`;

export function webhooksCommand(terminal: Terminal): Command {
  const webhooks = new Command('webhooks').description(
    'subscribe webhooks, and see what they were sent',
  );
  addExamples(
    addSaveOptions(addCreationOptions(webhooks.command('create')), 'the signing secret')
      .description('subscribe a webhook; its signing secret is shown this once')
      .requiredOption(
        '--url <url>',
        'where events are sent: https, and a public address',
        parseText,
      )
      .requiredOption('--event <entity.operation>', eventText, collectSelections)
      .option('--client <client>', clientText, parseText)
      .option('--organization <organization>', `whose it is: ${placeText}`)
      .option('--location <location>', `only what happens in one: ${placeText}`)
      .option('--member <member>', subjectText, parseText)
      .action((options: CreateOptions) => createWebhook(terminal, options)),
    'webhooks create --url https://hooks.example.com/latchkey --event "client.*" --save webhook.env',
  );
  addExamples(
    addRemoteOptions(webhooks.command('list'))
      .description('list webhooks, newest first')
      .option('--search <text>', 'only those whose URL contains it', parseText)
      .option('--client <client>', 'only those that hear of this client alone', parseText)
      .option('--organization <organization>', `only those of one: ${placeText}`)
      .option('--location <location>', `only those of one: ${placeText}`)
      .option('--member <member>', 'only those that hear of this member alone', parseText)
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listWebhooks(terminal, options)),
    'webhooks list',
  );
  addExamples(
    addRemoteOptions(webhooks.command('show'))
      .description('show a webhook')
      .argument('<webhook>', idText)
      .action((id: string, options: RemoteOptions) => showWebhook(terminal, id, options)),
    'webhooks show webhook_3Fd8KqW2vTn6RxY9bLm5Hc',
  );
  addExamples(
    addRemoteOptions(webhooks.command('update'))
      .description('change a webhook, or switch it on or off')
      .argument('<webhook>', idText)
      .option('--url <url>', 'where events are sent', parseText)
      .option('--event <entity.operation>', `${eventText}; replaces all`, collectSelections)
      .option('--client <client>', `${clientText}; "any" for every one`, parseText)
      .option('--location <location>', `only what happens in one: ${placeText}; "any" for all`)
      .option('--member <member>', `${subjectText}; "any" for every one`, parseText)
      .option('--activate', 'switch it on; what was waiting is sent')
      .option('--deactivate', 'switch it off; nothing is sent to it')
      .action((id: string, options: UpdateOptions) => updateWebhook(terminal, id, options)),
    'webhooks update webhook_3Fd8KqW2vTn6RxY9bLm5Hc --activate',
  );
  addExamples(
    addYesOption(addRemoteOptions(webhooks.command('delete')))
      .description('delete a webhook; it cannot be restored')
      .argument('<webhook>', idText)
      .action((id: string, options: RemoteOptions & ConfirmationOptions) =>
        deleteWebhook(terminal, id, options),
      ),
    'webhooks delete webhook_3Fd8KqW2vTn6RxY9bLm5Hc --yes',
  );
  addExamples(
    addSaveOptions(addCreationOptions(webhooks.command('rotate-secret')), 'the signing secret')
      .description('give a webhook another signing secret; it is shown this once')
      .argument('<webhook>', idText)
      .option(
        '--overlap <duration>',
        'how long the present one signs as well; 0 for not',
        parseDelay,
      )
      .action((id: string, options: RotateOptions) => rotateSecret(terminal, id, options)),
    'webhooks rotate-secret webhook_3Fd8KqW2vTn6RxY9bLm5Hc --overlap 24h --save webhook.env',
  );
  addDeliveryCommands(webhooks, terminal);
  return addExamples(webhooks, 'webhooks list');
}

async function createWebhook(terminal: Terminal, options: CreateOptions): Promise<void> {
  const words = { done: 'Subscribed the webhook.', made: 'is subscribed' };
  await withShownSecret(terminal, options, words, async (admin) => {
    const body = {
      url: options.url,
      events: options.event,
      ...(await findPlaces(admin, options)),
      ...(await findSubjects(admin, options)),
    };
    return admin.create('/webhooks', shownWebhookSchema, body, options.idempotencyKey);
  });
}

/** The record ids of the client and the member that options name. */
async function findSubjects(
  admin: AdminClient,
  { client, member }: { client?: string; member?: string },
): Promise<Record<string, string>> {
  return {
    ...(client === undefined ? {} : { client: (await findClient(admin, client)).id }),
    ...(member === undefined ? {} : { member: (await findMember(admin, member)).id }),
  };
}

/** What options change of it: `any` lifts a restriction. */
async function findRestrictions(
  admin: AdminClient,
  options: UpdateOptions,
): Promise<Record<string, string | null>> {
  const { client, location, member } = options;
  const named = Object.entries({ client, location, member }).filter(([, text]) => text !== 'any');
  const lifted = Object.entries({ client, location, member }).filter(([, text]) => text === 'any');
  const given: { client?: string; location?: string; member?: string } = Object.fromEntries(named);
  return {
    ...(await findPlaces(admin, given)),
    ...(await findSubjects(admin, given)),
    ...Object.fromEntries(lifted.map(([field]) => [field, null])),
  };
}

async function listWebhooks(terminal: Terminal, options: ListOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...(options.search === undefined ? {} : { q: options.search }),
    ...(await findPlaces(admin, options)),
    ...(await findSubjects(admin, options)),
  };
  const listing = await admin.list('/webhooks', listedWebhookSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((webhook) => [
    webhook.url,
    describeEvents(webhook),
    describeState(webhook),
    describeLastDelivery(webhook),
    formatTime(webhook.created_at),
    webhook.id,
  ]);
  printList(terminal, {
    noun: 'webhook',
    origin: '"webhooks create" subscribes one',
    filters,
    head: ['URL', 'EVENTS', 'STATE', 'LAST DELIVERY', 'CREATED', 'ID'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--search',
  });
}

async function showWebhook(terminal: Terminal, id: string, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const webhook = await admin.get(`/webhooks/${encodeURIComponent(id)}`, webhookSchema);
  if (options.json) return terminal.printJson(webhook);
  terminal.print(...describeWebhook(webhook));
}

async function updateWebhook(
  terminal: Terminal,
  id: string,
  options: UpdateOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const webhook = await admin.patch(`/webhooks/${encodeURIComponent(id)}`, webhookSchema, {
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.event === undefined ? {} : { events: options.event }),
    ...(await findRestrictions(admin, options)),
    ...(options.activate ? { active: true } : {}),
    ...(options.deactivate ? { active: false } : {}),
  });
  if (options.json) return terminal.printJson(webhook);
  terminal.print('The webhook is now:', '', ...describeWebhook(webhook));
}

async function deleteWebhook(
  terminal: Terminal,
  id: string,
  options: RemoteOptions & ConfirmationOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  await requireYes(terminal, options, `Delete the webhook ${id}?`, 'nothing was deleted');
  await admin.delete(`/webhooks/${encodeURIComponent(id)}`);
  if (options.json) return terminal.printJson({ id, deleted: true });
  terminal.print('Deleted: nothing is sent to it any more.');
}

interface RotateOptions extends CreationOptions, SaveOptions {
  overlap?: number;
}

async function rotateSecret(terminal: Terminal, id: string, options: RotateOptions): Promise<void> {
  const words = { done: 'Made another signing secret.', made: 'has another signing secret' };
  await withShownSecret(terminal, options, words, (admin) =>
    admin.create(
      `/webhooks/${encodeURIComponent(id)}/rotate-secret`,
      shownWebhookSchema,
      options.overlap === undefined ? {} : { overlap_seconds: options.overlap },
      options.idempotencyKey,
    ),
  );
}
