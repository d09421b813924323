/** Prometheus metrics of one process. Labels are names of ours, never input. */
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Exchange } from './exchange.ts';
import type { Answer, Log } from './log.ts';
import { listenForMetrics, type MetricsListener } from './metrics-listener.ts';
import { RequestTally, type MetricsSnapshot } from './request-tally.ts';

/** What one listener counts. */
export interface ListenerMetrics {
  observe(exchange: Exchange, answer: Answer): void;
  noteDroppedConnection(): void;
}

export class Metrics {
  readonly #registry = new Registry();
  /** One for each listener. */
  readonly #requests: RequestTally[] = [];
  readonly #databaseUp: Gauge;
  readonly #droppedConnections: Counter<'listener'>;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#databaseUp = new Gauge({
      name: 'latchkey_database_up',
      help: '1 while the database answers',
      // Of several processes the one that is worst off.
      aggregator: 'min',
      registers: [this.#registry],
    });
    this.#droppedConnections = new Counter({
      name: 'latchkey_connections_dropped_total',
      help: 'Connections closed at once because there were too many',
      labelNames: ['listener'],
      registers: [this.#registry],
    });
  }

  /** From now on they say how many lines it could not write. */
  readLossesOf(log: Log): void {
    const lost = new Counter({
      name: 'latchkey_log_lines_lost_total',
      help: 'Log lines that could not be written, or that waited for too many others',
      registers: [this.#registry],
      collect: () => {
        lost.reset();
        lost.inc(log.lines?.countLost() ?? 0);
      },
    });
  }

  /** Labelled with its name when there are several. */
  ofListener(name?: string): ListenerMetrics {
    const labels = name === undefined ? {} : { listener: name };
    const requests = new RequestTally(labels);
    this.#requests.push(requests);
    // Else it would be missing until the first one.
    this.#droppedConnections.inc(labels, 0);
    return {
      observe: (exchange, answer) => requests.add(exchange, answer),
      noteDroppedConnection: () => this.#droppedConnections.inc(labels),
    };
  }

  setDatabaseUp(up: boolean): void {
    this.#databaseUp.set(up ? 1 : 0);
  }

  /** Serves `GET /metrics` on loopback; resolves with the port it got. */
  async listen(port: number): Promise<MetricsListener> {
    return listenForMetrics(port, () => this.#read());
  }

  async #read(): Promise<string> {
    const requests = AggregatorRegistry.aggregate([this.#snapshotRequests()]);
    return (await this.#registry.metrics()) + (await requests.metrics());
  }

  async snapshot(): Promise<MetricsSnapshot> {
    return [...(await this.#registry.getMetricsAsJSON()), ...this.#snapshotRequests()];
  }

  /** Those of the same name are summed by whoever reads them. */
  #snapshotRequests(): MetricsSnapshot {
    return this.#requests.flatMap((requests) => requests.snapshot());
  }
}
