/** Members, read and written. */
import type { EntityManager } from 'typeorm';
import type { Member } from '../../model/member.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Belonging, Sight } from '../../model/principal.ts';
import type { Permission } from '../../model/permission.ts';
import { locationEntity } from '../entities/location-entity.ts';
import { memberEntity, type MemberRow } from '../entities/member-entity.ts';
import { organizationEntity } from '../entities/organization-entity.ts';
import { narrowToSight } from '../query/sight-filter.ts';
import { containsPattern, readPage, type SortFields } from '../query/keyset-page.ts';

export interface MemberFilter {
  sight: Sight;
  active?: boolean | undefined;
  role?: Member['role'] | undefined;
  q?: string | undefined;
}

export type NewMember = Pick<
  Member,
  'id' | 'organizationId' | 'locationId' | 'email' | 'name' | 'role' | 'permissions' | 'createdAt'
> & { passwordHash: string | null };

export type MemberPatch = Partial<
  Pick<Member, 'name' | 'active' | 'role' | 'permissions' | 'lastSignedInAt'> & {
    passwordHash: string | null;
    removedAt: Date;
  }
>;

/** What keeps somebody out who has the right password: a stop of the place they belong to, or of themselves. */
export type SignInHindrance = 'organization' | 'location' | 'member';

/** What a sign-in is compared with. */
export interface MemberPassword extends Belonging {
  id: string;
  email: string;
  passwordHash: string;
  /** null: may sign in. */
  hindrance: SignInHindrance | null;
}

export const memberSortFields: SortFields = {
  created_at: { expression: 'member.createdAt', type: 'timestamptz' },
  name: { expression: 'member.name', type: 'text' },
  email: { expression: 'member.email', type: 'text' },
  // Never signed in sorts as longest ago.
  last_signed_in_at: {
    expression: "COALESCE(member.lastSignedInAt, 'epoch'::timestamptz)",
    type: 'timestamptz',
  },
};

export class MemberStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  get #members() {
    return this.#manager.getRepository(memberEntity);
  }

  /** A member that was not removed. */
  async find(id: string): Promise<Member | undefined> {
    const row = await this.#members
      .createQueryBuilder('member')
      .where('member.id = :id AND member.removedAt IS NULL', { id })
      .getOne();
    return row ? toRecord(row) : undefined;
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Member | undefined> {
    const row = await this.#lockRow(id);
    return row ? toRecord(row) : undefined;
  }

  /** The same with the password, for whoever has just compared it. */
  async lockPassword(
    id: string,
  ): Promise<{ member: Member; passwordHash: string | null } | undefined> {
    const row = await this.#lockRow(id);
    return row ? { member: toRecord(row), passwordHash: row.passwordHash } : undefined;
  }

  async #lockRow(id: string): Promise<MemberRow | null> {
    return this.#members
      .createQueryBuilder('member')
      .where('member.id = :id AND member.removedAt IS NULL', { id })
      .setLock('for_no_key_update')
      .getOne();
  }

  /** Of whoever has this address, in its canonical form, and what keeps them from signing in with it. */
  async findPassword(email: string): Promise<MemberPassword | undefined> {
    return this.#findPassword('member.email = :email', { email });
  }

  /** Of a member who is signed in, and may be. */
  async findPasswordOf(id: string): Promise<MemberPassword | undefined> {
    const found = await this.#findPassword('member.id = :id', { id });
    return found?.hindrance === null ? found : undefined;
  }

  async #findPassword(
    condition: string,
    parameters: Record<string, string>,
  ): Promise<MemberPassword | undefined> {
    const {
      entities: [row],
      raw: [places],
    } = await this.#members
      .createQueryBuilder('member')
      .innerJoin(
        organizationEntity.options.name,
        'organization',
        'organization.id = member.organizationId',
      )
      .leftJoin(locationEntity.options.name, 'location', 'location.id = member.locationId')
      .addSelect('organization.active', 'organization_goes_on')
      .addSelect('COALESCE(location.active, TRUE)', 'location_goes_on')
      .where(`${condition} AND member.removedAt IS NULL`, parameters)
      .getRawAndEntities<{ organization_goes_on: boolean; location_goes_on: boolean }>();
    if (row === undefined || places === undefined || row.passwordHash === null) return undefined;
    const { id, email, passwordHash, organizationId, locationId } = row;
    const hindrance = !places.organization_goes_on
      ? 'organization'
      : !places.location_goes_on
        ? 'location'
        : row.active
          ? null
          : 'member';
    return { id, email, passwordHash, organizationId, locationId, hindrance };
  }

  async isEmailTaken(email: string): Promise<boolean> {
    return this.#members
      .createQueryBuilder('member')
      .where('member.email = :email AND member.removedAt IS NULL', { email })
      .getExists();
  }

  /** Owners who can sign in, besides this one. */
  async countOtherOwners(organizationId: string, exceptId: string): Promise<number> {
    return this.#members
      .createQueryBuilder('member')
      .where("member.organizationId = :organizationId AND member.role = 'owner'", {
        organizationId,
      })
      .andWhere('member.id <> :exceptId AND member.active AND member.passwordHash IS NOT NULL', {
        exceptId,
      })
      .getCount();
  }

  async list(filter: MemberFilter, page: PageRequest): Promise<Page<Member>> {
    const query = this.#members.createQueryBuilder('member').where('member.removedAt IS NULL');
    const { sight, active, role, q } = filter;
    narrowToSight(query, 'member', sight);
    if (active !== undefined) query.andWhere('member.active = :active', { active });
    if (role) query.andWhere('member.role = :role', { role });
    if (q !== undefined) {
      query.andWhere('(member.name ILIKE :q OR member.email ILIKE :q)', { q: containsPattern(q) });
    }
    return readPage(query, page, {
      sortFields: memberSortFields,
      key: 'member.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  async insert(member: NewMember): Promise<void> {
    await this.#members.insert({
      ...member,
      permissions: toColumn(member.permissions),
      active: true,
      version: 0n,
      updatedAt: member.createdAt,
      lastSignedInAt: null,
      removedAt: null,
    });
  }

  async update(id: string, patch: MemberPatch): Promise<void> {
    if (Object.keys(patch).length === 0) return;
    const { permissions, ...columns } = patch;
    await this.#members.update(
      { id },
      { ...columns, ...(permissions === undefined ? {} : { permissions: toColumn(permissions) }) },
    );
  }
}

function toColumn(permissions: readonly Permission[] | null): Permission[] | null {
  return permissions === null ? null : [...permissions];
}

function toRecord({ passwordHash, removedAt: _removedAt, ...row }: MemberRow): Member {
  return { ...row, hasPassword: passwordHash !== null };
}
