/**
 * Clients that nobody uses (FEATURES 2.5): three notices, then deleted softly, then erased. Whatever clocks,
 * restarts or pauses did, nothing is deleted without all three, and without the days between them.
 */
import { deletionTime, noticeAfterDays, restorableDays } from '../model/inactivity.ts';
import type { Actor } from '../model/principal.ts';
import type { InactiveClient } from '../store/records/inactivity-store.ts';
import type { RegistryChange } from '../store/change/registry-change.ts';
import type { Store } from '../store/store.ts';
import { deleteClient } from './client-deletion.ts';
import { getAdminApiId, isLastOperator } from './last-operator.ts';
import { systemActor } from './system-actor.ts';

/** An embedded database runs on our own event loop: short queries. */
const clientsPerLook = { postgresql: 10_000, embedded: 200 } as const;
const erasedAtOnceMax = 200;
const dayMillis = 86_400_000;

export class Inactivity {
  readonly #store: Store;
  readonly #actor: Actor = systemActor('inactivity');

  constructor(dependencies: { store: Store }) {
    this.#store = dependencies.store;
  }

  /**
   * Each client that is due goes one step on: is told of, or deleted, or erased. May be called at any time and
   * by several instances at once: under the lock of its row each asks again whether the step is still due.
   */
  async look(): Promise<void> {
    await this.#store.endCountdownsOfExempt();
    await this.#stepAll();
    await this.#eraseAll();
  }

  async #stepAll(): Promise<void> {
    const limit = clientsPerLook[this.#store.kind];
    const { now } = await this.#store.readState();
    let after: string | undefined = '';
    while (after !== undefined) {
      const from: string = after;
      const { due, last } = await this.#store.read(({ inactivity }) =>
        inactivity.findDue(from, limit, now),
      );
      for (const id of due) await this.#step(id);
      after = last;
    }
  }

  async #step(id: string): Promise<void> {
    await this.#store.change(this.#actor, async (change) => {
      const inactive = await change.inactivity.lockDue(id, change.now);
      if (!inactive) return change.unchanged();
      if (inactive.isOperator && (await isLastOperator(change, id, await getAdminApiId(change)))) {
        return change.unchanged();
      }
      if (inactive.noticedAt.length < noticeAfterDays.length) return raiseNotice(change, inactive);
      const client = await change.clients.lock(id);
      if (!client) throw new Error('a client that is locked and due is gone');
      await deleteClient(change, client, 'inactivity');
    });
  }

  async #eraseAll(): Promise<void> {
    const { now } = await this.#store.readState();
    let left: string[] = [];
    do {
      left = await this.#store.read(({ inactivity }) =>
        inactivity.findErasable(lastRestorable(now), erasedAtOnceMax),
      );
      for (const id of left) await this.#erase(id);
    } while (left.length === erasedAtOnceMax);
  }

  async #erase(id: string): Promise<void> {
    await this.#store.change(this.#actor, async (change) => {
      const erased = await change.inactivity.erase(id, lastRestorable(change.now), change.now);
      if (!erased) return change.unchanged();
      change.touch('clients', id);
      change.onlyAdds();
      change.audit({
        action: 'client.erased',
        targetType: 'client',
        targetId: id,
        ...erased,
        details: {},
      });
    });
  }
}

function lastRestorable(now: Date): Date {
  return new Date(now.getTime() - restorableDays * dayMillis);
}

async function raiseNotice(change: RegistryChange, client: InactiveClient): Promise<void> {
  const { now } = change;
  const number = client.noticedAt.length + 1;
  const deletesAt = deletionTime(client.since, [...client.noticedAt, now]).toISOString();
  const facts = {
    client: client.id,
    client_id: client.clientId,
    name: client.name,
    last_used_at: client.lastUsedAt?.toISOString() ?? null,
    deletes_at: deletesAt,
  };
  const [notice] = await change.notices.raise([
    {
      organizationId: client.organizationId,
      locationId: client.locationId,
      kind: 'client_inactive',
      occasion: `${client.id} ${number} ${now.toISOString()}`,
      parameters: facts,
      count: 1,
      firstOccurredAt: now,
      lastOccurredAt: now,
    },
  ]);
  await change.inactivity.noteNotice(client, now);
  change.affectsNothing();
  change.onlyAdds();
  change.audit({
    action: 'client.inactivity_noticed',
    targetType: 'client',
    targetId: client.id,
    organizationId: client.organizationId,
    locationId: client.locationId,
    details: {
      notice,
      number,
      last_used_at: facts.last_used_at,
      deletes_at: deletesAt,
    },
  });
}
