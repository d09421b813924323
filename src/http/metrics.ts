/** Prometheus metrics of one process. Labels are names of ours, never input. */
import { AggregatorRegistry, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Exchange } from './exchange.ts';
import type { Answer } from './log.ts';
import { listenForMetrics, type MetricsListener } from './metrics-listener.ts';
import { RequestTally, type MetricsSnapshot } from './request-tally.ts';

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new RequestTally();
  readonly #databaseUp: Gauge;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#databaseUp = new Gauge({
      name: 'latchkey_database_up',
      help: '1 while the database answers',
      // Of several processes the one that is worst off.
      aggregator: 'min',
      registers: [this.#registry],
    });
  }

  observe(exchange: Exchange, answer: Answer): void {
    this.#requests.add(exchange, answer);
  }

  setDatabaseUp(up: boolean): void {
    this.#databaseUp.set(up ? 1 : 0);
  }

  /** Serves `GET /metrics` on loopback; resolves with the port it got. */
  async listen(port: number): Promise<MetricsListener> {
    return listenForMetrics(port, () => this.#read());
  }

  async #read(): Promise<string> {
    const requests = AggregatorRegistry.aggregate([this.#requests.snapshot()]);
    return (await this.#registry.metrics()) + (await requests.metrics());
  }

  async snapshot(): Promise<MetricsSnapshot> {
    return [...(await this.#registry.getMetricsAsJSON()), ...this.#requests.snapshot()];
  }
}
