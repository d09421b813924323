/** HTTP over connections that the test itself opens, keeps alive and closes. */
import { Agent, request, type IncomingHttpHeaders } from 'node:http';

export interface HttpRequest {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface HttpAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

export class HttpConnections {
  readonly #port: number;
  readonly #agent: Agent;

  /** At most `max` connections to the server on `port`. */
  constructor(port: number, max = 4) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: max });
  }

  /** Rejects when the connection breaks before the answer is whole. */
  async send({ path, method = 'GET', headers = {}, body }: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const sending = request(
        { host: '127.0.0.1', port: this.#port, agent: this.#agent, path, method, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (chunk: string) => (text += chunk));
          response.on('error', reject);
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        },
      );
      sending.on('error', reject);
      sending.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
