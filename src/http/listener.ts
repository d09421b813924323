/** The public listener: limits, request ids, one log line and one metric per request, and its shutdown. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as PortServer, Socket, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerHeaders, beginExchange, createExchange, type Exchange } from './exchange.ts';
import { logExchange, type Answer, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { formatProblem, retryAfterSeconds } from './problem.ts';
import { ServerLoad } from './server-load.ts';
import { refuseUnreadable } from './unreadable-request.ts';

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
/** Even without a drain: a connection in use is told to close with its next answer, not cut off. */
const farewellMillisMin = 300;
const closeIdleMillis = 100;

/** A request whose answer is not finished. */
interface Pending {
  req: IncomingMessage;
  res: ServerResponse;
  exchange: Exchange;
  /** What was sent past the response object, when the request broke off. */
  refusedWith: number | undefined;
}

interface Connection {
  pending: Pending[];
  /** Its last request was answered before its body had come. */
  answeredEarly: boolean;
  /** No request so far, though Node counts it as busy. */
  unused: boolean;
}

export class Listener {
  readonly #server: Server;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #connections = new Map<Duplex, Connection>();
  readonly #load = new ServerLoad();
  #draining = false;
  #othersListen = false;

  constructor(dependencies: {
    log: Log;
    metrics: Metrics;
    trustedProxies: number;
    findHandler: (path: string) => RequestHandler;
  }) {
    const { log, metrics, trustedProxies, findHandler } = dependencies;
    this.#log = log;
    this.#metrics = metrics;
    this.#server = createServer({
      maxHeaderSize: headBytesMax,
      headersTimeout: headMillisMax,
      requestTimeout: requestMillisMax,
      connectionsCheckingInterval: slowRequestCheckMillis,
      keepAliveTimeout: keepAliveMillis,
      // The Host header is ignored, so its absence is no fault.
      requireHostHeader: false,
    });
    this.#server.maxHeadersCount = 0;
    this.#server.maxConnections = connectionsMax;
    this.#server.on('request', (req, res) => {
      const exchange = this.#begin(req, res, trustedProxies);
      // Node would drop headers above its own limit in silence; ours is an answer.
      if (req.rawHeaders.length / 2 > headersMax) return refuseHeaders(res, exchange);
      findHandler(pathOf(req.url))(req, res, exchange);
    });
    this.#server.on('connection', (socket) => {
      this.#connections.set(socket, { pending: [], answeredEarly: false, unused: true });
      socket.once('close', () => this.#connections.delete(socket));
    });
    this.#server.on('checkExpectation', (req, res) => {
      refuseExpectation(res, this.#begin(req, res, trustedProxies));
    });
    this.#server.on('clientError', (error, socket) => this.#refuseUnreadable(error, socket));
  }

  #begin(req: IncomingMessage, res: ServerResponse, trustedProxies: number): Exchange {
    const exchange = beginExchange(req, trustedProxies, this.#load.look());
    const pending: Pending = { req, res, exchange, refusedWith: undefined };
    const connection = this.#connections.get(req.socket);
    if (connection) {
      connection.pending.push(pending);
      connection.answeredEarly = false;
      connection.unused = false;
    }
    if (this.#draining) res.setHeader('Connection', 'close');
    res.on('close', () => {
      if (connection) {
        connection.pending.splice(connection.pending.indexOf(pending), 1);
        if (!req.complete) connection.answeredEarly = true;
      }
      this.#note(exchange, {
        method: req.method,
        status: pending.refusedWith ?? (res.headersSent ? res.statusCode : undefined),
        aborted: pending.refusedWith === undefined && !res.writableFinished,
      });
    });
    return exchange;
  }

  #refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
    const { pending = [], answeredEarly = false } = this.#connections.get(socket) ?? {};
    const last = pending.at(-1);
    const isGone = !socket.writable || error.code === 'ECONNRESET';
    if (isGone || answeredEarly) {
      socket.destroy();
    } else if (last === undefined) {
      const address = socket instanceof Socket ? socket.remoteAddress : undefined;
      const exchange = createExchange(address ?? 'unknown', this.#load.look());
      exchange.route = 'unreadable';
      const status = refuseUnreadable(socket, error, exchange);
      this.#note(exchange, { method: undefined, status, aborted: false });
    } else if (pending.length === 1 && !last.req.complete) {
      // It broke off in its body. An answer that has begun is only cut off.
      if (last.res.headersSent) socket.destroy();
      else last.refusedWith = refuseUnreadable(socket, error, last.exchange);
    } else {
      // Earlier requests of this connection are still being answered: nothing is read after them.
      last.res.once('close', () => socket.destroy());
    }
  }

  #note(exchange: Exchange, sent: Omit<Answer, 'millis'>): void {
    const answer = { ...sent, millis: performance.now() - exchange.startedAt };
    logExchange(this.#log, exchange, answer);
    this.#metrics.observe(exchange, answer);
  }

  /** Whether a balancer should go elsewhere: not when others answer here. */
  get isDraining(): boolean {
    return this.#draining && !this.#othersListen;
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
   * Readiness goes off, and balancers get `drainSeconds` to notice while every request is still served and
   * every answer says `Connection: close`. Then idle connections close and the last answers are waited
   * for, as long as a request may take. Where other processes listen on the same port nobody has to
   * notice: `othersListen` gives them all new connections from now on.
   */
  async close(drainSeconds: number, othersListen = false): Promise<void> {
    this.#draining = true;
    this.#othersListen = othersListen;
    // Not the HTTP server's own close, which would cut off whoever is about to send.
    if (othersListen) PortServer.prototype.close.call(this.#server);
    for (const { pending } of this.#connections.values()) {
      for (const { res } of pending) if (!res.headersSent) res.setHeader('Connection', 'close');
    }
    if (drainSeconds > 0) {
      this.#log.info({ drain_seconds: drainSeconds }, 'draining: readiness is off');
    }
    await sleep(Math.max(drainSeconds * 1000, farewellMillisMin));
    await new Promise<void>((resolve) => {
      const closeIdle = setInterval(() => this.#closeIdle(), closeIdleMillis);
      // A closing server of Node's no longer looks for slow requests.
      const giveUp = setTimeout(() => this.#server.closeAllConnections(), requestMillisMax);
      this.#server.close(() => {
        clearInterval(closeIdle);
        clearTimeout(giveUp);
        resolve();
      });
      this.#closeIdle();
    });
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections();
    for (const [socket, { unused }] of this.#connections) {
      if (unused && socket instanceof Socket && socket.bytesRead === 0) socket.destroy();
    }
  }
}

/** The path of an origin-form target, without its query; any other form stays whole, and matches nothing. */
function pathOf(target = ''): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}

function refuseHeaders(res: ServerResponse, exchange: Exchange): void {
  const detail = `send at most ${headersMax} header fields`;
  refuse(res, exchange, 431, 'too_many_headers', 'Too many header fields', detail);
}

function refuseExpectation(res: ServerResponse, exchange: Exchange): void {
  const detail = 'the only expectation that can be met is 100-continue';
  refuse(res, exchange, 417, 'expectation_failed', 'The expectation cannot be met', detail);
}

/** Costs next to nothing: whoever is served meanwhile pays for it. */
export function refuseOverloaded(res: ServerResponse, exchange: Exchange): void {
  res.setHeader('Retry-After', String(retryAfterSeconds));
  const detail = 'the server is overloaded: try again in a moment';
  refuse(res, exchange, 503, 'unavailable', 'Temporarily unavailable', detail, 'keep-alive');
}

/** On every route alike, before any is chosen. */
function refuse(
  res: ServerResponse,
  exchange: Exchange,
  status: number,
  code: string,
  title: string,
  detail: string,
  connection: 'close' | 'keep-alive' = 'close',
): void {
  const body = formatProblem(code, status, title, detail, exchange.requestId);
  res.writeHead(status, [
    ...answerHeaders(exchange),
    'Content-Type',
    'application/problem+json',
    'Content-Length',
    String(Buffer.byteLength(body)),
    'Cache-Control',
    'no-store',
    'Connection',
    connection,
  ]);
  res.end(body);
}
