/** Invitations, read and written. */
import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import type { Invitation } from '../../model/member.ts';
import type { Page, PageRequest } from '../../model/page.ts';
import type { Belonging, Sight } from '../../model/principal.ts';
import { invitationEntity, type InvitationRow } from '../entities/invitation-entity.ts';
import { narrowToSight } from '../query/sight-filter.ts';
import { removeOlder } from '../query/old-rows.ts';
import { readPage, type SortFields } from '../query/keyset-page.ts';

export interface InvitationFilter {
  sight: Sight;
  /** Only those that still let somebody in, or only the others. */
  open?: boolean | undefined;
  now: Date;
}

export type NewInvitation = Omit<Invitation, 'acceptedAt' | 'revokedAt'> & { tokenDigest: Buffer };

export const invitationSortFields: SortFields = {
  created_at: { expression: 'invitation.createdAt', type: 'timestamptz' },
  email: { expression: 'invitation.email', type: 'text' },
};

/** After they have expired: until then people may ask what became of one. */
const keptMillis = 90 * 86_400_000;

const isOpen =
  '(invitation.acceptedAt IS NULL AND invitation.revokedAt IS NULL AND invitation.expiresAt > :now)';

export class InvitationStore {
  readonly #manager: EntityManager;

  constructor(manager: EntityManager) {
    this.#manager = manager;
  }

  get #query(): SelectQueryBuilder<InvitationRow> {
    return this.#manager.getRepository(invitationEntity).createQueryBuilder('invitation');
  }

  async find(id: string): Promise<Invitation | undefined> {
    const row = await this.#query.where('invitation.id = :id', { id }).getOne();
    return row ? toRecord(row) : undefined;
  }

  /** The last link that a member was given. */
  async findNewestOf(memberId: string): Promise<Invitation | undefined> {
    const row = await this.#query
      .where('invitation.memberId = :memberId', { memberId })
      .orderBy('invitation.createdAt', 'DESC')
      .limit(1)
      .getOne();
    return row ? toRecord(row) : undefined;
  }

  /** Locks the row until the change is over. */
  async lock(id: string): Promise<Invitation | undefined> {
    const row = await this.#query
      .where('invitation.id = :id', { id })
      .setLock('for_no_key_update')
      .getOne();
    return row ? toRecord(row) : undefined;
  }

  /** The one that still lets somebody in with this token. */
  async findOpen(tokenDigest: Buffer, now: Date): Promise<Invitation | undefined> {
    const row = await this.#query
      .where(`invitation.tokenDigest = :tokenDigest AND ${isOpen}`, { tokenDigest, now })
      .getOne();
    return row ? toRecord(row) : undefined;
  }

  async list(filter: InvitationFilter, page: PageRequest): Promise<Page<Invitation>> {
    const { sight, open, now } = filter;
    const query = narrowToSight(this.#query.where('TRUE'), 'invitation', sight);
    if (open !== undefined) query.andWhere(open ? isOpen : `NOT ${isOpen}`, { now });
    return readPage(query, page, {
      sortFields: invitationSortFields,
      key: 'invitation.id',
      toRecords: async (rows) => rows.map(toRecord),
    });
  }

  async insert(invitation: NewInvitation): Promise<void> {
    const { permissions, ...row } = invitation;
    await this.#manager.getRepository(invitationEntity).insert({
      ...row,
      permissions: permissions === null ? null : [...permissions],
      acceptedAt: null,
      revokedAt: null,
    });
  }

  /** `email` is whose it turned out to be, if it did not say. */
  async accept(id: string, email: string, acceptedAt: Date): Promise<void> {
    await this.#manager.getRepository(invitationEntity).update({ id }, { email, acceptedAt });
  }

  async revoke(id: string, revokedAt: Date): Promise<void> {
    await this.#manager.getRepository(invitationEntity).update({ id }, { revokedAt });
  }

  /**
   * Every open link for this address into the organization, or into a location of it: a newer one takes their
   * place, or nobody is to come in with them. What others have given stays theirs.
   */
  async revokeOpen(
    email: string,
    { organizationId, locationId }: Belonging,
    now: Date,
  ): Promise<void> {
    await this.#revokeOpen(
      'email = $2 AND organization_id = $3 AND ($4::text IS NULL OR location_id = $4)',
      now,
      [email, organizationId, locationId],
    );
  }

  /** Every open link into an organization, or a location of it, that is not there any more; their record ids. */
  async revokeOpenInto({ organizationId, locationId }: Belonging, now: Date): Promise<string[]> {
    return this.#revokeOpen(
      'organization_id = $2 AND ($3::text IS NULL OR location_id = $3)',
      now,
      [organizationId, locationId],
    );
  }

  /** Every open link that does not say whose it is. */
  async revokeOpenOfNobody(now: Date): Promise<void> {
    await this.#revokeOpen('email IS NULL', now, []);
  }

  /**
   * Every open link that one of these has given: who lost permissions, or ended, must not have stored them in a
   * link. Returns their record ids.
   */
  async revokeOpenBy(givers: readonly string[], now: Date): Promise<string[]> {
    return this.#revokeOpen('created_by = ANY ($2)', now, [givers]);
  }

  /** The same of every client that `sight` shows, whatever has become of it. */
  async revokeOpenByClients({ organizationId, locationId }: Sight, now: Date): Promise<string[]> {
    return this.#revokeOpen(
      `created_by IN (SELECT client.id FROM clients client
                       WHERE ($2::text IS NULL OR client.organization_id = $2)
                         AND ($3::text IS NULL OR client.location_id = $3))`,
      now,
      [organizationId, locationId],
    );
  }

  /** `condition` has its values from $2 on. */
  async #revokeOpen(condition: string, now: Date, values: readonly unknown[]): Promise<string[]> {
    const rows = await this.#manager.query<{ id: string }[]>(
      `WITH revoked AS (
         UPDATE invitations SET revoked_at = $1
          WHERE accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $1 AND ${condition}
         RETURNING id)
       SELECT id FROM revoked ORDER BY id`,
      [now, ...values],
    );
    return rows.map(({ id }) => id);
  }

  /** Removes some that have let nobody in for long, used or not; false when none is left. */
  async purge(now: Date): Promise<boolean> {
    const oldest = new Date(now.getTime() - keptMillis);
    return removeOlder(this.#manager, 'invitations', 'expires_at', oldest);
  }
}

function toRecord({ tokenDigest: _tokenDigest, ...row }: InvitationRow): Invitation {
  return row;
}
