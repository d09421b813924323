/** `latchkey members set-role`, `deactivate`, `activate`, `remove` and `clear-access`. */
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { requireYes, type ConfirmationOptions } from '../terminal/confirmation.ts';
import { describeRole } from './member-listing.ts';
import { findMember } from './member-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { memberSchema } from '../remote/wire-records.ts';

export interface StandingOptions {
  role?: string;
  permission?: string[];
}

export interface SetRoleOptions extends RemoteOptions, StandingOptions {}
export interface TakingOptions extends RemoteOptions, ConfirmationOptions {}

/** What the options say a member may do. Throws a usage error unless they say it once. */
export function standingOf({ role, permission }: StandingOptions): object {
  if ((role === undefined) === (permission === undefined)) {
    throw new CliError(exitCodes.usage, ['name --role, or --permission instead']);
  }
  return role === undefined ? { permissions: permission } : { role };
}

export async function setRole(
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

export async function setMemberActive(
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

export async function removeMember(
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

export async function clearMembersAccess(
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
