/** How people name a member on the command line: by record id or e-mail address. */
import type { AdminClient } from '../remote/admin-client.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { memberSchema, type MemberRecord } from '../remote/wire-records.ts';

export const memberText = 'record id or e-mail address';

export async function findMember(admin: AdminClient, reference: string): Promise<MemberRecord> {
  if (reference.startsWith('member_')) {
    const member = await admin.find(`/members/${encodeURIComponent(reference)}`, memberSchema);
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
