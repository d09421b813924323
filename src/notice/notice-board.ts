/** Notices to an organization, or a location of it: who sees one and reads it has read it for all. */
import { visibleNoticeKinds, type Notice } from '../model/notice.ts';
import type { Page, PageRequest } from '../model/page.ts';
import { maySee, type Actor, type Principal } from '../model/principal.ts';
import { notFound } from '../model/registry-error.ts';
import type { Store } from '../store/store.ts';

/** Brings notices to the store that this instance has only counted so far. */
interface Flush {
  flushNotices(): Promise<void>;
}

export class NoticeBoard {
  readonly #store: Store;
  readonly #flush: Flush;

  constructor(dependencies: { store: Store; flush: Flush }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  /** An operator's too are those of its own organization alone: each is somebody's to act upon. */
  async list(
    { organizationId, locationId, permissions }: Principal,
    filter: { read?: boolean | undefined },
    page: PageRequest,
  ): Promise<Page<Notice>> {
    await this.#flush.flushNotices();
    const kinds = visibleNoticeKinds(permissions);
    return this.#store.read(({ notices }) =>
      notices.list({ organizationId, locationId, kinds, read: filter.read }, page),
    );
  }

  async read(actor: Actor, id: string): Promise<Notice> {
    const { value } = await this.#store.change(actor, async (change) => {
      const notice = await change.notices.lock(id);
      const { principal } = actor;
      const isOwn = notice?.organizationId === principal.organizationId;
      const isSeen = isOwn && notice && maySee(principal, notice);
      if (!isSeen || !visibleNoticeKinds(principal.permissions).includes(notice.kind)) {
        throw notFound('notice');
      }
      if (notice.readAt !== null) {
        change.unchanged();
        return notice;
      }
      await change.notices.markRead(id, change.now);
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'notice.read',
        targetType: 'notice',
        targetId: id,
        organizationId: notice.organizationId,
        locationId: notice.locationId,
        details: { kind: notice.kind },
      });
      return { ...notice, readAt: change.now };
    });
    return value;
  }

  /** What the caller may see and nobody has read, as far as it happened last until then; how many that were. */
  async readAll(actor: Actor, until: Date | undefined): Promise<number> {
    const { organizationId, locationId, permissions } = actor.principal;
    const kinds = visibleNoticeKinds(permissions);
    const { value } = await this.#store.change(actor, async (change) => {
      const seen = { organizationId, locationId, kinds };
      const count = await change.notices.markAllRead(seen, until ?? change.now, change.now);
      if (count === 0) {
        change.unchanged();
        return 0;
      }
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'notice.read',
        targetType: 'organization',
        targetId: organizationId,
        organizationId,
        locationId,
        details: { notices: count },
      });
      return count;
    });
    return value;
  }
}
