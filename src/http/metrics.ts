/** Prometheus metrics, on a loopback listener of their own. Labels are names of ours, never input. */
import { createServer, type Server } from 'node:http';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Exchange } from './exchange.ts';
import type { Answer } from './log.ts';

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
  async listen(port: number): Promise<{ port: number; server: Server }> {
    const server = createServer((req, res) => {
      void this.#answer(req.method === 'GET' && req.url === '/metrics').then(
        ({ status, type, body }) => {
          res.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' });
          res.end(body);
        },
      );
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    const address = server.address();
    return { port: typeof address === 'object' && address !== null ? address.port : port, server };
  }

  async #answer(found: boolean): Promise<{ status: number; type: string; body: string }> {
    if (!found) return { status: 404, type: 'text/plain', body: 'metrics are at GET /metrics\n' };
    return { status: 200, type: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}

const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The method as a label: whatever a stranger invents counts as one. */
function methodLabel(method: string | undefined): string {
  return method !== undefined && knownMethods.has(method) ? method : 'other';
}
