/** A proxy before a server: it passes everything on, and loses the answers that it is told to lose. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** How an answer is lost: its connection breaks before it, or within it, or nobody knows what became of the change. */
export type Loss = 'before' | 'within' | 'unknown';

export interface SeenCreation {
  path: string;
  /** null: none was sent. */
  idempotencyKey: string | null;
}

export class LosingProxy {
  /** Every POST to the admin API, in the order of their arrival. */
  readonly creations: SeenCreation[] = [];
  readonly #losses = new Map<string, Loss[]>();
  readonly #server: Server;
  readonly #backend: string;

  private constructor(server: Server, backend: string) {
    this.#server = server;
    this.#backend = backend;
    server.on('request', (request, response) => {
      this.#pass(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(port: number, backendPort: number): Promise<LosingProxy> {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new LosingProxy(server, `http://127.0.0.1:${backendPort}`);
  }

  /** The next answers to POST below `/api/v1`; the server obeys all the same. */
  lose(path: string, ...losses: Loss[]): void {
    this.#losses.set(path, losses);
  }

  keysOf(path: string): (string | null)[] {
    return this.creations
      .filter((creation) => creation.path === path)
      .map(({ idempotencyKey }) => idempotencyKey);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = 'GET', url = '/' } = request;
    const passedOn = ['authorization', 'content-type', 'idempotency-key'].flatMap((name) => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    });
    const answer = await fetch(this.#backend + url, {
      method,
      headers: Object.fromEntries(passedOn),
      ...(chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
    });
    const body = await answer.text();
    const loss = this.#noteCreation(request);
    if (loss === 'before') return void response.destroy();
    if (loss === 'unknown') {
      response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '1' });
      return void response.end(
        JSON.stringify({
          title: 'Temporarily unavailable',
          detail: 'it may or may not have been made',
          code: 'unavailable',
          request_id: 'lost',
        }),
      );
    }
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? '',
      'content-length': Buffer.byteLength(body),
    });
    if (loss === 'within') response.write(body.slice(0, 10), () => response.destroy());
    else response.end(body);
  }

  #noteCreation({ method, url = '', headers }: IncomingMessage): Loss | undefined {
    if (method !== 'POST' || !url.startsWith('/api/v1')) return undefined;
    const path = url.slice('/api/v1'.length);
    const key = headers['idempotency-key'];
    this.creations.push({ path, idempotencyKey: typeof key === 'string' ? key : null });
    return this.#losses.get(path)?.shift();
  }
}
