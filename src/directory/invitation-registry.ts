/** Rules for invitations: give a link, take it back, and come in with it. */
import type { Invitation, Member } from '../model/member.ts';
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { maySee, sightOf, type Actor, type Principal } from '../model/principal.ts';
import { invalidAt, notFound, RegistryError } from '../model/registry-error.ts';
import { toStanding } from '../model/role.ts';
import { createRecordId } from '../registry/credential.ts';
import { holdPlace } from '../registry/location-reference.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from '../registry/idempotency.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { digestMemberToken, issueInvitation, type IssuedInvitation } from './invitation-link.ts';
import {
  requireEmailAddress,
  requireFreeEmail,
  requireVisibleMember,
  resolvePlace,
  type MemberPlace,
} from './member-registry.ts';
import { actorOf, deadLink, requireWhose } from './link-holder.ts';
import type { PasswordHashing } from './password-hashing.ts';
import { requireGoodPassword } from './password-rules.ts';
import type { Visitor } from './session-registry.ts';
import {
  describeStanding,
  requireMayGive,
  requireMayRule,
  requireStanding,
  type StandingRequest,
} from './standing.ts';

export interface InvitationRequest extends StandingRequest, MemberPlace {
  email: string;
  expiresInSeconds?: number | undefined;
}

export interface Acceptance {
  token: string;
  /** Needed with a link that does not say whose it is, and with no other. */
  email?: string | undefined;
  /** Needed by whoever becomes a member with it. */
  name?: string | undefined;
  password: string;
}

export class InvitationRegistry {
  readonly #store: Store;
  readonly #hashing: PasswordHashing;

  constructor(dependencies: { store: Store; hashing: PasswordHashing }) {
    this.#store = dependencies.store;
    this.#hashing = dependencies.hashing;
  }

  async list(
    principal: Principal,
    filter: {
      organization?: string | undefined;
      location?: string | undefined;
      open?: boolean | undefined;
    },
    page: PageRequest,
  ): Promise<{ page: Page<Invitation>; now: Date }> {
    const { now } = await this.#store.readState();
    const sight = sightOf(principal, filter);
    if (sight === undefined) return { page: emptyPage, now };
    const { open } = filter;
    return {
      page: await this.#store.read(({ invitations }) =>
        invitations.list({ sight, open, now }, page),
      ),
      now,
    };
  }

  /** A link with which somebody becomes a member; an earlier one for the same address ends. */
  async invite(
    actor: Actor,
    request: InvitationRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<IssuedInvitation> {
    const { principal } = actor;
    const standing = requireStanding(request);
    const email = requireEmailAddress(request.email);
    return this.#issue(actor, idempotency, async (change) => {
      const place = await resolvePlace(change, principal, request);
      requireMayGive(principal, standing);
      await requireFreeEmail(change, email);
      const { expiresInSeconds } = request;
      return { ...place, ...standing, email, memberId: null, expiresInSeconds };
    });
  }

  /** A link with which a member chooses a password: who gives it could use it, and so may what the member may. */
  async inviteMember(
    actor: Actor,
    memberId: string,
    expiresInSeconds: number | undefined,
    idempotency?: IdempotencyRequest,
  ): Promise<IssuedInvitation> {
    const { principal } = actor;
    return this.#issue(actor, idempotency, async (change) => {
      await change.serialize('members');
      const member = requireVisibleMember(principal, await change.members.lock(memberId));
      requireMayRule(principal, member);
      if (!member.active) {
        throw new RegistryError('conflict', 'the member is not active: activate it first');
      }
      const { organizationId, locationId, email } = member;
      const standing = toStanding(member);
      return { organizationId, locationId, ...standing, email, memberId, expiresInSeconds };
    });
  }

  async #issue(
    actor: Actor,
    idempotency: IdempotencyRequest | undefined,
    prepare: (change: RegistryChange) => Promise<Parameters<typeof issueInvitation>[3]>,
  ): Promise<IssuedInvitation> {
    const { value } = await this.#store.change(actor, async (change): Promise<IssuedInvitation> => {
      const id = createRecordId('invitation');
      const earlierId = await claimIdempotencyKey(change, actor.principal, idempotency, id);
      if (earlierId !== undefined) {
        const earlier = await change.invitations.find(earlierId);
        return { invitation: requireVisible(actor.principal, earlier), token: null };
      }
      return issueInvitation(change, actor, id, await prepare(change));
    });
    return value;
  }

  /** Nobody comes in with it any more. */
  async revoke(actor: Actor, id: string): Promise<void> {
    await this.#store.change(actor, async (change) => {
      const invitation = requireVisible(actor.principal, await change.invitations.lock(id));
      const { organizationId, locationId, email, acceptedAt, revokedAt } = invitation;
      if (acceptedAt !== null) {
        throw new RegistryError(
          'conflict',
          'the invitation was accepted already: remove the member',
        );
      }
      if (revokedAt !== null) return change.unchanged();
      await change.invitations.revoke(id, change.now);
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'invitation.revoked',
        targetType: 'invitation',
        targetId: id,
        organizationId,
        locationId,
        details: { email },
      });
    });
  }

  /** What a link is for, to whoever holds it. Throws the same `not_found` for whatever is no live token. */
  async getOpen(token: string): Promise<Invitation> {
    const { invitation } = await this.#findOpen(digestMemberToken(token));
    if (invitation === undefined) throw deadLink();
    return invitation;
  }

  async #findOpen(
    tokenDigest: Buffer,
  ): Promise<{ invitation: Invitation | undefined; member: Member | undefined }> {
    const { now } = await this.#store.readState();
    return this.#store.read(async ({ invitations, members }) => {
      const invitation = await invitations.findOpen(tokenDigest, now);
      const memberId = invitation?.memberId ?? null;
      return { invitation, member: memberId === null ? undefined : await members.find(memberId) };
    });
  }

  /** Whoever has the link chooses a password. Throws the same `not_found` for whatever is no live token. */
  async accept(visitor: Visitor, acceptance: Acceptance): Promise<Member> {
    const { name, password } = acceptance;
    const tokenDigest = digestMemberToken(acceptance.token);
    // No work for those who have no link: 256 random bits are not guessed.
    const seen = await this.#findOpen(tokenDigest);
    const { invitation: link } = seen;
    if (link === undefined) throw deadLink();
    const email = requireWhose(link, acceptance.email);
    const owner = { email, name: name ?? seen.member?.name ?? '' };
    if (owner.name === '') throw invalidAt('/name', 'say what you are called');
    requireGoodPassword(password, owner);
    const passwordHash = await this.#hashing.hash(password, visitor.network);
    const memberId = link.memberId ?? createRecordId('member');
    const actor = actorOf(visitor, memberId, { ...link, email });
    const { value } = await this.#store.change(actor, async (change) => {
      // Places before members, as whoever invites takes the two locks.
      await requireOpenPlace(change, link);
      await change.serialize('members');
      const invitation = await change.invitations.findOpen(tokenDigest, change.now);
      if (invitation === undefined) throw deadLink();
      if (invitation.memberId === null) {
        await insertMember(change, invitation, { id: memberId, ...owner, passwordHash });
      } else if (!(await choosePassword(change, memberId, name, passwordHash))) throw deadLink();
      await change.invitations.accept(invitation.id, email, change.now);
      change.touch('members', memberId);
      change.onlyAdds();
      const { organizationId, locationId } = invitation;
      change.audit({
        action: 'invitation.accepted',
        targetType: 'invitation',
        targetId: invitation.id,
        organizationId,
        locationId,
        details: {
          email,
          ...describeStanding(toStanding(invitation)),
          member: memberId,
          is_new: invitation.memberId === null,
        },
      });
      const member = await change.members.find(memberId);
      if (!member) throw deadLink();
      return member;
    });
    return value;
  }
}

function requireVisible(principal: Principal, invitation: Invitation | undefined): Invitation {
  if (!invitation || !maySee(principal, invitation)) throw notFound('invitation');
  return invitation;
}

/**
 * Nobody comes into what was deleted or stopped; and what somebody comes into is neither meanwhile. Whoever holds
 * an open link is told of a stop, for it passes.
 */
async function requireOpenPlace(change: RegistryChange, invitation: Invitation): Promise<void> {
  const place = await holdPlace(change, invitation);
  if (place === undefined) throw deadLink();
  if (place.stopped === undefined) return;
  throw new RegistryError(
    'conflict',
    `the ${place.stopped} is stopped, and nobody comes in until it is started again: the link stays valid until ${invitation.expiresAt.toISOString()}`,
  );
}

async function insertMember(
  change: RegistryChange,
  { organizationId, locationId, role, permissions }: Invitation,
  member: { id: string; email: string; name: string; passwordHash: string },
): Promise<void> {
  await requireFreeEmail(change, member.email);
  const createdAt = change.now;
  const place = { organizationId, locationId };
  await change.members.insert({ ...member, ...place, role, permissions, createdAt });
}

/** Whoever had signed in with the old one signs in anew. False: there is no such member any more. */
async function choosePassword(
  change: RegistryChange,
  memberId: string,
  name: string | undefined,
  passwordHash: string,
): Promise<boolean> {
  const member = await change.members.lock(memberId);
  if (!member?.active) return false;
  await change.members.update(memberId, {
    passwordHash,
    ...(name === undefined ? {} : { name }),
  });
  await change.memberSessions.endAll(memberId);
  return true;
}
