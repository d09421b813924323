/** `latchkey notices`: what happened without anybody's doing, and what to do about it. */
import { Command } from 'commander';
import { CliError, exitCodes } from './terminal/cli-error.ts';
import { noteMore } from './terminal/listing.ts';
import { parseCount } from './terminal/option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from './remote/remote-command.ts';
import type { Terminal } from './terminal/terminal.ts';
import { formatTime } from './terminal/text-table.ts';
import { noticeSchema, noticesReadSchema } from './remote/wire-records.ts';

interface ListOptions extends RemoteOptions {
  all?: boolean;
  limit: number;
}

interface ReadOptions extends RemoteOptions {
  all?: boolean;
}

export function noticesCommand(terminal: Terminal): Command {
  const notices = new Command('notices').description('see what needs looking at');
  addExamples(
    addRemoteOptions(notices.command('list'))
      .description('list what nobody has read yet, newest first')
      .option('--all', 'also those that were read')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listNotices(terminal, options)),
    'notices list',
  );
  addExamples(
    addRemoteOptions(notices.command('read'))
      .description('mark a notice as read, for everybody in the organization')
      .argument('[notice]', 'record id: see "notices list"')
      .option('--all', 'every one that nobody has read yet')
      .action((id: string | undefined, options: ReadOptions) => readNotices(terminal, id, options)),
    'notices read notice_7Hc3VwN8eRy1ZtB5mDf0Qs',
    'notices read --all',
  );
  return addExamples(notices, 'notices list');
}

async function listNotices(terminal: Terminal, options: ListOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters: Record<string, string> = options.all ? {} : { read: 'false' };
  const listing = await admin.list('/notices', noticeSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  if (listing.data.length === 0) {
    return terminal.print(options.all ? 'There are no notices.' : 'There is nothing to read.');
  }
  for (const notice of listing.data) {
    const times = notice.count === 1 ? '' : `, ${notice.count} times`;
    const read = notice.read_at === null ? '' : `, read ${formatTime(notice.read_at)}`;
    terminal.print(
      `${formatTime(notice.last_occurred_at)}  ${notice.kind}${times}${read}`,
      `  ${notice.text}`,
      `  ${notice.id}`,
      '',
    );
  }
  noteMore(terminal, listing.next_cursor, options.limit);
}

async function readNotices(
  terminal: Terminal,
  id: string | undefined,
  options: ReadOptions,
): Promise<void> {
  if ((id === undefined) === (options.all !== true)) {
    throw new CliError(exitCodes.usage, ['name one notice, or --all of them']);
  }
  const { admin } = await connectAdmin(options, terminal);
  if (id === undefined) {
    const { read } = await admin.post('/notices/read', noticesReadSchema, {});
    if (options.json) return terminal.printJson({ read });
    return terminal.print(`Marked ${read} notice${read === 1 ? '' : 's'} as read.`);
  }
  const notice = await admin.post(`/notices/${encodeURIComponent(id)}/read`, noticeSchema, {});
  if (options.json) return terminal.printJson(notice);
  terminal.print('Marked 1 notice as read.');
}
