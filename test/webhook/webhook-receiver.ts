/** A receiver of webhooks on loopback: it keeps what it is sent, and answers as it is told. */
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../support/until.ts';

export interface ReceivedMessage {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Payload {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

export class WebhookReceiver {
  readonly received: ReceivedMessage[] = [];
  /** Every answer's status from now on; 0: none is ever given. */
  status = 204;
  readonly #server;

  private constructor(listener: RequestListener | undefined) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.received.push({
          path: request.url ?? '',
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (listener) listener(request, response);
        else if (this.status !== 0) response.writeHead(this.status).end();
      });
    });
  }

  /** `listener` answers in place of `status`, after the body has come. */
  static async start(listener?: RequestListener, host = '127.0.0.1'): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(listener);
    const { promise, resolve } = Promise.withResolvers<void>();
    receiver.#server.listen(0, host, resolve);
    await promise;
    return receiver;
  }

  get port(): number {
    // It listens on a port, not on a pipe.
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Those sent to `path`. */
  at(path: string): ReceivedMessage[] {
    return this.received.filter((message) => message.path === path);
  }

  payloadsAt(path: string): Payload[] {
    // What our own server sends.
    return this.at(path).map(({ body }) => JSON.parse(body) as Payload);
  }

  async untilReceived(path: string, count: number): Promise<ReceivedMessage[]> {
    await until(
      () => this.at(path).length >= count,
      `${count} messages at ${path}`,
      () => JSON.stringify(this.received.map(({ path: at, body }) => [at, body])),
    );
    return this.at(path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}
