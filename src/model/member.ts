/** People of an organization, the links that let them in, and their sessions; never a password or a token. */
import type { Role, Standing } from './role.ts';
import type { Permission } from './permission.ts';

export interface Member {
  id: string;
  organizationId: string;
  /** null: of the whole organization. */
  locationId: string | null;
  /** In its canonical form; unique on the instance. */
  email: string;
  name: string;
  /** null: an explicit set of permissions instead. */
  role: Role | null;
  permissions: readonly Permission[] | null;
  active: boolean;
  /** False: nobody can sign in as this member yet. */
  hasPassword: boolean;
  version: bigint;
  createdAt: Date;
  updatedAt: Date;
  lastSignedInAt: Date | null;
}

/** A link with which somebody becomes a member, or a member chooses a password. */
export interface Invitation {
  id: string;
  organizationId: string;
  locationId: string | null;
  /** null: whoever comes in with it says so. */
  email: string | null;
  role: Role | null;
  permissions: readonly Permission[] | null;
  /** The member it is for, if there is one already. */
  memberId: string | null;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date;
  acceptedAt: Date | null;
  revokedAt: Date | null;
}

export interface MemberSession {
  id: string;
  memberId: string;
  createdAt: Date;
  lastSeenAt: Date;
  /** However much it is used. */
  expiresAt: Date;
  address: string;
  userAgent: string;
  /** When the password was entered last; null: when it was begun. */
  confirmedAt: Date | null;
}

/** What a session lets in, at one moment. */
export interface SessionReading {
  session: MemberSession;
  member: Pick<Member, 'id' | 'email' | 'name' | 'organizationId' | 'locationId'> & {
    standing: Standing;
  };
  registryVersion: bigint;
  now: Date;
}

/** A session that was not used for so long has ended. */
export const sessionIdleSeconds = 3600;
/** And each has after this, however much it was used. */
export const sessionSecondsMax = 12 * 3600;
/** So long after its password was entered a session does what cannot be taken back; then it is asked for again. */
export const confirmedSeconds = 15 * 60;

/** Until when a session may do what needs its password again after that. */
export function confirmedUntil({ confirmedAt, createdAt }: MemberSession): Date {
  return new Date((confirmedAt ?? createdAt).getTime() + confirmedSeconds * 1000);
}
