/** `latchkey members`: the people of an organization, what they may do, and the links that let them in. */
import { Command } from 'commander';
import type { AdminClient } from './admin-client.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { placeText, requireOneState } from './clients-command.ts';
import { addYesOption, requireYes, type ConfirmationOptions } from './confirmation.ts';
import { printList } from './listing.ts';
import { collect, parseCount, parseDuration, parseText } from './option-values.ts';
import { findPlaces } from './record-reference.ts';
import {
  addExamples,
  addRemoteOptions,
  connectAdmin,
  listLimitDefault,
  type RemoteOptions,
} from './remote-command.ts';
import type { Terminal } from './terminal.ts';
import { formatFields, formatTime } from './text-table.ts';
import {
  apiAccessSchema,
  issuedInvitationSchema,
  memberSchema,
  type MemberRecord,
} from './wire-records.ts';

interface PlaceOptions extends RemoteOptions {
  organization?: string;
  location?: string;
}

interface StandingOptions {
  role?: string;
  permission?: string[];
}

interface ListOptions extends PlaceOptions {
  search?: string;
  role?: string;
  active?: boolean;
  inactive?: boolean;
  limit: number;
}

interface InviteOptions extends PlaceOptions, StandingOptions {
  expires?: number;
}

interface LinkOptions extends RemoteOptions {
  expires?: number;
}

interface SetRoleOptions extends RemoteOptions, StandingOptions {}
interface TakingOptions extends RemoteOptions, ConfirmationOptions {}

export const memberText = 'record id or e-mail address';
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
      .action((options: ListOptions) => listMembers(terminal, options)),
    'members list --role owner',
  );
  addExamples(
    addStandingOptions(addRemoteOptions(members.command('invite')))
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
    addRemoteOptions(members.command('link'))
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
        setActive(terminal, reference, false, options),
      ),
    'members deactivate ada@example.com --yes',
  );
  addExamples(
    addRemoteOptions(members.command('activate'))
      .description('let a member sign in again')
      .argument('<member>', memberText)
      .action((reference: string, options: RemoteOptions) =>
        setActive(terminal, reference, true, options),
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
        clearAccess(terminal, reference, options),
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

/** What the options say a member may do. Throws a usage error unless they say it once. */
function standingOf({ role, permission }: StandingOptions): object {
  if ((role === undefined) === (permission === undefined)) {
    throw new CliError(exitCodes.usage, ['name --role, or --permission instead']);
  }
  return role === undefined ? { permissions: permission } : { role };
}

export async function findMember(admin: AdminClient, reference: string): Promise<MemberRecord> {
  if (reference.startsWith('member_')) {
    const member = await admin.find(`/members/${reference}`, memberSchema);
    if (member) return member;
  }
  const { data } = await admin.list('/members', memberSchema, { q: reference }, 200);
  const wanted = reference.toLowerCase();
  const member = data.find(({ email }) => email === wanted);
  if (member) return member;
  throw new CliError(exitCodes.refused, [
    `no member has the id or e-mail address "${reference}"`,
    ...data.slice(0, 10).map(({ email, name }) => `  ${email}  ${name}`),
  ]);
}

async function listMembers(terminal: Terminal, options: ListOptions): Promise<void> {
  const state = requireOneState(options);
  const { admin } = await connectAdmin(options, terminal);
  const filters = {
    ...state,
    ...(options.search === undefined ? {} : { q: options.search }),
    ...(options.role === undefined ? {} : { role: options.role }),
    ...(await findPlaces(admin, options)),
  };
  const listing = await admin.list('/members', memberSchema, filters, options.limit);
  if (options.json) return terminal.printJson(listing);
  const rows = listing.data.map((member) => [
    member.email,
    member.name,
    describeRole(member),
    describeState(member),
    member.location ?? member.organization,
    formatTime(member.last_signed_in_at),
    member.id,
  ]);
  printList(terminal, {
    noun: 'member',
    origin: '"members invite" lets one in',
    filters,
    head: ['E-MAIL', 'NAME', 'ROLE', 'STATE', 'OF', 'LAST SIGNED IN', 'ID'],
    rows,
    nextCursor: listing.next_cursor,
    limit: options.limit,
    narrowing: '--search',
  });
}

async function invite(terminal: Terminal, email: string, options: InviteOptions): Promise<void> {
  const standing = standingOf(options);
  const { admin } = await connectAdmin(options, terminal);
  const invitation = await admin.post('/invitations', issuedInvitationSchema, {
    email,
    ...standing,
    ...(await findPlaces(admin, options)),
    ...expiryOf(options),
  });
  if (options.json) return terminal.printJson(invitation);
  terminal.print(`Invited ${invitation.email ?? email}.`, '', ...describeLink(invitation));
}

async function makeLink(
  terminal: Terminal,
  reference: string,
  options: LinkOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, email } = await findMember(admin, reference);
  const path = `/members/${id}/invitations`;
  const invitation = await admin.post(path, issuedInvitationSchema, expiryOf(options));
  if (options.json) return terminal.printJson(invitation);
  terminal.print(`${email} can choose a password.`, '', ...describeLink(invitation));
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

async function showMember(
  terminal: Terminal,
  reference: string,
  options: RemoteOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const member = await findMember(admin, reference);
  const access = await admin.get(`/members/${member.id}/api-access`, apiAccessSchema);
  if (options.json) return terminal.printJson({ ...member, api_access: access });
  terminal.print(
    ...formatFields([
      ['e-mail', member.email],
      ['name', member.name],
      ['role', describeRole(member)],
      ['permissions', member.permissions.join(' ') || 'none'],
      ['state', describeState(member)],
      ['organization', member.organization],
      ['location', member.location],
      ['last signed in', formatTime(member.last_signed_in_at)],
      ['API access', access.active ? `on, ${access.client_id}` : 'off'],
      ['last used', access.active ? formatTime(access.last_used_at) : null],
      ['id', member.id],
    ]),
  );
}

function describeRole({ role, permissions }: MemberRecord): string {
  return role ?? (permissions.join(', ') || 'no permission');
}

function describeState({ active, has_password: hasPassword }: MemberRecord): string {
  if (!active) return 'INACTIVE';
  return hasPassword ? 'active' : 'invited';
}

async function setRole(
  terminal: Terminal,
  reference: string,
  options: SetRoleOptions,
): Promise<void> {
  const standing = standingOf(options);
  const { admin } = await connectAdmin(options, terminal);
  const { id } = await findMember(admin, reference);
  const member = await admin.patch(`/members/${id}`, memberSchema, standing);
  if (options.json) return terminal.printJson(member);
  terminal.print(`${member.email} has ${describeRole(member)} now, and signs in anew.`);
}

async function setActive(
  terminal: Terminal,
  reference: string,
  active: boolean,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, email } = await findMember(admin, reference);
  if (!active) {
    const question = `Deactivate ${email}? Their sessions end, and their clients get no access tokens.`;
    await requireYes(terminal, options, question, 'nobody was deactivated');
  }
  const member = await admin.patch(`/members/${id}`, memberSchema, { active });
  if (options.json) return terminal.printJson(member);
  terminal.print(
    active
      ? `${email} is active: they can sign in.`
      : `${email} is inactive: signed out everywhere, and their clients get no access tokens.`,
  );
}

async function removeMember(
  terminal: Terminal,
  reference: string,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, email } = await findMember(admin, reference);
  const question = `Remove ${email} for good? Their sessions end, and their clients are deleted.`;
  await requireYes(terminal, options, question, 'nobody was removed');
  await admin.delete(`/members/${id}`);
  if (options.json) return terminal.printJson({ id, removed: true });
  terminal.print(`Removed ${email}.`);
}

async function clearAccess(
  terminal: Terminal,
  reference: string,
  options: TakingOptions,
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const { id, email } = await findMember(admin, reference);
  const question = `Clear the API access of ${email}? Whatever uses it fails at once.`;
  await requireYes(terminal, options, question, 'nothing was cleared');
  await admin.delete(`/members/${id}/api-access`);
  if (options.json) return terminal.printJson({ id, cleared: true });
  terminal.print(`Cleared the API access of ${email}: they must turn it on again.`);
}
