/**
 * Changes registered clients through the admin API, so many a second and each drawn at random, from when it
 * is told to begin until it is told to end: a lifetime is set that is the default anyway, and taken away again.
 */
import { randomInt } from 'node:crypto';
import { AdminApi } from '../test/support/admin-api.ts';
import type { Credential } from '../test/support/server-process.ts';
import { accessTokenLifetimeSeconds } from './load-profile.ts';
import { percentile } from './percentile.ts';
import { sampleRecordId } from './sample-credential.ts';

export type ChangeOrder =
  | {
      kind: 'begin';
      /** Of the instances whose admin APIs are called in turn, and of the whole deployment. */
      urls: readonly string[];
      issuer: string;
      operator: Credential;
      /** Clients are drawn from the first so many. */
      clients: number;
      perSecond: number;
    }
  /** What was measured so far was of a process that has just begun. */
  | { kind: 'warm' }
  | { kind: 'end' }
  | { kind: 'cpu' };

export interface ChangeResult {
  /** Acknowledged ones. */
  changes: number;
  perSecond: number;
  /** From sending a change to its acknowledgement: then every instance obeys it. */
  p50Millis: number;
  p99Millis: number;
  /** Other answers by status. */
  refusals: Record<string, number>;
}

const tickMillis = 5;
/** Whoever does not answer in time is not asked for more. */
const underWayMax = 20;

class ChangeRun {
  readonly #admins: readonly AdminApi[];
  readonly #clients: number;
  readonly #perSecond: number;
  readonly #startedAt = performance.now();
  #measuredFrom = performance.now();
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();
  readonly #durations: number[] = [];
  readonly #refusals: Record<string, number> = {};
  #sent = 0;

  constructor({ urls, issuer, operator, clients, perSecond }: ChangeOrder & { kind: 'begin' }) {
    this.#admins = urls.map(
      (url) => new AdminApi({ issuer: url, operator }, operator, `${issuer}/api`),
    );
    this.#clients = clients;
    this.#perSecond = perSecond;
    this.#timer = setInterval(() => this.#sendDue(), tickMillis);
  }

  forgetWarmUp(): void {
    this.#measuredFrom = performance.now();
    this.#durations.length = 0;
  }

  async end(): Promise<ChangeResult> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    const elapsedSeconds = (performance.now() - this.#measuredFrom) / 1000;
    const sorted = this.#durations.toSorted((one, other) => one - other);
    return {
      changes: sorted.length,
      perSecond: sorted.length / elapsedSeconds,
      p50Millis: percentile(sorted, 0.5),
      p99Millis: percentile(sorted, 0.99),
      refusals: this.#refusals,
    };
  }

  #sendDue(): void {
    const due = ((performance.now() - this.#startedAt) / 1000) * this.#perSecond;
    while (this.#sent < due && this.#underWay.size < underWayMax) {
      const change = this.#change(this.#sent++).finally(() => this.#underWay.delete(change));
      this.#underWay.add(change);
    }
  }

  async #change(number: number): Promise<void> {
    const sentAt = performance.now();
    const lifetime = number % 2 === 0 ? accessTokenLifetimeSeconds : null;
    const admin = this.#admins[number % this.#admins.length];
    if (admin === undefined) throw new Error('there is nobody to send a change to');
    const { status } = await admin.request(`/clients/${sampleRecordId(randomInt(this.#clients))}`, {
      method: 'PATCH',
      body: { access_token_lifetime_seconds: lifetime },
    });
    if (status === 200) this.#durations.push(performance.now() - sentAt);
    else this.#refusals[status] = (this.#refusals[status] ?? 0) + 1;
  }
}

let run: ChangeRun | undefined;

async function obey(order: ChangeOrder): Promise<object> {
  if (order.kind === 'cpu') return process.cpuUsage();
  if (order.kind === 'warm') {
    run?.forgetWarmUp();
    return {};
  }
  if (order.kind === 'end') return (await run?.end()) ?? {};
  run = new ChangeRun(order);
  return {};
}

process.on('message', (order: ChangeOrder) => {
  void obey(order).then((answer) => process.send?.(answer));
});
process.once('disconnect', () => process.exit(0));
