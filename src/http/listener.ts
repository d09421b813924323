/** The public listener: limits, request ids, one log line and one metric per request, and its shutdown. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { beginExchange, type Exchange } from './exchange.ts';
import { logExchange, type Log } from './log.ts';
import { methodLabel, type Metrics } from './metrics.ts';
import { formatProblem } from './problem.ts';

/** Handlers of exact paths, asked before everything else; undefined sends the request on to the app. */
export type RequestHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
) => void;

const headBytesMax = 16_384;
const headersMax = 100;
const headMillisMax = 10_000;
const requestMillisMax = 12_000;
/** How often slow requests are looked for. */
const slowRequestCheckMillis = 1_000;
const keepAliveMillis = 65_000;
const connectionsMax = 10_000;

export class Listener {
  readonly #server: Server;
  readonly #log: Log;
  #draining = false;

  constructor(dependencies: {
    log: Log;
    metrics: Metrics;
    trustedProxies: number;
    findHandler: (path: string) => RequestHandler;
  }) {
    const { log, metrics, trustedProxies, findHandler } = dependencies;
    this.#log = log;
    this.#server = createServer(
      {
        maxHeaderSize: headBytesMax,
        headersTimeout: headMillisMax,
        requestTimeout: requestMillisMax,
        connectionsCheckingInterval: slowRequestCheckMillis,
        keepAliveTimeout: keepAliveMillis,
        // The Host header is ignored, so its absence is no fault.
        requireHostHeader: false,
      },
      (req, res) => {
        const exchange = beginExchange(req, res, trustedProxies);
        res.setHeader('X-Content-Type-Options', 'nosniff');
        if (this.#draining) res.setHeader('Connection', 'close');
        res.once('close', () => {
          logExchange(log, req, res, exchange);
          metrics.observe(exchange, methodLabel(req.method), res.statusCode);
        });
        // Node would drop headers above its own limit in silence; ours is an answer.
        if (req.rawHeaders.length / 2 > headersMax) return refuseHeaders(res, exchange);
        findHandler(pathOf(req.url))(req, res, exchange);
      },
    );
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = connectionsMax;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  async listen(port: number, host: string): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    // A listening TCP server has an AddressInfo.
    return this.#server.address() as AddressInfo;
  }

  /**
   * Readiness goes off, balancers get `drainSeconds` to notice while every request is still served, then
   * idle connections close and the last answers are waited for.
   */
  async close(drainSeconds: number): Promise<void> {
    this.#draining = true;
    if (drainSeconds > 0) {
      this.#log.info({ drain_seconds: drainSeconds }, 'draining: readiness is off');
      await sleep(drainSeconds * 1000);
    }
    await new Promise<void>((resolve) => {
      const closeIdle = setInterval(() => this.#server.closeIdleConnections(), 100);
      this.#server.close(() => {
        clearInterval(closeIdle);
        resolve();
      });
      this.#server.closeIdleConnections();
    });
  }
}

/** The path of an origin-form target, without its query; any other form stays whole, and matches nothing. */
function pathOf(target: string | undefined): string {
  return target?.split('?', 1)[0] ?? '';
}

function refuseHeaders(res: ServerResponse, exchange: Exchange): void {
  res.writeHead(431, { 'Content-Type': 'application/problem+json', Connection: 'close' });
  res.end(
    formatProblem(
      'too_many_headers',
      431,
      'Too many header fields',
      `send at most ${headersMax} header fields`,
      exchange.requestId,
    ),
  );
}
