/** Signing in and out: sessions are looked up at every call, so that their end is obeyed everywhere at once. */
import { RegistryError, invalidAt, notFound } from '../model/registry-error.ts';
import { sessionSecondsMax, type MemberSession, type SessionReading } from '../model/member.ts';
import type { Page, PageRequest } from '../model/page.ts';
import type { Actor, Principal, RequestOrigin, SessionEntitlement } from '../model/principal.ts';
import { hasOwnSecretsOnly, permissionsOf } from '../model/role.ts';
import type { Refusal } from '../model/refused-attempt.ts';
import { createRecordId } from '../registry/credential.ts';
import { holdPlace } from '../registry/location-reference.ts';
import type { MemberPassword } from '../store/records/member-store.ts';
import type { Store } from '../store/store.ts';
import { parseEmailAddress } from './email-address.ts';
import { digestMemberToken, generateMemberToken } from './invitation-link.ts';
import type { PasswordHashing } from './password-hashing.ts';
import { requireGoodPassword } from './password-rules.ts';
import type { SignInBrake } from './sign-in-brake.ts';
import { stopped, wrongCredentials } from './sign-in-refusal.ts';

/** Seen again within this, a session is not written again. */
const seenMillis = 60_000;

/** Who is at the other end, before anybody knows. */
export interface Visitor {
  origin: RequestOrigin & { address: string };
  /** The network of its address, which guesses are counted by. */
  network: string;
}

export interface SignedIn {
  session: MemberSession;
  /** For the cookie, this once. */
  token: string;
}

/** Whoever has a live session, as the member is at this moment. */
export interface Presence {
  principal: Principal;
  entitlement: SessionEntitlement;
  reading: SessionReading;
}

export class SessionRegistry {
  readonly #store: Store;
  readonly #hashing: PasswordHashing;
  readonly #brake: SignInBrake;
  readonly #onRefusal: (refusal: Refusal) => void;

  constructor(dependencies: {
    store: Store;
    hashing: PasswordHashing;
    brake: SignInBrake;
    onRefusal: (refusal: Refusal) => void;
  }) {
    this.#onRefusal = dependencies.onRefusal;
    this.#store = dependencies.store;
    this.#hashing = dependencies.hashing;
    this.#brake = dependencies.brake;
  }

  /**
   * A new session, whatever the visitor had before. Throws the same `unauthenticated`, after the same work, for an
   * address that nobody has, a member without a password, and a wrong password. What is stopped is `forbidden`, and
   * named: to whoever has the right password, and nobody else.
   */
  async signIn(
    visitor: Visitor,
    { email: typed, password }: { email: string; password: string },
  ): Promise<SignedIn> {
    const email = parseEmailAddress(typed) ?? typed;
    const found = await this.#compare(visitor, email, password, () =>
      this.#store.read(({ members }) => members.findPassword(email)),
    );
    const { known } = found;
    if (known === undefined || !found.isRight) {
      this.#noteRefusal('signIn', visitor, known);
      throw wrongCredentials();
    }
    if (known.hindrance !== null) {
      this.#noteRefusal('signIn', visitor, known);
      throw stopped(known.hindrance);
    }
    const token = generateMemberToken('lkm_');
    const { value } = await this.#store.change(actorOf(visitor, known), async (change) => {
      // A stop, another password, or the end of the member may have come in between.
      const place = await holdPlace(change, known);
      if (place?.stopped) throw stopped(place.stopped);
      const found = await change.members.lockPassword(known.id);
      if (!place || !found?.member.active || found.passwordHash !== known.passwordHash) {
        throw wrongCredentials();
      }
      const { member } = found;
      const session: MemberSession = {
        id: createRecordId('session'),
        memberId: member.id,
        createdAt: change.now,
        lastSeenAt: change.now,
        expiresAt: new Date(change.now.getTime() + sessionSecondsMax * 1000),
        address: visitor.origin.address,
        userAgent: visitor.origin.userAgent ?? '',
        confirmedAt: null,
      };
      await change.memberSessions.insert({ ...session, tokenDigest: digestMemberToken(token) });
      await change.members.update(member.id, { lastSignedInAt: change.now });
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'session.created',
        targetType: 'session',
        targetId: session.id,
        organizationId: member.organizationId,
        locationId: member.locationId,
        details: { member: member.id, email: member.email, user_agent: session.userAgent },
      });
      return session;
    });
    return { session: value, token };
  }

  /** undefined: no such session, or it has ended, or its member may not be here any more. */
  async find(token: string): Promise<Presence | undefined> {
    const reading = await this.#store.read(({ memberSessions }) =>
      memberSessions.findLive(digestMemberToken(token)),
    );
    if (reading === undefined) return undefined;
    const { session, member, registryVersion, now } = reading;
    if (now.getTime() - session.lastSeenAt.getTime() > seenMillis) {
      await this.#store.read(({ memberSessions }) => memberSessions.noteSeen(session.id, now));
    }
    const { organizationId, locationId, standing } = member;
    return {
      principal: {
        type: 'member',
        id: member.id,
        name: member.email,
        organizationId,
        locationId,
        permissions: new Set(permissionsOf(standing)),
        member: { id: member.id, ownSecretsOnly: hasOwnSecretsOnly(standing) },
      },
      entitlement: {
        kind: 'session',
        sessionId: session.id,
        registryVersion,
        recordIds: [
          session.id,
          member.id,
          organizationId,
          ...(locationId === null ? [] : [locationId]),
        ],
      },
      reading,
    };
  }

  async list(memberId: string, page: PageRequest): Promise<Page<MemberSession>> {
    const { now } = await this.#store.readState();
    return this.#store.read(({ memberSessions }) => memberSessions.list(memberId, now, page));
  }

  /** One of the caller's own. */
  async end(actor: Actor, sessionId: string): Promise<void> {
    const { principal } = actor;
    await this.#store.change(actor, async (change) => {
      if (!(await change.memberSessions.end(principal.id, sessionId))) throw notFound('session');
      change.affects(sessionId);
      // Nobody remembers sessions, so nobody needs to have heard of it.
      change.onlyAdds();
      change.audit({
        action: 'session.ended',
        targetType: 'session',
        targetId: sessionId,
        organizationId: principal.organizationId,
        locationId: principal.locationId,
        details: { member: principal.id },
      });
    });
  }

  /** All of the caller's own, the one it calls with among them. */
  async endAll(actor: Actor): Promise<void> {
    const { principal } = actor;
    await this.#store.change(actor, async (change) => {
      const ended = await change.memberSessions.endAll(principal.id);
      change.affects(principal.id);
      change.onlyAdds();
      change.audit({
        action: 'session.ended',
        targetType: 'member',
        targetId: principal.id,
        organizationId: principal.organizationId,
        locationId: principal.locationId,
        details: { sessions: ended },
      });
    });
  }

  /** The password again, so that whoever finds a session open does not do the worst with it. Returns when. */
  async confirm(
    actor: Actor,
    visitor: Visitor,
    sessionId: string,
    password: string,
  ): Promise<Date> {
    const { principal } = actor;
    const { known, isRight } = await this.#compare(visitor, principal.id, password, () =>
      this.#store.read(({ members }) => members.findPasswordOf(principal.id)),
    );
    if (known === undefined || !isRight) {
      this.#noteRefusal('confirmSession', visitor, known);
      throw invalidAt('/password', 'is not your password');
    }
    const { value } = await this.#store.change(actor, async (change) => {
      await change.memberSessions.confirm(sessionId, change.now);
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'session.confirmed',
        targetType: 'session',
        targetId: sessionId,
        organizationId: principal.organizationId,
        locationId: principal.locationId,
        details: { member: principal.id },
      });
      return change.now;
    });
    return value;
  }

  /** Needs the current one; every other session of the member ends. */
  async changePassword(
    actor: Actor,
    visitor: Visitor,
    passwords: { current: string; next: string },
  ): Promise<void> {
    const { principal, entitlement } = actor;
    const sessionId = entitlement?.kind === 'session' ? entitlement.sessionId : '';
    const { known, isRight } = await this.#compare(visitor, principal.id, passwords.current, () =>
      this.#store.read(({ members }) => members.findPasswordOf(principal.id)),
    );
    if (known === undefined || !isRight) {
      throw new RegistryError('invalid', 'that is not your current password', {
        faults: [{ pointer: '/current_password', detail: 'is not your current password' }],
      });
    }
    const member = await this.#store.read(({ members }) => members.find(principal.id));
    if (member === undefined) throw notFound('member');
    requireGoodPassword(passwords.next, member, '/new_password');
    const passwordHash = await this.#hashing.hash(passwords.next, visitor.network);
    await this.#store.change(actor, async (change) => {
      const found = await change.members.lockPassword(principal.id);
      if (found?.passwordHash !== known.passwordHash) {
        throw new RegistryError('conflict', 'the password was changed in the meantime');
      }
      await change.members.update(principal.id, { passwordHash });
      const ended = await change.memberSessions.endAll(principal.id, { exceptId: sessionId });
      change.touch('members', principal.id);
      change.onlyAdds();
      change.audit({
        action: 'member.password_changed',
        targetType: 'member',
        targetId: principal.id,
        organizationId: principal.organizationId,
        locationId: principal.locationId,
        details: { sessions_ended: ended },
      });
    });
  }

  /** Whoever knows less than the operator is told of it by the audit trail's reader, and not by the answer. */
  #noteRefusal(
    operation: string,
    { origin, network }: Visitor,
    known: MemberPassword | undefined,
  ): void {
    const { address, requestId } = origin;
    this.#onRefusal({
      kind: 'sign_in',
      actor: known && {
        type: 'member',
        id: known.id,
        name: known.email,
        organizationId: known.organizationId,
        locationId: known.locationId,
      },
      operation,
      address,
      network,
      requestId,
    });
  }

  /** With whom it was compared, if anybody. The account is who was named, whether there is one or not. */
  async #compare(
    { network }: Visitor,
    account: string,
    password: string,
    find: () => Promise<MemberPassword | undefined>,
  ): Promise<{ known: MemberPassword | undefined; isRight: boolean }> {
    let known: MemberPassword | undefined;
    const isRight = await this.#brake.take(account, network, async () => {
      known = await find();
      return this.#hashing.verify(known?.passwordHash, password, network);
    });
    return { known, isRight };
  }
}

/** A member who signs in acts for themselves; what they hold does not matter yet. */
function actorOf({ origin }: Visitor, { id, email }: MemberPassword): Actor {
  return {
    principal: {
      type: 'member',
      id,
      name: email,
      organizationId: '',
      locationId: null,
      permissions: new Set(),
    },
    origin,
  };
}
