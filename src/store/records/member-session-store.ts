/** Sessions of members: made at sign-in, asked about at every call, and gone when they end. */
import type { EntityManager } from 'typeorm';
import {
  sessionIdleSeconds,
  type Member,
  type MemberSession,
  type SessionReading,
} from '../../model/member.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Belonging } from '../../model/principal.ts';
import { toStanding } from '../../model/role.ts';
import { memberSessionEntity, type MemberSessionRow } from '../entities/member-session-entity.ts';
import { removeOlder } from '../query/old-rows.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';

export const memberSessionSortFields: SortFields = {
  created_at: { expression: 'session.createdAt', type: 'timestamptz' },
  last_seen_at: { expression: 'session.lastSeenAt', type: 'timestamptz' },
};

/** One statement, so one moment: the session, whose it is, and at which registry version. */
const readSession = (condition: string) => `
SELECT state.version::text AS "registryVersion", clock_timestamp() AS now,
       session.id, session.created_at AS "createdAt", session.last_seen_at AS "lastSeenAt",
       session.expires_at AS "expiresAt", session.address, session.user_agent AS "userAgent",
       session.confirmed_at AS "confirmedAt",
       member.id AS "memberId", member.organization_id AS "organizationId",
       member.location_id AS "locationId", member.email, member.name, member.role, member.permissions
  FROM registry_state state
 CROSS JOIN member_sessions session
  JOIN members member ON member.id = session.member_id
  JOIN organizations organization ON organization.id = member.organization_id
  LEFT JOIN locations location ON location.id = member.location_id
 WHERE ${condition}
   -- What is removed or deleted is not active either.
   AND member.active AND organization.active AND coalesce(location.active, true)`;

type SessionRow = MemberSession &
  Pick<Member, 'organizationId' | 'locationId' | 'email' | 'name' | 'role' | 'permissions'> & {
    registryVersion: string;
    now: Date;
  };

export class MemberSessionStore {
  readonly #manager: EntityManager;
  readonly #clockOffsetMillis: () => number;

  constructor(manager: EntityManager, clockOffsetMillis: () => number) {
    this.#manager = manager;
    this.#clockOffsetMillis = clockOffsetMillis;
  }

  /** The session with this token, unless it or its member has ended; as of this very moment. */
  async findLive(tokenDigest: Buffer): Promise<SessionReading | undefined> {
    return this.#findLive('session.token_digest = $1', tokenDigest);
  }

  /** The same, for a change that asks again about who it was begun by. */
  async findLiveById(id: string): Promise<SessionReading | undefined> {
    return this.#findLive('session.id = $1', id);
  }

  async #findLive(condition: string, parameter: unknown): Promise<SessionReading | undefined> {
    const [row] = await this.#manager.query<SessionRow[]>(readSession(condition), [parameter]);
    if (row === undefined) return undefined;
    const now = new Date(row.now.getTime() + this.#clockOffsetMillis());
    const { id, memberId, createdAt, lastSeenAt, expiresAt, address, userAgent, confirmedAt } = row;
    const times = { createdAt, lastSeenAt, expiresAt, confirmedAt };
    const session = { id, memberId, ...times, address, userAgent };
    if (hasEnded(session, now)) return undefined;
    const { email, name, organizationId, locationId } = row;
    return {
      session,
      member: { id: memberId, email, name, organizationId, locationId, standing: toStanding(row) },
      registryVersion: BigInt(row.registryVersion),
      now,
    };
  }

  /** Those that have not ended. */
  async list(memberId: string, now: Date, page: PageRequest): Promise<Page<MemberSession>> {
    const query = this.#manager
      .getRepository(memberSessionEntity)
      .createQueryBuilder('session')
      .where('session.memberId = :memberId AND session.expiresAt > :now', { memberId, now })
      .andWhere('session.lastSeenAt > :idleSince', { idleSince: idleSince(now) });
    return readPage(query, page, {
      sortFields: memberSessionSortFields,
      key: 'session.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  async insert(session: MemberSessionRow): Promise<void> {
    await this.#manager.getRepository(memberSessionEntity).insert(session);
  }

  /** Its password was entered again. */
  async confirm(id: string, confirmedAt: Date): Promise<void> {
    await this.#manager.getRepository(memberSessionEntity).update({ id }, { confirmedAt });
  }

  /** Whether this member had that session. */
  async end(memberId: string, id: string): Promise<boolean> {
    const { affected } = await this.#manager
      .getRepository(memberSessionEntity)
      .delete({ memberId, id });
    return affected === 1;
  }

  /** How many there were. */
  async endAll(memberId: string, { exceptId }: { exceptId?: string } = {}): Promise<number> {
    const { affected } = await this.#manager
      .getRepository(memberSessionEntity)
      .createQueryBuilder()
      .delete()
      .where('memberId = :memberId AND id <> :exceptId', { memberId, exceptId: exceptId ?? '' })
      .execute();
    return affected ?? 0;
  }

  /** Of every member of the organization, or of the location alone; how many there were. */
  async endAllIn({ organizationId, locationId }: Belonging): Promise<number> {
    const [row] = await this.#manager.query<{ ended: number }[]>(
      `WITH ended AS (
         DELETE FROM member_sessions session USING members member
          WHERE member.id = session.member_id AND member.organization_id = $1
            AND ($2::text IS NULL OR member.location_id = $2)
          RETURNING session.id)
       SELECT count(*)::int AS ended FROM ended`,
      [organizationId, locationId],
    );
    return row?.ended ?? 0;
  }

  /** Removes some that have ended by themselves, of whichever member; false when none is left. */
  async purge(now: Date): Promise<boolean> {
    // Nobody is seen with one that has expired, so it is idle an hour later.
    return removeOlder(this.#manager, 'member_sessions', 'last_seen_at', idleSince(now));
  }

  /** Is no change of the registry: it only keeps the session from ending by itself. */
  async noteSeen(id: string, now: Date): Promise<void> {
    await this.#manager.query(
      'UPDATE member_sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2',
      [id, now],
    );
  }
}

function idleSince(now: Date): Date {
  return new Date(now.getTime() - sessionIdleSeconds * 1000);
}

function hasEnded({ expiresAt, lastSeenAt }: MemberSession, now: Date): boolean {
  return expiresAt <= now || lastSeenAt <= idleSince(now);
}

function toRecord({ tokenDigest: _tokenDigest, ...row }: MemberSessionRow): MemberSession {
  return row;
}
