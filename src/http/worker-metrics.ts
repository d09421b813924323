/** The metrics of several processes as one: counters and histograms are summed, also of those that ended. */
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import type { MetricsSnapshot } from './request-tally.ts';

/** A counter that loses a process would look to Prometheus as if it had begun anew. */
const summedTypes = new Set(['counter', 'histogram']);

export class WorkerMetrics {
  readonly #own = new Registry();
  readonly #serving: Gauge;
  readonly #restarts: Counter;
  /** By worker, as it was told last. */
  readonly #told = new Map<number, MetricsSnapshot>();
  /** What workers had counted that are gone. */
  #ended: Promise<MetricsSnapshot> = Promise.resolve([]);

  constructor() {
    const registers = [this.#own];
    this.#serving = new Gauge({
      name: 'latchkey_workers',
      help: 'Processes that serve',
      registers,
    });
    this.#restarts = new Counter({
      name: 'latchkey_worker_restarts_total',
      help: 'Processes that were started in place of one that ended',
      registers,
    });
  }

  note(worker: number, snapshot: MetricsSnapshot): void {
    this.#told.set(worker, snapshot);
  }

  setServing(count: number): void {
    this.#serving.set(count);
  }

  noteRestart(): void {
    this.#restarts.inc();
  }

  /** What it counted stays counted, as far as it is known. */
  noteEnd(worker: number): void {
    const last = this.#told.get(worker) ?? [];
    this.#told.delete(worker);
    const summed = last.filter(({ type }) => summedTypes.has(String(type)));
    this.#ended = this.#ended.then((ended) => sum([ended, summed]).getMetricsAsJSON());
  }

  async read(): Promise<string> {
    // Both of the same moment: a worker is in the one or in the other.
    const told = [...this.#told.values()];
    const [ended, own] = await Promise.all([this.#ended, this.#own.getMetricsAsJSON()]);
    return sum([...told, ended, own]).metrics();
  }
}

function sum(snapshots: MetricsSnapshot[]): Registry {
  return AggregatorRegistry.aggregate(snapshots);
}
