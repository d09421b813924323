/** Clients that were used at times of the test's choice, on a clock of its own, and what became of them. */
import type { AuditEvent } from '../../src/model/audit-event.ts';
import type { Actor } from '../../src/model/principal.ts';
import { StoreUnavailable } from '../../src/model/store-unavailable.ts';
import { Bootstrap } from '../../src/registry/bootstrap.ts';
import { ClientRegistry } from '../../src/registry/client-registry.ts';
import { createRecordId, generateClientId } from '../../src/registry/credential.ts';
import { Inactivity } from '../../src/registry/inactivity.ts';
import type { CountingInstance } from '../usage/counting-instance.ts';
import { findOperator } from './registry-actor.ts';

export const dayMillis = 86_400_000;

export interface ToldOf {
  /** Days since the beginning, as are all times here. */
  at: number;
  deletesAt: number;
}

/** As the job goes on at its next turn when the database was too busy to answer in time. */
export async function lookUntilDone(inactivity: Inactivity): Promise<void> {
  for (;;) {
    try {
      return await inactivity.look();
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
    }
  }
}

export class IdleClients {
  readonly instance: CountingInstance;
  readonly inactivity: Inactivity;
  readonly clients: ClientRegistry;
  readonly operator: Actor;
  readonly #beginning: number;

  private constructor(instance: CountingInstance, operator: Actor, beginning: Date) {
    this.instance = instance;
    this.inactivity = new Inactivity({ store: instance.store });
    this.clients = new ClientRegistry({ store: instance.store });
    this.operator = operator;
    this.#beginning = beginning.getTime();
  }

  static async begin(open: () => Promise<CountingInstance>): Promise<IdleClients> {
    const instance = await open();
    const bootstrap = new Bootstrap({ store: instance.store, issuer: 'http://localhost:3000' });
    await bootstrap.ensureFoundation();
    await bootstrap.createOperator();
    const { now } = await instance.store.readState();
    return new IdleClients(instance, await findOperator(instance.store), now);
  }

  timeOf(day: number): Date {
    return new Date(this.#beginning + day * dayMillis);
  }

  dayOf(time: Date | string): number {
    return (new Date(time).getTime() - this.#beginning) / dayMillis;
  }

  /** From now on it is this day, and as much later as the test has taken so far: no clock stands still. */
  setDay(day: number): void {
    this.instance.offsetMillis = day * dayMillis;
  }

  /** Sets the clock, and lets the job look once. */
  async lookAt(day: number): Promise<void> {
    this.setDay(day);
    await lookUntilDone(this.inactivity);
  }

  /** Registered and, unless `usedAt` is null, used for the last time on these days. */
  async add(
    usedAt: number | null,
    { createdAt = usedAt ?? 0, columns = {} } = {},
  ): Promise<string> {
    const id = createRecordId('client');
    const row = {
      id,
      organization_id: this.operator.principal.organizationId,
      name: 'Shop',
      created_at: this.timeOf(createdAt),
      last_used_at: usedAt === null ? null : this.timeOf(usedAt),
      ...columns,
    };
    const names = Object.keys(row);
    await this.instance.query(
      `INSERT INTO clients (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    );
    await this.instance.query(
      'INSERT INTO client_identifiers (client_id, client_record_id) VALUES ($1, $2)',
      [generateClientId(), id],
    );
    return id;
  }

  /** As the token road stores it: before it answers. */
  async use(id: string, day: number): Promise<void> {
    await this.instance.store.storeUses([{ id, usedAt: this.timeOf(day).getTime() / 1000 }]);
  }

  async noticesOf(id: string): Promise<ToldOf[]> {
    const rows = await this.instance.query<{ at: Date; deletesAt: string }>(
      `SELECT first_occurred_at AS at, parameters->>'deletes_at' AS "deletesAt" FROM notices
        WHERE kind = 'client_inactive' AND parameters->>'client' = $1 ORDER BY first_occurred_at`,
      [id],
    );
    return rows.map(({ at, deletesAt }) => ({
      at: this.dayOf(at),
      deletesAt: this.dayOf(deletesAt),
    }));
  }

  /** Days of the notices, rounded to a tenth of a day. */
  async toldDays(id: string): Promise<number[]> {
    return (await this.noticesOf(id)).map(({ at }) => Math.round(at * 10) / 10);
  }

  async isDeleted(id: string): Promise<boolean> {
    const [row] = await this.instance.query<{ deleted: boolean }>(
      'SELECT deleted_at IS NOT NULL AS deleted FROM clients WHERE id = $1',
      [id],
    );
    if (row === undefined) throw new Error('the record is gone');
    return row.deleted;
  }

  async eventsOf(id: string): Promise<AuditEvent[]> {
    const page = { limit: 200, cursor: null, sort: 'sequence' };
    const filter = { sight: { organizationId: null, locationId: null }, target: id };
    const events = await this.instance.store.read(({ auditEvents }) =>
      auditEvents.list(filter, page),
    );
    return events.data;
  }
}
