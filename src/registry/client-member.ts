/** Whose a client is, if it is a member's: it then holds no more than that member, and ends with them. */
import { maySee, type Belonging, type Principal } from '../model/principal.ts';
import { invalidAt, RegistryError } from '../model/registry-error.ts';
import type { Client } from '../model/records.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';

/**
 * Throws `invalid` for whoever is no member of the client's organization, of another location than its own, or
 * not the caller's to see.
 */
export async function resolveMember(
  change: RegistryChange,
  principal: Principal,
  { organizationId, locationId }: Belonging,
  memberId: string | null,
): Promise<string | null> {
  if (memberId === null) return null;
  const member = await change.members.lock(memberId);
  const fits =
    member?.organizationId === organizationId &&
    (member.locationId === null || member.locationId === locationId) &&
    maySee(principal, member);
  if (fits) return memberId;
  throw invalidAt('/member', 'there is no such member where the client belongs');
}

export function requireNotPersonal({ personal }: Client): void {
  if (!personal) return;
  throw new RegistryError('conflict', "a member's API access is that member's, and nobody else's");
}

/** What a member has turned off, only the member turns on again; and what ended with a member stays so. */
export async function requireMemberRemains(
  change: RegistryChange,
  { memberId, personal }: Client,
): Promise<void> {
  if (memberId === null) return;
  if (personal) {
    throw new RegistryError(
      'conflict',
      "it was a member's API access: the member turns it on again",
    );
  }
  if (await change.members.lock(memberId)) return;
  throw new RegistryError(
    'conflict',
    'the member it belonged to was removed: register a new client',
  );
}

/**
 * The grants of a personal client as they are to be shown: of the admin API it has what its member holds,
 * whatever was asked for, and of others what was.
 */
export function withMembersGrant(
  { grants: before }: Client,
  asked: Client['grants'],
  adminApiId: string,
): Client['grants'] {
  const others = asked.filter(({ apiId }) => apiId !== adminApiId);
  const isDefault = !others.some((grant) => grant.isDefault);
  const own = before.filter(({ apiId }) => apiId === adminApiId);
  return [...own.map((grant) => ({ ...grant, isDefault })), ...others];
}
