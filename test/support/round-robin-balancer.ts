/** A balancer as one would put before several instances: it honours readiness, keeps connections, and repeats nothing. */
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnections } from './http-connections.ts';

const checkMillis = 100;

interface Backend {
  port: number;
  agent: Agent;
  isReady: boolean;
}

export class RoundRobinBalancer {
  readonly port: number;
  /** What became of requests that got no answer from an instance. */
  readonly failures: string[] = [];
  readonly #server: Server;
  readonly #backends: readonly Backend[];
  readonly #over = new AbortController();
  #next = 0;

  private constructor(server: Server, port: number, backendPorts: readonly number[]) {
    this.#server = server;
    this.port = port;
    this.#backends = backendPorts.map((backendPort) => ({
      port: backendPort,
      agent: new Agent({ keepAlive: true }),
      isReady: false,
    }));
    server.on('request', (req, res) => this.#forward(req, res));
    for (const backend of this.#backends) void this.#check(backend);
  }

  static async start(port: number, backendPorts: readonly number[]): Promise<RoundRobinBalancer> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new RoundRobinBalancer(server, port, backendPorts);
  }

  get readyCount(): number {
    return this.#backends.filter(({ isReady }) => isReady).length;
  }

  async close(): Promise<void> {
    this.#over.abort();
    this.#server.close();
    this.#server.closeAllConnections();
    for (const { agent } of this.#backends) agent.destroy();
    await once(this.#server, 'close');
  }

  async #check(backend: Backend): Promise<void> {
    while (!this.#over.signal.aborted) {
      const connections = new HttpConnections(backend.port, 1);
      backend.isReady = await connections.send({ path: '/health/ready' }).then(
        ({ status }) => status === 200,
        () => false,
      );
      connections.close();
      await sleep(checkMillis);
    }
  }

  #forward(req: IncomingMessage, res: ServerResponse): void {
    const ready = this.#backends.filter(({ isReady }) => isReady);
    const backend = ready[this.#next % ready.length];
    this.#next += 1;
    if (backend === undefined) return this.#fail(res, 'no instance is ready');
    const { connection: _, ...headers } = req.headers;
    const forwarded = request(
      {
        host: '127.0.0.1',
        port: backend.port,
        agent: backend.agent,
        path: req.url,
        method: req.method,
        headers,
      },
      (answer) => {
        const { connection: __, 'keep-alive': ___, ...answerHeaders } = answer.headers;
        res.writeHead(answer.statusCode ?? 502, answerHeaders);
        answer.on('error', (error) => this.#fail(res, String(error)));
        answer.pipe(res);
      },
    );
    forwarded.on('error', (error) => this.#fail(res, `${backend.port}: ${String(error)}`));
    req.pipe(forwarded);
  }

  #fail(res: ServerResponse, reason: string): void {
    this.failures.push(reason);
    if (res.headersSent) res.destroy();
    else res.writeHead(502).end();
  }
}
