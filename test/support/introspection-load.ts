/**
 * Asks one instance, on and on, about tokens that were issued before, as a resource server does, and finds the
 * answers that should not have been given.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { introspectionPath } from '../oauth/token-questions.ts';
import type { HttpConnections } from './http-connections.ts';
import type { Instance } from './instances.ts';
import type { Credential } from './server-process.ts';
import type { Right } from './token-load.ts';
import { formatBasic, formType } from './token-request.ts';

/** A token, and the right whose taking away makes it inactive. */
export interface IssuedToken {
  right: Right;
  token: string;
}

export interface IntrospectionAnswer {
  status: number;
  isActive: boolean;
  sentAt: number;
  arrivedAt: number;
}

export class IntrospectionLoad {
  readonly answers: IntrospectionAnswer[] = [];
  /** Tokens called active though that was asked after what made them inactive had been acknowledged. */
  readonly violations: string[] = [];
  /** What is neither an answer to the question nor a 503 that says when to come again. */
  readonly unexpected: string[] = [];
  readonly #connections: HttpConnections;
  readonly #resourceServer: Credential;
  readonly #over = new AbortController();
  #asking: Promise<unknown>[] = [];

  constructor(instance: Instance, resourceServer: Credential) {
    this.#connections = instance.connect(4);
    this.#resourceServer = resourceServer;
  }

  start(issued: readonly IssuedToken[], pauseMillis: number): void {
    const { signal } = this.#over;
    const askAllTheTime = async (one: IssuedToken) => {
      while (!signal.aborted) {
        await this.ask(one);
        await sleep(pauseMillis);
      }
    };
    this.#asking = issued.map(askAllTheTime);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#asking);
    this.#connections.close();
  }

  async ask({ right, token }: IssuedToken): Promise<IntrospectionAnswer> {
    const sentAt = performance.now();
    const { status, headers, body } = await this.#connections.send({
      path: introspectionPath,
      method: 'POST',
      headers: { 'content-type': formType, authorization: formatBasic(this.#resourceServer) },
      body: new URLSearchParams({ token }).toString(),
    });
    const arrivedAt = performance.now();
    const isActive = status === 200 && (JSON.parse(body) as { active: boolean }).active;
    const answer = { status, isActive, sentAt, arrivedAt };
    this.answers.push(answer);
    const failsClosed = status === 503 && headers['retry-after'] === '1';
    if (status !== 200 && !failsClosed) this.unexpected.push(`${status} ${body}`);
    if (isActive && right.taken !== undefined && sentAt >= right.taken.since) {
      this.violations.push(`asked ${(sentAt - right.taken.since).toFixed(1)} ms after`);
    }
    return answer;
  }
}
