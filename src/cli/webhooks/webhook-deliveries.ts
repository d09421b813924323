/** `latchkey webhooks test`, `deliveries` and `replay`: what a webhook was sent, and sending it again. */
import type { Command } from 'commander';
import type { z } from 'zod';
import { printList } from '../terminal/listing.ts';
import { parseCount, parseText } from '../terminal/option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTime } from '../terminal/text-table.ts';
import { deliverySchema } from '../remote/wire-records.ts';

interface ListOptions extends RemoteOptions {
  state?: string;
  limit: number;
}

const webhookText = 'record id of the webhook: see "webhooks list"';

export function addDeliveryCommands(webhooks: Command, terminal: Terminal): void {
  addExamples(
    addRemoteOptions(webhooks.command('test'))
      .description('send a test event')
      .argument('<webhook>', webhookText)
      .action((id: string, options: RemoteOptions) =>
        send(terminal, `/webhooks/${encodeURIComponent(id)}/test`, options),
      ),
    'webhooks test webhook_3Fd8KqW2vTn6RxY9bLm5Hc',
  );
  addExamples(
    addRemoteOptions(webhooks.command('deliveries'))
      .description('list what a webhook was sent and is still to be sent, newest first')
      .argument('<webhook>', webhookText)
      .option('--state <state>', 'only those that are waiting, delivered or dead', parseText)
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((id: string, options: ListOptions) => listDeliveries(terminal, id, options)),
    'webhooks deliveries webhook_3Fd8KqW2vTn6RxY9bLm5Hc --state dead',
  );
  addExamples(
    addRemoteOptions(webhooks.command('replay'))
      .description('send a delivery again, whatever became of it')
      .argument('<webhook>', webhookText)
      .argument('<delivery>', 'record id of the delivery: see "webhooks deliveries"')
      .action((id: string, delivery: string, options: RemoteOptions) =>
        send(
          terminal,
          `/webhooks/${encodeURIComponent(id)}/deliveries/${encodeURIComponent(delivery)}/replay`,
          options,
        ),
      ),
    'webhooks replay webhook_3Fd8KqW2vTn6RxY9bLm5Hc delivery_4e1f0a9b7c2d8e5f6a3b1c',
  );
}

async function send(terminal: Terminal, path: string, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const delivery = await admin.post(path, deliverySchema, {});
  if (options.json) return terminal.printJson(delivery);
  terminal.print(
    `${delivery.event_type} will be sent as ${delivery.id}: "webhooks deliveries" says what became of it.`,
  );
}

function describeNext(delivery: z.infer<typeof deliverySchema>): string {
  const { held_by: holder, next_attempt_at: at } = delivery;
  return holder === null ? formatTime(at) : `${holder} inactive`;
}

async function listDeliveries(terminal: Terminal, id: string, options: ListOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters: Record<string, string> =
    options.state === undefined ? {} : { state: options.state };
  const path = `/webhooks/${encodeURIComponent(id)}/deliveries`;
  const listing = await admin.list(path, deliverySchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((delivery) => [
    formatTime(delivery.occurred_at),
    delivery.event_type,
    delivery.state,
    String(delivery.attempts),
    delivery.last_outcome ?? '–',
    describeNext(delivery),
    delivery.id,
  ]);
  printList(terminal, {
    noun: 'delivery',
    origin: '"webhooks test" sends one',
    filters,
    head: ['OCCURRED', 'EVENT', 'STATE', 'ATTEMPTS', 'LAST ANSWER', 'NEXT ATTEMPT', 'ID'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--state',
  });
}
