/**
 * The link that makes whoever opens it the owner of the first organization: an invitation that does not say whose it
 * is. Only who has the machine, or its database, is ever given one.
 */
import type { Actor } from '../model/principal.ts';
import { createRecordId } from '../registry/credential.ts';
import type { Store } from '../store/store.ts';
import { issueInvitation, type NewInvitationLink } from './invitation-link.ts';

/** It stands in a terminal, and is opened soon or lost. */
export const firstOwnerLinkSeconds = 86_400;

/** Ends every earlier such link: the newest alone lets anybody in. */
export async function inviteFirstOwner(store: Store, actor: Actor): Promise<NewInvitationLink> {
  const { value } = await store.change(actor, async (change) => {
    await change.serialize('members');
    const organization = await change.organizations.findFirst();
    if (!organization) throw new Error('the first organization is missing');
    return issueInvitation(change, actor, createRecordId('invitation'), {
      organizationId: organization.id,
      locationId: null,
      role: 'owner',
      permissions: null,
      email: null,
      memberId: null,
      expiresInSeconds: firstOwnerLinkSeconds,
    });
  });
  return value;
}
