/** The link of an invitation: its token is shown once, and only its digest is stored. */
import { hash, randomBytes } from 'node:crypto';
import type { Invitation } from '../model/member.ts';
import type { Actor } from '../model/principal.ts';
import { encodeBase62 } from '../model/base62.ts';
import { toStanding, type Standing } from '../model/role.ts';
import { holdGiver } from '../registry/given-links.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import { describeStanding } from './standing.ts';

export const invitationSecondsDefault = 7 * 86_400;
export const invitationSecondsMax = 30 * 86_400;

export interface IssuedInvitation {
  invitation: Invitation;
  /** This once; null when an earlier request made the invitation, and has shown it. */
  token: string | null;
}

/** Made just now. */
export type NewInvitationLink = IssuedInvitation & { token: string };

/** A prefix that says what it is, and 256 random bits in 43 base62 digits. */
export function generateMemberToken(prefix: 'lki_' | 'lkm_'): string {
  return prefix + encodeBase62(BigInt(`0x${randomBytes(32).toString('hex')}`), 43);
}

/** SHA-256: a slow hash adds nothing to 256 random bits. */
export function digestMemberToken(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}

/** Takes the place of every open link for the same address into the organization that its giver can see. */
export async function insertInvitation(
  change: RegistryChange,
  actor: Actor,
  id: string,
  request: Standing & {
    organizationId: string;
    locationId: string | null;
    /** null: whoever comes in with it says so. */
    email: string | null;
    memberId: string | null;
    expiresInSeconds?: number | undefined;
  },
): Promise<NewInvitationLink> {
  await holdGiver(change, actor.principal);
  const { expiresInSeconds = invitationSecondsDefault, ...fields } = request;
  const token = generateMemberToken('lki_');
  const invitation = {
    ...fields,
    id,
    createdAt: change.now,
    createdBy: actor.principal.id,
    expiresAt: new Date(change.now.getTime() + expiresInSeconds * 1000),
  };
  if (request.email === null) await change.invitations.revokeOpenOfNobody(change.now);
  else {
    const seen = { organizationId: request.organizationId, locationId: actor.principal.locationId };
    await change.invitations.revokeOpen(request.email, seen, change.now);
  }
  await change.invitations.insert({ ...invitation, tokenDigest: digestMemberToken(token) });
  return { invitation: { ...invitation, acceptedAt: null, revokedAt: null }, token };
}

/** The same, as the one thing that the change does. */
export async function issueInvitation(
  change: RegistryChange,
  actor: Actor,
  id: string,
  request: Parameters<typeof insertInvitation>[3],
): Promise<NewInvitationLink> {
  const issued = await insertInvitation(change, actor, id, request);
  const { organizationId, locationId, email, memberId, expiresAt } = issued.invitation;
  change.affectsNothing();
  change.onlyAdds();
  change.audit({
    action: 'invitation.created',
    targetType: 'invitation',
    targetId: id,
    organizationId,
    locationId,
    details: {
      email,
      ...describeStanding(toStanding(issued.invitation)),
      member: memberId,
      expires_at: expiresAt.toISOString(),
    },
  });
  return issued;
}
