/**
 * Where requests come in: at one listener, or, with a port for admins, at two. The public one then has no route of
 * the admin API and the console, so that it knows of them as little as of any path that is not there.
 */
import type { Settings } from '../config.ts';
import { AnswerTurn } from '../http/answer-turn.ts';
import { createApp } from '../http/app.ts';
import { attachExchange } from '../http/exchange.ts';
import { Listener, type ConnectionLimits, type RequestHandler } from '../http/listener.ts';
import { nameListener, type Log } from '../http/log.ts';
import type { Metrics } from '../http/metrics.ts';
import { refuseOverloaded } from '../http/refusals.ts';
import type { OAuthHandlers } from './compose-oauth.ts';
import type { ComposedRouters } from './compose-routers.ts';

interface Parts extends ComposedRouters {
  settings: Pick<
    Settings,
    'port' | 'host' | 'trustProxy' | 'adminPort' | 'adminHost' | 'adminTrustProxy'
  >;
  log: Log;
  metrics: Metrics;
  oauth: OAuthHandlers;
  /** Of each listener, so that tests can fill it. */
  limits?: ConnectionLimits | undefined;
}

export interface ListeningPorts {
  port: number;
  /** undefined: admins have no listener of their own. */
  adminPort: number | undefined;
}

export class Listeners {
  readonly #settings: Parts['settings'];
  readonly #public: Listener;
  readonly #admin: Listener | undefined;

  constructor(parts: Parts) {
    const { settings, publicRouters, limits } = parts;
    const { trustProxy: trustedProxies } = settings;
    // What admins need for their token is there as well: they are not to depend on the public one.
    const routers = [...publicRouters, ...parts.adminRouters];
    this.#settings = settings;
    if (settings.adminPort === null) {
      this.#public = createListener(parts, { routers, trustedProxies, limits });
      return;
    }
    this.#public = createListener(parts, {
      name: 'public',
      routers: publicRouters,
      trustedProxies,
      limits,
    });
    this.#admin = createListener(parts, {
      name: 'admin',
      routers,
      trustedProxies: settings.adminTrustProxy,
      limits,
    });
  }

  /** Whether a balancer should go elsewhere. */
  get isDraining(): boolean {
    return this.#public.isDraining;
  }

  async listen(): Promise<ListeningPorts> {
    const { port, host, adminPort, adminHost } = this.#settings;
    // One after the other: where processes share any free ports, each asks for them in the same order.
    const { port: publicPort } = await this.#public.listen(port, host);
    if (adminPort === null) return { port: publicPort, adminPort: undefined };
    const admin = await this.#admin?.listen(adminPort, adminHost);
    return { port: publicPort, adminPort: admin?.port };
  }

  async close(drainSeconds: number, othersListen: boolean): Promise<void> {
    const listeners = this.#admin === undefined ? [this.#public] : [this.#public, this.#admin];
    await Promise.all(listeners.map((listener) => listener.close(drainSeconds, othersListen)));
  }
}

function createListener(
  { log, metrics, oauth }: Parts,
  options: {
    /** In logs and metrics, where there are two. */
    name?: string;
    routers: ComposedRouters['publicRouters'];
    trustedProxies: number;
    limits?: ConnectionLimits | undefined;
  },
): Listener {
  const { name, routers, trustedProxies, limits } = options;
  const ownLog = name === undefined ? log : nameListener(log, name);
  // Whoever floods the one listener sheds nothing that comes in at the other.
  const turn = new AnswerTurn();
  const endpoints = oauth(turn);
  const toApp = createApp(routers, ownLog).callback();
  const handleOthers: RequestHandler = (req, res, exchange) => {
    const serve = () => {
      attachExchange(req, res, exchange);
      void toApp(req, res);
      return undefined;
    };
    // Who is busy is not dead.
    if (req.url?.startsWith('/health/')) serve();
    else turn.add({ make: serve, shed: () => refuseOverloaded(res, exchange) });
  };
  return new Listener({
    log: ownLog,
    metrics: metrics.ofListener(name),
    trustedProxies,
    findHandler: (path) => endpoints.get(path) ?? handleOthers,
    limits,
  });
}
