/** One request and its answer, as logs, metrics and audit know it: id, address, outcome. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Principal, RequestOrigin } from '../model/principal.ts';

const userAgentCharactersMax = 200;

export interface Exchange extends RequestOrigin {
  readonly requestId: string;
  readonly address: string;
  readonly startedAt: number;
  /** A route's name, never the raw path: it becomes a metric label. */
  route: string;
  /** The registry's own string, set once the caller is authenticated. */
  clientId: string | undefined;
  /** Of the admin API: who calls, as soon as that is known. */
  principal: Principal | undefined;
  /** OAuth error code or `issued`; undefined for other routes. */
  outcome: string | undefined;
  /** What went wrong, for our eyes only. */
  failure: unknown;
  /** As it came in the request, authenticated or not: never logged. */
  presentedClientId: string | undefined;
}

/** Starts an exchange; `trustedProxies` of the addresses in X-Forwarded-For are believed. */
export function beginExchange(req: IncomingMessage, trustedProxies: number): Exchange {
  return createExchange(clientAddress(req, trustedProxies));
}

/** Headers of every answer, whatever it says: names and values in turn. */
export function answerHeaders(exchange: Exchange): string[] {
  return ['X-Request-Id', exchange.requestId, 'X-Content-Type-Options', 'nosniff'];
}

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** For handlers that know the request alone: they find the exchange by it, and its headers are set. */
export function attachExchange(
  req: IncomingMessage,
  res: ServerResponse,
  exchange: Exchange,
): void {
  exchanges.set(req, exchange);
  res.setHeader('X-Request-Id', exchange.requestId);
  res.setHeader('X-Content-Type-Options', 'nosniff');
}

/** Also for what never became a request; `address` is where it came from. */
export function createExchange(address: string): Exchange {
  return {
    requestId: randomUUID(),
    address,
    startedAt: performance.now(),
    route: 'unknown',
    clientId: undefined,
    principal: undefined,
    outcome: undefined,
    failure: undefined,
    presentedClientId: undefined,
  };
}

export function exchangeOf(req: IncomingMessage): Exchange {
  const exchange = exchanges.get(req);
  if (exchange === undefined) throw new Error('the request did not come through the listener');
  return exchange;
}

/** What a browser or a program says of itself, as far as a line of a list needs it; null: nothing. */
export function readUserAgent({ headers }: IncomingMessage): string | null {
  const printable = (headers['user-agent'] ?? '').replaceAll(/[^\x20-\x7E]/g, ' ');
  return printable.slice(0, userAgentCharactersMax).trim() || null;
}

/** The address `trustedProxies` hops away; the peer's own when the header does not reach that far. */
function clientAddress(req: IncomingMessage, trustedProxies: number): string {
  const peer = req.socket.remoteAddress ?? 'unknown';
  if (trustedProxies === 0) return peer;
  const forwarded = req.headers['x-forwarded-for'];
  const hops = String(forwarded ?? '')
    .split(',')
    .map((hop) => hop.trim());
  const claimed = withoutPort(hops.at(-trustedProxies) ?? '');
  return isIP(claimed) !== 0 ? claimed : peer;
}

/** Some proxies add the port: `192.0.2.1:5678`, and with or without one, `[2001:db8::1]`. */
function withoutPort(hop: string): string {
  const [, bracketed, dotted] = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::\d{1,5})?$/i.exec(hop) ?? [];
  return bracketed ?? dotted ?? hop;
}
