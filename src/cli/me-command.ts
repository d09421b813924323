/** `latchkey me`: who one is for the server, and what one may do there. */
import { Command } from 'commander';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  type RemoteOptions,
} from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatFields } from './text-table.ts';
import { meSchema } from './wire-records.ts';

export function meCommand(terminal: Terminal): Command {
  return addExamples(
    addRemoteOptions(new Command('me'))
      .description('show who the credential is, and what it may do')
      .action((options: RemoteOptions) => showMe(terminal, options)),
    'me --credentials my-access.env',
  );
}

async function showMe(terminal: Terminal, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const me = await admin.get('/me', meSchema);
  if (options.json) return terminal.printJson(me);
  terminal.print(
    ...formatFields([
      [me.type, me.name],
      ['member', me.member],
      ['organization', me.organization],
      ['location', me.location],
      ['permissions', me.permissions.join(' ') || 'none'],
      ['secrets', me.own_secrets_only ? "only of the member's own clients" : null],
      ['id', me.id],
    ]),
  );
}
