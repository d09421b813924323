/** Rules for members: see, make, change, remove. Whoever holds less than a member does not rule over them. */
import type { Member } from '../model/member.ts';
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { maySee, sightOf, type Actor, type Principal } from '../model/principal.ts';
import { definedFields } from '../model/defined-fields.ts';
import { invalidAt, notFound, RegistryError } from '../model/registry-error.ts';
import { toStanding, type Role } from '../model/role.ts';
import { describeChange, type Facts } from '../registry/change-description.ts';
import { dated, versioned } from '../registry/changed-record.ts';
import { createRecordId } from '../registry/credential.ts';
import { claimIdempotencyKey, type IdempotencyRequest } from '../registry/idempotency.ts';
import { resolveLocation } from '../registry/location-reference.ts';
import { resolveOrganization } from '../registry/organization-reference.ts';
import { requireVersion } from '../registry/precondition.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { parseEmailAddress } from './email-address.ts';
import { insertInvitation, type IssuedInvitation } from './invitation-link.ts';
import {
  affectClients,
  cutOffClients,
  deleteClients,
  deleteWebhooks,
  listGivers,
} from './member-clients.ts';
import {
  describeStanding,
  parseStanding,
  requireMayGive,
  requireMayRule,
  requireStanding,
  type StandingRequest,
} from './standing.ts';

export interface MemberPlace {
  organization?: string | undefined;
  location?: string | null | undefined;
}

export interface MemberRequest extends StandingRequest, MemberPlace {
  email: string;
  name: string;
}

export interface MemberChanges extends StandingRequest {
  name?: string | undefined;
  active?: boolean | undefined;
}

export class MemberRegistry {
  readonly #store: Store;

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  async list(
    principal: Principal,
    filter: {
      organization?: string | undefined;
      location?: string | undefined;
      active?: boolean | undefined;
      role?: Role | undefined;
      q?: string | undefined;
    },
    page: PageRequest,
  ): Promise<Page<Member>> {
    const sight = sightOf(principal, filter);
    if (sight === undefined) return emptyPage;
    const { active, role, q } = filter;
    return this.#store.read(({ members }) => members.list({ sight, active, role, q }, page));
  }

  async get(principal: Principal, id: string): Promise<Member> {
    return requireVisibleMember(
      principal,
      await this.#store.read(({ members }) => members.find(id)),
    );
  }

  /** A member who chooses a password with the link that comes with it. */
  async create(
    actor: Actor,
    request: MemberRequest,
    idempotency?: IdempotencyRequest,
  ): Promise<{ member: Member; invitation: IssuedInvitation }> {
    const { principal } = actor;
    const standing = requireStanding(request);
    const email = requireEmailAddress(request.email);
    const changed = await this.#store.change(actor, async (change) => {
      const id = createRecordId('member');
      const earlierId = await claimIdempotencyKey(change, principal, idempotency, id);
      if (earlierId !== undefined) return findEarlier(change, principal, earlierId);
      const place = await resolvePlace(change, principal, request);
      requireMayGive(principal, standing);
      await requireFreeEmail(change, email);
      await change.members.insert({
        id,
        ...place,
        ...standing,
        email,
        name: request.name,
        passwordHash: null,
        createdAt: change.now,
      });
      const invitation = await insertInvitation(change, actor, createRecordId('invitation'), {
        ...place,
        ...standing,
        email,
        memberId: id,
      });
      change.touch('members', id);
      change.onlyAdds();
      change.audit({
        action: 'member.created',
        targetType: 'member',
        targetId: id,
        ...place,
        details: { email, name: request.name, ...describeStanding(standing) },
      });
      const member = requireVisibleMember(principal, await change.members.find(id));
      return { member: dated(member, change), invitation };
    });
    const { member, invitation } = changed.value;
    return { member: versioned(member, changed), invitation };
  }

  async update(
    actor: Actor,
    id: string,
    changes: MemberChanges,
    ifMatch: string | undefined,
  ): Promise<Member> {
    const { principal } = actor;
    const standing = parseStanding(changes);
    const changed = await this.#store.change(actor, async (change) => {
      await change.serialize('members');
      const member = requireVisibleMember(principal, await change.members.lock(id));
      requireVersion(member.version, ifMatch);
      const { name, active } = changes;
      const after: Member = { ...member, ...definedFields({ name, active }), ...standing };
      const isRuling = standing !== undefined || (active !== undefined && active !== member.active);
      if (isRuling) {
        requireMayRule(principal, member);
        requireMayGive(principal, toStanding(after));
        await requireOwnerRemains(change, member, after);
      }
      await change.members.update(id, { ...definedFields({ name, active }), ...standing });
      if (isRuling) await obeyNewStanding(change, member, after);
      else change.onlyAdds();
      change.touch('members', id);
      change.audit({
        action: 'member.updated',
        targetType: 'member',
        targetId: id,
        organizationId: member.organizationId,
        locationId: member.locationId,
        details: describeChange(describe(member), describe(after)),
      });
      return dated(after, change);
    });
    return versioned(changed.value, changed);
  }

  /** At once: the member's sessions, clients, webhooks and open links end too, and the address is free again. */
  async remove(actor: Actor, id: string, ifMatch: string | undefined): Promise<void> {
    const { principal } = actor;
    await this.#store.change(actor, async (change) => {
      await change.serialize('members');
      const member = requireVisibleMember(principal, await change.members.lock(id));
      requireVersion(member.version, ifMatch);
      requireMayRule(principal, member);
      await requireOwnerRemains(change, member, undefined);
      await change.members.update(id, {
        active: false,
        passwordHash: null,
        removedAt: change.now,
      });
      await endAccess(change, member);
      await deleteClients(change, id);
      const webhooks = await deleteWebhooks(change, id);
      change.touch('members', id);
      change.audit({
        action: 'member.removed',
        targetType: 'member',
        targetId: id,
        organizationId: member.organizationId,
        locationId: member.locationId,
        details: {
          email: member.email,
          name: member.name,
          ...(webhooks.length === 0 ? {} : { webhooks }),
        },
      });
    });
  }
}

/** What an earlier request with the same Idempotency-Key made, as it is now. */
async function findEarlier(
  change: RegistryChange,
  principal: Principal,
  id: string,
): Promise<{ member: Member; invitation: IssuedInvitation }> {
  const member = requireVisibleMember(principal, await change.members.find(id));
  const invitation = await change.invitations.findNewestOf(id);
  if (!invitation) throw notFound('invitation');
  return { member, invitation: { invitation, token: null } };
}

export function requireVisibleMember(principal: Principal, member: Member | undefined): Member {
  if (!member || !maySee(principal, member)) throw notFound('member');
  return member;
}

export function requireEmailAddress(text: string): string {
  const email = parseEmailAddress(text);
  if (email === undefined) {
    throw invalidAt('/email', 'must be an e-mail address, such as ada@example.com');
  }
  return email;
}

/** Throws `conflict`; from here on nobody else takes it before this change is over. */
export async function requireFreeEmail(change: RegistryChange, email: string): Promise<void> {
  await change.serialize('members');
  if (await change.members.isEmailTaken(email)) {
    throw new RegistryError('conflict', 'there is a member with this e-mail address already');
  }
}

/** The last owner who can sign in stays one: whoever takes that away leaves an organization to nobody. */
async function requireOwnerRemains(
  change: RegistryChange,
  before: Member,
  after: Member | undefined,
): Promise<void> {
  const owns = (member: Member | undefined) => member?.role === 'owner' && member.active;
  if (!owns(before) || owns(after)) return;
  if ((await change.members.countOtherOwners(before.organizationId, before.id)) > 0) return;
  throw new RegistryError(
    'conflict',
    'this is the last owner of the organization who can sign in: make another member an owner first',
  );
}

/** Sessions and clients go by what the member is from now on; what was begun before asks again. */
async function obeyNewStanding(
  change: RegistryChange,
  before: Member,
  after: Member,
): Promise<void> {
  const { id } = before;
  if (before.active && !after.active) {
    await endAccess(change, before);
    await cutOffClients(change, id);
    return;
  }
  // Whoever may do something else from now on signs in anew (W-06).
  await change.memberSessions.endAll(id);
  await change.invitations.revokeOpenBy(await listGivers(change, id), change.now);
  await affectClients(change, id);
}

/** Every session, every link of the organization for the member, and every link the member has given to others. */
async function endAccess(
  change: RegistryChange,
  { id, email, organizationId }: Member,
): Promise<void> {
  await change.memberSessions.endAll(id);
  await change.invitations.revokeOpen(email, { organizationId, locationId: null }, change.now);
  await change.invitations.revokeOpenBy(await listGivers(change, id), change.now);
}

function describe(member: Member): Facts {
  return {
    name: member.name,
    active: member.active,
    ...describeStanding(toStanding(member)),
  };
}

export async function resolvePlace(
  change: RegistryChange,
  principal: Principal,
  { organization, location }: MemberPlace,
): Promise<{ organizationId: string; locationId: string | null }> {
  const organizationId = await resolveOrganization(change, principal, organization);
  const locationId = await resolveLocation(change, principal, organizationId, location);
  return { organizationId, locationId };
}
