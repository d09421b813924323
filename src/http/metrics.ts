/** Prometheus metrics of one process. Labels are names of ours, never input. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from './exchange.ts';
import type { Answer } from './log.ts';
import { listenForMetrics, type MetricsListener } from './metrics-listener.ts';

/** What another process adds to what it has counted itself. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Histogram<'route' | 'method' | 'status'>;
  readonly #tokenRequests: Counter<'outcome'>;
  readonly #databaseUp: Gauge;

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Histogram({
      name: 'latchkey_http_request_duration_seconds',
      help: 'Time from the head of a request to the end of its answer',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [this.#registry],
    });
    this.#tokenRequests = new Counter({
      name: 'latchkey_token_requests_total',
      help: 'Requests at the token endpoint by outcome: issued, or the OAuth error code',
      labelNames: ['outcome'],
      registers: [this.#registry],
    });
    this.#databaseUp = new Gauge({
      name: 'latchkey_database_up',
      help: '1 while the database answers',
      // Of several processes the one that is worst off.
      aggregator: 'min',
      registers: [this.#registry],
    });
  }

  observe(exchange: Exchange, answer: Answer): void {
    const seconds = (performance.now() - exchange.startedAt) / 1000;
    const labels = {
      route: exchange.route,
      method: methodLabel(answer.method),
      status: String(answer.status ?? 'none'),
    };
    this.#requests.observe(labels, seconds);
    const { route, outcome } = exchange;
    if (route === 'token' && outcome !== undefined) this.#tokenRequests.inc({ outcome });
  }

  setDatabaseUp(up: boolean): void {
    this.#databaseUp.set(up ? 1 : 0);
  }

  /** Serves `GET /metrics` on loopback; resolves with the port it got. */
  async listen(port: number): Promise<MetricsListener> {
    return listenForMetrics(port, () => this.#registry.metrics());
  }

  async snapshot(): Promise<MetricsSnapshot> {
    return this.#registry.getMetricsAsJSON();
  }
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The method as a label: whatever a stranger invents counts as one. */
function methodLabel(method: string | undefined): string {
  return method !== undefined && knownMethods.has(method) ? method : 'other';
}
