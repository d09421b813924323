/** `latchkey members list` and `show`. */
import { printList, requireOneState } from '../terminal/listing.ts';
import { findMember } from './member-reference.ts';
import { findPlaces } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatFields, formatTime } from '../terminal/text-table.ts';
import { apiAccessSchema, memberSchema, type MemberRecord } from '../remote/wire-records.ts';

export interface MemberListOptions extends RemoteOptions {
  organization?: string;
  location?: string;
  search?: string;
  role?: string;
  active?: boolean;
  inactive?: boolean;
  limit: number;
}

export async function listMembers(terminal: Terminal, options: MemberListOptions): Promise<void> {
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

export async function showMember(
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

export function describeRole({ role, permissions }: MemberRecord): string {
  return role ?? (permissions.join(', ') || 'no permission');
}

function describeState({ active, has_password: hasPassword }: MemberRecord): string {
  if (!active) return 'INACTIVE';
  return hasPassword ? 'active' : 'invited';
}
