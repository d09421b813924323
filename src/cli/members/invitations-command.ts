/** `latchkey invitations`: the links that were given, and taking one back. "members invite" makes one. */
import { Command } from 'commander';
import type { AdminClient } from '../remote/admin-client.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { noteMore } from '../terminal/listing.ts';
import { parseCount, parseText } from '../terminal/option-values.ts';
import { findPlaces, placeText } from '../remote/record-reference.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatTable, formatTime } from '../terminal/text-table.ts';
import { invitationSchema, type InvitationRecord } from '../remote/wire-records.ts';

interface ListOptions extends RemoteOptions {
  organization?: string;
  location?: string;
  all?: boolean;
  limit: number;
}

export function invitationsCommand(terminal: Terminal): Command {
  const invitations = new Command('invitations').description(
    'list invitations, and take them back; "members invite" makes one',
  );
  addExamples(
    addRemoteOptions(invitations.command('list'))
      .description('list the links that still let somebody in, newest first')
      .option('--all', 'the others as well: accepted, revoked or expired')
      .option('--organization <organization>', `only those of one: ${placeText}`)
      .option('--location <location>', `only those of one: ${placeText}`)
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: ListOptions) => listInvitations(terminal, options)),
    'invitations list --all',
  );
  addExamples(
    addRemoteOptions(invitations.command('revoke'))
      .description('take a link back: nobody comes in with it')
      .argument('<invitation>', 'record id, or e-mail address of an open one', parseText)
      .action((reference: string, options: RemoteOptions) =>
        revokeInvitation(terminal, reference, options),
      ),
    'invitations revoke ada@example.com',
  );
  return addExamples(invitations, 'invitations list');
}

async function listInvitations(terminal: Terminal, options: ListOptions): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...(options.all ? {} : { open: 'true' }),
    ...(await findPlaces(admin, options)),
  };
  const listing = await admin.list('/invitations', invitationSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  if (listing.data.length === 0) return terminal.print('There is no such invitation.');
  const rows = listing.data.map((invitation) => [
    invitation.email ?? 'whoever opens it',
    invitation.role ?? (invitation.permissions.join(', ') || 'no permission'),
    invitation.status,
    invitation.member === null ? 'somebody new' : 'a new password',
    formatTime(invitation.expires_at),
    invitation.id,
  ]);
  terminal.print(...formatTable(['E-MAIL', 'ROLE', 'STATUS', 'FOR', 'GOOD UNTIL', 'ID'], rows));
  noteMore(terminal, listing.next_cursor, options.limit, '--location');
}

async function revokeInvitation(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const id = reference.includes('@') ? (await findOpen(admin, reference)).id : reference;
  await admin.delete(`/invitations/${encodeURIComponent(id)}`);
  if (options.json) return terminal.printJson({ id, revoked: true });
  terminal.print(`Revoked the invitation of ${reference}: nobody comes in with it.`);
}

/** There is one open link for an address at most. */
async function findOpen(admin: AdminClient, email: string): Promise<InvitationRecord> {
  const { data } = await admin.list('/invitations', invitationSchema, { open: 'true' }, 10_000);
  const wanted = email.toLowerCase();
  const invitation = data.find((each) => each.email === wanted);
  if (invitation) return invitation;
  throw new CliError(exitCodes.refused, [`nobody is invited as "${email}"`]);
}
