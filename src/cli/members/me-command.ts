/** `latchkey me`: who one is for the server, and what one may do there. */
import { Command } from 'commander';
import { apiAccessCommand } from './own-api-access.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields } from '../terminal/text-table.ts';
import { meSchema } from '../remote/wire-records.ts';

export function meCommand(terminal: Terminal): Command {
  const me = new Command('me').description("who one is, and a member's own API access");
  addExamples(
    // A command of its own: options of `me` itself would be taken from what stands behind it.
    addRemoteOptions(me.command('show', { isDefault: true }))
      .description('show who the credential is, and what it may do')
      .action((options: RemoteOptions) => showMe(terminal, options)),
    'me show --credentials my-access.env',
  );
  me.addCommand(apiAccessCommand(terminal));
  return addExamples(me, 'me show --credentials my-access.env');
}

async function showMe(terminal: Terminal, options: RemoteOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const me = await admin.get('/me', meSchema);
  if (options.json) return terminal.printJson(me);
  terminal.print(
    ...formatFields([
      [me.type, me.name],
      ['name', me.display_name],
      ['member', me.member],
      ['organization', me.organization],
      ['location', me.location],
      ['permissions', me.permissions.join(' ') || 'none'],
      ['secrets', me.own_secrets_only ? "only of the member's own clients" : null],
      ['id', me.id],
    ]),
  );
}
