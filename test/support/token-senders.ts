/** Senders of token requests to a server that is stopped, or dies, while they go on. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { HttpConnections, type HttpAnswer, type HttpRequest } from './http-connections.ts';
import type { ServerProcess } from './server-process.ts';
import { formType, tokenPath, tokenRequest } from './token-request.ts';

export const sendersAtOnce = 8;
/** A second on a quiet machine; who waits for idle connections waits twelve. */
export const promptMillisMax = 3_000;

/** Every sender has one connection, and sends its next request as soon as the last is answered. */
export class SenderLoad {
  readonly answers: HttpAnswer[] = [];
  readonly failures: unknown[] = [];
  /** The first answers of the senders that failed, and of those that did not. */
  readonly first: { broken: HttpAnswer[]; whole: HttpAnswer[] } = { broken: [], whole: [] };
  /** Resolves when no sender goes on. */
  readonly over: Promise<unknown>;
  readonly #port: number;
  readonly #request: HttpRequest;

  private constructor(
    { port, operator }: ServerProcess,
    mayGoOn: (last: HttpAnswer) => boolean,
    headers: Record<string, string>,
  ) {
    this.#port = port;
    this.#request = tokenRequest(operator, { inBody: true, headers });
    this.over = Promise.all(Array.from({ length: sendersAtOnce }, () => this.#send(mayGoOn)));
  }

  /** `mayGoOn` is asked after every answer. */
  static start(
    server: ServerProcess,
    mayGoOn: (last: HttpAnswer) => boolean,
    headers: Record<string, string> = {},
  ): SenderLoad {
    return new SenderLoad(server, mayGoOn, headers);
  }

  /** A sender goes on until its connection is told to close. */
  static startUntilTold(server: ServerProcess): SenderLoad {
    return new SenderLoad(server, ({ headers }) => headers.connection !== 'close', {});
  }

  async #send(mayGoOn: (last: HttpAnswer) => boolean): Promise<void> {
    const connections = new HttpConnections(this.#port, 1);
    const own: HttpAnswer[] = [];
    try {
      let last: HttpAnswer;
      do {
        last = await connections.send(this.#request);
        own.push(last);
        this.answers.push(last);
      } while (mayGoOn(last));
      this.first.whole.push(...own.slice(0, 1));
    } catch (error) {
      this.failures.push(error);
      this.first.broken.push(...own.slice(0, 1));
    } finally {
      connections.close();
    }
  }

  /** So many more than there are. */
  async untilAnswered(more: number): Promise<void> {
    const enough = this.answers.length + more;
    while (this.answers.length < enough) await sleep(5);
  }

  get statuses(): Set<number> {
    return new Set(this.answers.map(({ status }) => status));
  }

  /** The answers that said that they were the last of their connection. */
  get told(): HttpAnswer[] {
    return this.answers.filter(({ headers }) => headers.connection === 'close');
  }

  /** Once it is over. */
  async expectAllIssued(): Promise<void> {
    await this.over;
    expect(this.failures).toEqual([]);
    expect(this.statuses).toEqual(new Set([200]));
  }
}

/** A token request that lacks the end of its body until it is finished. */
export interface HalfRequest {
  socket: Socket;
  finish: () => void;
  /** What has come so far. */
  answer: () => string;
}

export function sendHalf({ port, operator }: ServerProcess): HalfRequest {
  const { body } = tokenRequest(operator, { inBody: true });
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(
    `POST ${tokenPath} HTTP/1.1\r\ncontent-type: ${formType}\r\ncontent-length: ${body.length}\r\n\r\n${body.slice(0, 20)}`,
  );
  return { socket, finish: () => void socket.write(body.slice(20)), answer: () => answer };
}
