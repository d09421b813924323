/**
 * Removes audit events that are older than the operator wants to keep, once across all instances, and leaves
 * the signed words of it from which verification begins. Nothing is removed that does not verify: a changed
 * date would otherwise be a way to have an event removed by us.
 */
import type { Actor } from '../model/principal.ts';
import { everything } from '../model/principal.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { verifyAnchor } from './audit-anchor.ts';
import { AuditFault } from './audit-fault.ts';
import type { AuditLogVerification } from './audit-log-verification.ts';
import { AuditVerifier, chainStart } from './audit-verifier.ts';

/** The registry's own questions (what changed, who was changed meanwhile) look at the last of them. */
export const retentionDaysMin = 30;
const eventsKeptDefault = 1_000n;
/** PGlite runs on our own event loop: short queries. */
const eventsPerRemoval = 200;
const lookMillis = 3_600_000;
const dayMillis = 86_400_000;

interface Dependencies {
  store: Store;
  verification: AuditLogVerification;
  /** 0: for ever. */
  days: number;
  actor: Actor;
  /** The newest, however old they are. */
  eventsKept?: bigint;
  onFault: (fault: AuditFault) => void;
  onError: (error: unknown) => void;
}

export class AuditRetention {
  readonly #dependencies: Dependencies;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  start(): void {
    if (this.#dependencies.days === 0) return;
    this.#timer = setInterval(() => {
      this.#running ??= this.#look().finally(() => {
        this.#running = undefined;
      });
    }, lookMillis);
    this.#timer.unref();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  /**
   * Everything that is old enough, at most once a day: each removal is an event itself. How many were removed.
   * Throws AuditFault, and then has removed nothing of what it is about.
   */
  async removeOld(): Promise<number> {
    const { store, verification, days, eventsKept = eventsKeptDefault } = this.#dependencies;
    if (days < retentionDaysMin) return 0;
    const { version, now } = await store.readChainEnd();
    const anchor = await verification.verifyAnchor(await verification.verifyKeys());
    if (anchor && now.getTime() - anchor.at.getTime() < dayMillis) return 0;
    // What the removals themselves write makes room for no more.
    const through = version - eventsKept;
    let removed = 0;
    for (let some = 1; some > 0; removed += some) some = await this.#removeSome(through, now);
    return removed;
  }

  async #look(): Promise<void> {
    const { onFault, onError } = this.#dependencies;
    try {
      await this.removeOld();
    } catch (error) {
      if (error instanceof AuditFault) onFault(error);
      else onError(error);
    }
  }

  async #removeSome(through: bigint, now: Date): Promise<number> {
    const { store, actor } = this.#dependencies;
    if (!(await this.#isAnyOld(through, now))) return 0;
    const { value } = await store.change(actor, async (change) => {
      // Another instance may have been faster.
      await change.serialize('audit retention');
      return this.#removeWithin(change, through);
    });
    return value;
  }

  async #isAnyOld(through: bigint, now: Date): Promise<boolean> {
    const [oldest] = await this.#dependencies.store.read(({ auditEvents }) =>
      auditEvents.readChain({ sight: everything }, { after: -1n, through }, 1),
    );
    return oldest !== undefined && oldest.occurredAt < this.#before(now);
  }

  #before(now: Date): Date {
    return new Date(now.getTime() - this.#dependencies.days * dayMillis);
  }

  /** Reads through the change alone: an embedded database has one session. */
  async #removeWithin(change: RegistryChange, through: bigint): Promise<number> {
    const keys = await this.#dependencies.verification.believe(await change.auditKeys.list());
    const jws = await change.auditKeys.findAnchor();
    const anchor = jws === undefined ? undefined : await verifyAnchor(jws, keys);
    const start = anchor ? { sequence: anchor.through, link: anchor.link } : chainStart;
    const verifier = new AuditVerifier({
      keys,
      start,
      scope: { of: 'everything' },
      checkpoints: [],
    });
    const rows = await change.auditEvents.readChain(
      { sight: everything },
      { after: start.sequence, through },
      eventsPerRemoval,
    );
    let position = start;
    let count = 0;
    for (const row of rows) {
      // When it happened is what was signed, not what a column says.
      const { occurredAt } = await verifier.verifyNext(row);
      if (occurredAt >= this.#before(change.now)) break;
      ({ position } = verifier);
      count += 1;
    }
    if (count === 0 || position.link === null) {
      change.unchanged();
      return 0;
    }
    await change.auditEvents.removeThrough(position.sequence);
    change.affectsNothing();
    change.onlyAdds();
    const removedInAll = (anchor?.count ?? 0) + count;
    change.changeChain({
      kind: 'remove',
      through: position.sequence,
      link: position.link,
      count: removedInAll,
    });
    change.audit({
      action: 'audit_events.removed',
      targetType: 'audit_log',
      targetId: String(position.sequence),
      organizationId: null,
      details: { through: Number(position.sequence), link: position.link, count },
    });
    return count;
  }
}
