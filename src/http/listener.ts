/** One listener: limits, request ids, one log line and one metric per request, and its shutdown. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as PortServer, Socket, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connections, type Pending } from './connections.ts';
import { beginExchange, createExchange, type Exchange } from './exchange.ts';
import { logExchange, type Answer, type Log } from './log.ts';
import type { ListenerMetrics } from './metrics.ts';
import {
  findHeadRefusal,
  noTunnel,
  refuse,
  refuseRaw,
  unknownExpectation,
  type Refusal,
} from './refusals.ts';
import { refusalOf } from './unreadable-request.ts';

/** Handlers of exact paths, asked before everything else; undefined sends the request on to the app. */
export type RequestHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
) => void;

const headBytesMax = 16_384;
const headMillisMax = 10_000;
const requestMillisMax = 12_000;
/** How often slow requests are looked for. */
const slowRequestCheckMillis = 1_000;
const keepAliveMillis = 65_000;

export interface ConnectionLimits {
  connectionsMax: number;
  /** From here on idle connections are closed for others. */
  connectionsCrowd: number;
  /** Between looks at all of them. */
  lookMillis: number;
}

const connectionLimits: ConnectionLimits = {
  connectionsMax: 10_000,
  connectionsCrowd: 9_000,
  lookMillis: 5_000,
};
/** That some are turned away is said so often at most. */
const dropLineMillis = 1_000;
/** Even without a drain: a connection in use is told to close with its next answer, not cut off. */
const farewellMillisMin = 300;
const closeIdleMillis = 100;

export class Listener {
  readonly #server: Server;
  readonly #log: Log;
  readonly #metrics: ListenerMetrics;
  readonly #connections: Connections;
  readonly #connectionsMax: number;
  /** Since a line of the log last said so. */
  #dropped = 0;
  #dropLineAt = Number.NEGATIVE_INFINITY;
  #draining = false;
  #othersListen = false;

  constructor(dependencies: {
    log: Log;
    metrics: ListenerMetrics;
    trustedProxies: number;
    findHandler: (path: string) => RequestHandler;
    /** So that tests can fill it. */
    limits?: ConnectionLimits | undefined;
  }) {
    const { log, metrics, trustedProxies, findHandler } = dependencies;
    const { connectionsMax, connectionsCrowd, lookMillis } =
      dependencies.limits ?? connectionLimits;
    this.#connections = new Connections(connectionsCrowd, lookMillis);
    this.#connectionsMax = connectionsMax;
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
    // Else workers that are all full would hand a connection round for ever.
    Object.assign(this.#server, { maxConnections: connectionsMax, dropMaxConnection: true });
    const answer: RequestHandler = (req, res, exchange) => {
      const refusal = findHeadRefusal(req);
      if (refusal === undefined) findHandler(pathOf(req.url))(req, res, exchange);
      else refuse(res, exchange, refusal);
    };
    this.#server.on('request', (req, res) => this.#begin(req, res, trustedProxies, answer));
    this.#server.on('connection', (socket) => this.#connections.add(socket));
    this.#server.on('drop', () => this.#noteDrop());
    this.#server.on('checkExpectation', (req, res) => {
      this.#begin(req, res, trustedProxies, (_req, _res, exchange) =>
        refuse(res, exchange, unknownExpectation),
      );
    });
    this.#server.on('connect', (req, socket) => {
      const exchange = beginExchange(req, trustedProxies);
      this.#refuseTunnel(socket, exchange, req.method);
    });
    this.#server.on('clientError', (error, socket) => this.#refuseUnreadable(error, socket));
  }

  #begin(
    req: IncomingMessage,
    res: ServerResponse,
    trustedProxies: number,
    answer: RequestHandler,
  ): void {
    const exchange = beginExchange(req, trustedProxies);
    const pending: Pending = { req, res, exchange, refusedWith: undefined };
    const connection = this.#connections.find(req.socket);
    const previous = connection?.pending.at(-1);
    if (connection) {
      connection.pending.push(pending);
      connection.unused = false;
    }
    if (this.#draining) res.setHeader('Connection', 'close');
    res.on('close', () => {
      if (connection) connection.pending.splice(connection.pending.indexOf(pending), 1);
      if (!req.complete) this.#connections.leaveUnlessComplete(req);
      this.#note(exchange, {
        method: req.method,
        status: pending.refusedWith ?? (res.headersSent ? res.statusCode : undefined),
        aborted: pending.refusedWith === undefined && !res.writableFinished,
      });
    });
    if (previous === undefined) answer(req, res, exchange);
    else previous.res.once('close', () => answerInTurn(req, res, exchange, answer));
  }

  #refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
    const { pending = [], isLeaving = false } = this.#connections.find(socket) ?? {};
    const last = pending.at(-1);
    if (isLeaving && error.code !== 'ECONNRESET') return;
    if (!socket.writable || error.code === 'ECONNRESET') {
      socket.destroy();
    } else if (last === undefined) {
      const address = socket instanceof Socket ? socket.remoteAddress : undefined;
      const exchange = createExchange(address ?? 'unknown');
      exchange.route = 'unreadable';
      this.#refuseRaw(socket, exchange, refusalOf(error), undefined);
    } else if (pending.length === 1 && !last.req.complete) {
      // It broke off in its body. An answer that has begun is only cut off.
      if (last.res.headersSent) return void socket.destroy();
      last.refusedWith = refuseRaw(socket, last.exchange, refusalOf(error));
      this.#connections.leave(socket);
    } else {
      // Earlier requests of this connection are still being answered: nothing is read after them.
      last.res.once('close', () => this.#connections.leave(socket));
    }
  }

  /** Node has let go of the connection; earlier requests of it may still be answered. */
  #refuseTunnel(socket: Duplex, exchange: Exchange, method: string | undefined): void {
    socket.on('error', () => socket.destroy());
    const answer = () => this.#refuseRaw(socket, exchange, noTunnel, method);
    const last = this.#connections.find(socket)?.pending.at(-1);
    if (last === undefined) answer();
    else last.res.once('close', answer);
  }

  #refuseRaw(
    socket: Duplex,
    exchange: Exchange,
    refusal: Refusal,
    method: string | undefined,
  ): void {
    const aborted = !socket.writable;
    const status = refuseRaw(socket, exchange, refusal);
    this.#note(exchange, { method, status, aborted });
    this.#connections.leave(socket);
  }

  #noteDrop(): void {
    this.#metrics.noteDroppedConnection();
    this.#dropped += 1;
    const now = performance.now();
    if (now - this.#dropLineAt < dropLineMillis) return;
    const facts = { dropped: this.#dropped, connections_max: this.#connectionsMax };
    this.#log.warn(facts, 'too many connections: new ones are turned away');
    this.#dropped = 0;
    this.#dropLineAt = now;
    this.#connections.makeRoom();
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
    this.#connections.lookRegularly();
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
    this.#connections.announceClose();
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
        this.#connections.stopLooking();
        resolve();
      });
      this.#closeIdle();
    });
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections();
    this.#connections.closeUnused();
  }
}

/**
 * A request that was pipelined (RFC 9112 §9.3.2) is begun when the answer before it has left. An answer made
 * sooner would wait for that one in Node's queue, and might leave after a change that speaks against it was
 * acknowledged (S1). Never, when the connection is gone by then.
 */
function answerInTurn(
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
  answer: RequestHandler,
): void {
  if (req.socket.writable) answer(req, res, exchange);
}

/** The path of a target in origin form, without its query. */
function pathOf(target = ''): string {
  const query = target.indexOf('?');
  return query < 0 ? target : target.slice(0, query);
}
