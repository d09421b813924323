/** `latchkey members`: the people of an organization, what they may do, and the links that let them in. */
import { Command } from 'commander';
import type { AdminClient } from '../remote/admin-client.ts';
import { addYesOption } from '../terminal/confirmation.ts';
import {
  clearMembersAccess,
  removeMember,
  setMemberActive,
  setRole,
  standingOf,
  type SetRoleOptions,
  type StandingOptions,
  type TakingOptions,
} from './member-changes.ts';
import { listMembers, showMember, type MemberListOptions } from './member-listing.ts';
import { findMember, memberText } from './member-reference.ts';
import { collect, parseCount, parseDuration, parseText } from '../terminal/option-values.ts';
import { findPlaces, placeText } from '../remote/record-reference.ts';
import {
  addCreationOptions,
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type CreationOptions,
  type RemoteOptions,
} from '../remote/remote-command.ts';
import { requireShown } from '../terminal/shown-secret.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTime } from '../terminal/text-table.ts';
import { issuedInvitationSchema } from '../remote/wire-records.ts';

interface PlaceOptions extends RemoteOptions {
  organization?: string;
  location?: string;
}

interface InviteOptions extends PlaceOptions, StandingOptions, CreationOptions {
  expires?: number;
}

interface LinkOptions extends CreationOptions {
  expires?: number;
}

const rolesText = 'owner, admin, developer or auditor';

export function membersCommand(terminal: Terminal): Command {
  const members = new Command('members').description('invite and look after members');
  addExamples(
    addRemoteOptions(members.command('list'))
      .description('list members, newest first')
      .option('--search <text>', 'only those whose name or e-mail address contains it', parseText)
      .option('--role <role>', `only those with it: ${rolesText}`)
      .option('--organization <organization>', `only those of one: ${placeText}`)
      .option('--location <location>', `only those of one: ${placeText}`)
      .option('--active', 'only active ones')
      .option('--inactive', 'only inactive ones')
      .option('--limit <number>', 'how many at most', parseCount, listLimitDefault)
      .action((options: MemberListOptions) => listMembers(terminal, options)),
    'members list --role owner',
  );
  addExamples(
    addStandingOptions(addCreationOptions(members.command('invite')))
      .description('make a link with which somebody becomes a member; it is shown this once')
      .argument('<email>', 'e-mail address')
      .option('--organization <organization>', placeText)
      .option('--location <location>', placeText)
      .option(
        '--expires <duration>',
        'how long the link lets somebody in (default: 7d)',
        parseDuration,
      )
      .action((email: string, options: InviteOptions) => invite(terminal, email, options)),
    'members invite ada@example.com --role owner',
  );
  addExamples(
    addCreationOptions(members.command('link'))
      .description('make a link with which a member chooses a new password; it is shown this once')
      .argument('<member>', memberText)
      .option('--expires <duration>', 'how long it can be used (default: 7d)', parseDuration)
      .action((reference: string, options: LinkOptions) => makeLink(terminal, reference, options)),
    'members link ada@example.com',
  );
  addExamples(
    addRemoteOptions(members.command('show'))
      .description('show a member, what they may do, and whether their API access is on')
      .argument('<member>', memberText)
      .action((reference: string, options: RemoteOptions) =>
        showMember(terminal, reference, options),
      ),
    'members show ada@example.com',
  );
  addExamples(
    addStandingOptions(addRemoteOptions(members.command('set-role')))
      .description('say what a member may do; obeyed at once, and the member signs in anew')
      .argument('<member>', memberText)
      .action((reference: string, options: SetRoleOptions) =>
        setRole(terminal, reference, options),
      ),
    'members set-role ada@example.com --role developer',
  );
  addExamples(
    addYesOption(addRemoteOptions(members.command('deactivate')))
      .description('stop a member at once: signed out, and no more access tokens')
      .argument('<member>', memberText)
      .action((reference: string, options: TakingOptions) =>
        setMemberActive(terminal, reference, false, options),
      ),
    'members deactivate ada@example.com --yes',
  );
  addExamples(
    addRemoteOptions(members.command('activate'))
      .description('let a member sign in again')
      .argument('<member>', memberText)
      .action((reference: string, options: RemoteOptions) =>
        setMemberActive(terminal, reference, true, options),
      ),
    'members activate ada@example.com',
  );
  addExamples(
    addYesOption(addRemoteOptions(members.command('remove')))
      .description('remove a member for good, with their clients')
      .argument('<member>', memberText)
      .action((reference: string, options: TakingOptions) =>
        removeMember(terminal, reference, options),
      ),
    'members remove ada@example.com --yes',
  );
  addExamples(
    addYesOption(addRemoteOptions(members.command('clear-access')))
      .description("clear a member's API access: its credential fails at once")
      .argument('<member>', memberText)
      .action((reference: string, options: TakingOptions) =>
        clearMembersAccess(terminal, reference, options),
      ),
    'members clear-access ada@example.com --yes',
  );
  return addExamples(members, 'members list');
}

function addStandingOptions(command: Command): Command {
  return command
    .option('--role <role>', rolesText)
    .option('--permission <permission>', 'instead of a role; repeat it', collect);
}

async function invite(terminal: Terminal, email: string, options: InviteOptions): Promise<void> {
  const standing = standingOf(options);
  const { admin } = await connectAdmin(options, terminal);
  const body = {
    email,
    ...standing,
    ...(await findPlaces(admin, options)),
    ...expiryOf(options),
  };
  const invitation = await issueLink(admin, '/invitations', body, options);
  if (options.json) return terminal.printJson(invitation);
  terminal.print(`Invited ${invitation.email}.`, '', ...describeLink(invitation));
}

async function makeLink(
  terminal: Terminal,
  reference: string,
  options: LinkOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, email } = await findMember(admin, reference);
  const path = `/members/${id}/invitations`;
  const invitation = await issueLink(admin, path, expiryOf(options), options);
  if (options.json) return terminal.printJson(invitation);
  terminal.print(`${email} can choose a password.`, '', ...describeLink(invitation));
}

async function issueLink(
  admin: AdminClient,
  path: string,
  body: object,
  { idempotencyKey }: CreationOptions,
) {
  const issued = await admin.create(path, issuedInvitationSchema, body, idempotencyKey);
  const token = requireShown(issued.token, {
    made: `The invitation ${issued.id} of ${issued.email} is there`,
    advice:
      'Make another link, which takes its place: the same command without --idempotency-key, or with another.',
  });
  return { ...issued, token };
}

function expiryOf({ expires }: { expires?: number }): object {
  return expires === undefined ? {} : { expires_in_seconds: expires };
}

function describeLink({ token, expires_at: expiresAt }: { token: string; expires_at: string }) {
  return [
    ...formatFields([
      ['token', token],
      ['good until', formatTime(expiresAt)],
    ]),
    '',
    'Whoever has the token comes in with it, once: POST /api/v1/invitations/accept with the token, a name',
    'and a password. It is shown this once.',
  ];
}
