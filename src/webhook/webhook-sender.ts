/**
 * One attempt at one delivery: the addresses of the host are looked up, judged and held on to, so that what
 * was judged is what is connected to; of the answer nothing but its status counts.
 */
import { Resolver, lookup as lookupBySystem } from 'node:dns/promises';
import { Agent as HttpAgent, request as httpRequest, type ClientRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { isNativeError } from 'node:util/types';
import type { AddressPolicy } from './address-policy.ts';
import type { SignedMessage } from './webhook-signature.ts';
import { hostOf, parseWebhookUrl } from './webhook-url.ts';

export interface ResolvedAddress {
  address: string;
  family: 4 | 6;
}

/** Rejects when there is none, or that cannot be found out. */
export type ResolveHost = (host: string, signal: AbortSignal) => Promise<ResolvedAddress[]>;

/** `fault` is for our own log: it may tell of networks that are none of the receiver's owner's business. */
export type SendResult = { status: number } | { status: undefined; fault: string };

const answerBytesMax = 4_096;
// A connection of its own for each attempt: none outlives the judgement of its address. And no proxy, which
// would look up the host itself: Node.js gives the one of the environment to its global agents alone.
const agentOptions = { keepAlive: false, maxCachedSessions: 0 };
const agents = { 'http:': new HttpAgent(agentOptions), 'https:': new HttpsAgent(agentOptions) };

export class WebhookSender {
  readonly #policy: AddressPolicy;
  readonly #resolve: ResolveHost;
  readonly #connectMillisMax: number;
  readonly #wholeMillisMax: number;

  constructor(dependencies: {
    policy: AddressPolicy;
    resolve?: ResolveHost | undefined;
    connectMillisMax?: number;
    wholeMillisMax?: number;
  }) {
    this.#policy = dependencies.policy;
    this.#resolve =
      dependencies.resolve ??
      ((host, signal) => resolveHost(host, signal, dependencies.policy.isAllowedHost(host)));
    this.#connectMillisMax = dependencies.connectMillisMax ?? 3_000;
    this.#wholeMillisMax = dependencies.wholeMillisMax ?? 10_000;
  }

  /** Never rejects. `signal` ends it early. */
  async send(url: string, message: SignedMessage, signal: AbortSignal): Promise<SendResult> {
    const whole = AbortSignal.timeout(this.#wholeMillisMax);
    const connecting = new AbortController();
    const connectTimer = setTimeout(
      () => connecting.abort(new Error('not connected in time')),
      this.#connectMillisMax,
    );
    const ends = AbortSignal.any([signal, whole, connecting.signal]);
    try {
      // Once more: the settings may be others now.
      const parsed = parseWebhookUrl(url, this.#policy);
      const addresses = await this.#findAddresses(hostOf(parsed), ends);
      return await this.#post(parsed, addresses, message, ends, () => clearTimeout(connectTimer));
    } catch (error) {
      return { status: undefined, fault: describeFault(error) };
    } finally {
      clearTimeout(connectTimer);
    }
  }

  /** All of them must be good: which one is taken is decided by chance, or by whoever answers for the name. */
  async #findAddresses(host: string, signal: AbortSignal): Promise<ResolvedAddress[]> {
    const family = isIP(host);
    const addresses =
      family === 0 ? await this.#resolve(host, signal) : [{ address: host, family } as const];
    if (addresses.length === 0) throw new Error('the host has no address');
    const refused = addresses.find(({ address }) => !this.#policy.mayConnect(address, host));
    if (refused) throw new Error(`the host leads to ${refused.address}, which is not allowed`);
    // isIP and the resolver give no other family.
    return addresses as ResolvedAddress[];
  }

  #post(
    url: URL,
    addresses: readonly ResolvedAddress[],
    message: SignedMessage,
    signal: AbortSignal,
    onConnected: () => void,
  ): Promise<SendResult> {
    const { promise, resolve, reject } = Promise.withResolvers<SendResult>();
    const isSecure = url.protocol === 'https:';
    const send = isSecure ? httpsRequest : httpRequest;
    const request: ClientRequest = send(url, {
      method: 'POST',
      agent: isSecure ? agents['https:'] : agents['http:'],
      lookup: pinned(addresses),
      headers: { ...message.headers, 'content-length': Buffer.byteLength(message.body) },
      signal,
    });
    let status: number | undefined;
    // An answer that broke off is an answer: its status was there.
    const end = (error: Error) => (status === undefined ? reject(error) : resolve({ status }));
    request.on('error', end);
    request.on('socket', (socket) => {
      socket.once('connect', () => {
        const fault = this.#findWrongPeer(socket, hostOf(url));
        if (fault !== undefined) request.destroy(new Error(fault));
        else if (!isSecure) onConnected();
      });
      socket.once('secureConnect', onConnected);
    });
    request.on('response', (response) => {
      // The status is all there is to know; what follows is read so far as it is polite.
      const { statusCode = 0 } = response;
      status = statusCode;
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) response.destroy();
      });
      response.on('error', end);
      response.on('close', () => resolve({ status: statusCode }));
    });
    request.end(message.body);
    return promise;
  }

  /** What is connected to, whatever the road there was; nothing of the message has been sent yet. */
  #findWrongPeer(socket: Socket, host: string): string | undefined {
    const { remoteAddress } = socket;
    if (remoteAddress !== undefined && this.#policy.mayConnect(remoteAddress, host))
      return undefined;
    return `connected to ${remoteAddress ?? 'nobody'}, which is not allowed`;
  }
}

/** The addresses that were judged, and no second look-up. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_hostname, options, callback) => {
    if (options.all) return callback(null, [...addresses]);
    const [first] = addresses;
    if (first) callback(null, first.address, first.family);
  };
}

/**
 * By DNS alone, in the resolver's own sockets: the system's look-up holds a thread of the pool, which slow
 * names could take from everybody. Only a name that the operator allowed may be one that just the system knows.
 */
async function resolveHost(
  host: string,
  signal: AbortSignal,
  isAllowed: boolean,
): Promise<ResolvedAddress[]> {
  if (isAllowed) {
    const found = await lookupBySystem(host, { all: true });
    return found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
  }
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  const cancel = () => resolver.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(host),
      resolver.resolve6(host),
    ]);
    const addresses: ResolvedAddress[] = [
      ...valueOf(four).map((address) => ({ address, family: 4 as const })),
      ...valueOf(six).map((address) => ({ address, family: 6 as const })),
    ];
    if (addresses.length === 0 && four.status === 'rejected') throw four.reason;
    return addresses;
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

function valueOf(settled: PromiseSettledResult<string[]>): string[] {
  return settled.status === 'fulfilled' ? settled.value : [];
}

function describeFault(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  // What was aborted says only that; why is beneath.
  if (error.name === 'AbortError' && error.cause !== undefined) return describeFault(error.cause);
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
