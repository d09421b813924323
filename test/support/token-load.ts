/**
 * Asks every instance for tokens, all the while rights are taken away and given back, and finds the tokens
 * that should not have been issued. The instances must trust one proxy.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseTokenId } from '../../src/model/token-id.ts';
import type { HttpAnswer, HttpConnections, HttpRequest } from './http-connections.ts';
import type { Instance } from './instances.ts';
import type { Credential } from './server-process.ts';
import { formatBasic, formType, tokenRequest } from './token-request.ts';

/** What a client may ask for, until it is taken away. */
export class Right {
  readonly credential: Credential;
  readonly resource: string;
  readonly scope: string;
  /** Nobody touches it: every instance that is well has a token for it at any time. */
  readonly isSteady: boolean;
  /** The acknowledgement of the change that took it away; undefined while it is held. */
  taken: { since: number; requestId: string } | undefined;

  constructor(credential: Credential, resource: string, scope: string, isSteady = false) {
    this.credential = credential;
    this.resource = resource;
    this.scope = scope;
    this.isSteady = isSteady;
  }
}

export interface TokenAnswer extends HttpAnswer {
  sentAt: number;
  arrivedAt: number;
}

interface Finding {
  instance: Instance;
  right: Right;
  answer: TokenAnswer;
}

/** A token that was asked for before the acknowledgement, and arrived after it. */
interface LateToken {
  /** Of the change that took the right away. */
  requestId: string;
  lagMillis: number;
  /** The registry version its issuer had applied. */
  registryVersion: bigint;
}

export class TokenLoad {
  /** Asked for at random, as long as they are in here. */
  readonly rights: Right[] = [];
  /** Tokens for what was taken away, asked for after that was acknowledged. */
  readonly violations: string[] = [];
  readonly late: LateToken[] = [];
  /** Answers that are neither a token nor a refusal, and instances that do not answer though they are well. */
  readonly unexpected: string[] = [];
  /** Instances that may say 503, because something was done to them. */
  readonly impaired = new Set<Instance>();
  tokens = 0;
  refusals = 0;
  /** Called with every answer. */
  onAnswer: (instance: Instance, answer: TokenAnswer) => void = () => undefined;
  readonly #instances: readonly Instance[];
  readonly #connections: ReadonlyMap<Instance, HttpConnections>;
  #over = new AbortController();
  #asking: Promise<unknown>[] = [];

  constructor(instances: readonly Instance[], connectionsEach: number) {
    this.#instances = instances;
    this.#connections = new Map(
      instances.map((instance) => [instance, instance.connect(connectionsEach)]),
    );
  }

  /** So many senders for each of `instances`, each with a pause after every answer. */
  start(instances: readonly Instance[], sendersEach: number, pauseMillis: number): void {
    this.#over = new AbortController();
    const { signal } = this.#over;
    this.#asking = instances.flatMap((instance) =>
      Array.from({ length: sendersEach }, async () => {
        while (!signal.aborted) {
          const right = this.rights[Math.floor(Math.random() * this.rights.length)];
          if (right) await this.ask(instance, right);
          await sleep(pauseMillis);
        }
      }),
    );
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#asking);
  }

  close(): void {
    for (const connections of this.#connections.values()) connections.close();
  }

  /** Rejects when the connection breaks: no instance may do that to a request. */
  async ask(instance: Instance, right: Right): Promise<TokenAnswer> {
    const connections = this.#connections.get(instance);
    if (connections === undefined) throw new Error('not an instance of this load');
    const sentAt = performance.now();
    const answer = await connections.send(requestFor(right));
    const timed = { ...answer, sentAt, arrivedAt: performance.now() };
    this.onAnswer(instance, timed);
    this.#judge({ instance, right, answer: timed });
    return timed;
  }

  /** Whether the token is active there. Throws when that is not answered. */
  async introspect(instance: Instance, caller: Credential, token: string): Promise<boolean> {
    const connections = this.#connections.get(instance);
    const answer = await connections?.send({
      path: '/oauth2/introspect',
      method: 'POST',
      headers: {
        'content-type': formType,
        authorization: formatBasic(caller),
      },
      body: new URLSearchParams({ token }).toString(),
    });
    if (answer?.status !== 200) throw new Error(`not introspected: ${answer?.body}`);
    return (JSON.parse(answer.body) as { active: boolean }).active;
  }

  #judge(finding: Finding): void {
    const { instance, right, answer } = finding;
    const { taken } = right;
    if (answer.status !== 200) {
      this.refusals += 1;
      const mustAnswer = !this.impaired.has(instance);
      const isWrong = mustAnswer && (answer.status === 503 || right.isSteady);
      if (isWrong || !isRefusal(answer)) this.unexpected.push(this.#describe(finding));
      return;
    }
    this.tokens += 1;
    if (taken === undefined) return;
    if (answer.sentAt >= taken.since) {
      this.violations.push(this.#describe(finding));
      return;
    }
    this.late.push({
      requestId: taken.requestId,
      lagMillis: answer.arrivedAt - taken.since,
      registryVersion: readRegistryVersion(answer),
    });
  }

  #describe({ instance, right, answer }: Finding): string {
    const since = right.taken?.since ?? answer.sentAt;
    const body = answer.status === 200 ? '' : ` ${answer.body}`;
    return (
      `instance ${this.#instances.indexOf(instance)}, ${right.scope}: ${answer.status}${body}, ` +
      `sent ${(answer.sentAt - since).toFixed(1)} ms and answered ${(answer.arrivedAt - since).toFixed(1)} ms after`
    );
  }
}

/** A network of its own, so that nobody is held up for what others have guessed. */
export function randomAddress(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.1`;
}

/** By Basic or in the body, as it happens: the same client, the same right. */
function requestFor({ credential, resource, scope }: Right): HttpRequest {
  return tokenRequest(credential, {
    inBody: Math.random() < 0.5,
    parameters: { scope, resource },
    headers: { 'x-forwarded-for': randomAddress() },
  });
}

function isRefusal({ status, headers, body }: HttpAnswer): boolean {
  const { error } = JSON.parse(body) as { error?: string };
  if (status === 401) return error === 'invalid_client';
  if (status === 400) return error === 'invalid_scope';
  return status === 503 && error === 'temporarily_unavailable' && headers['retry-after'] === '1';
}

export function readToken({ body }: HttpAnswer): string {
  return (JSON.parse(body) as { access_token: string }).access_token;
}

function readRegistryVersion(answer: HttpAnswer): bigint {
  const [, payload = ''] = readToken(answer).split('.');
  const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string };
  const fields = parseTokenId(jti);
  if (fields === undefined) throw new Error(`not a jti of ours: ${jti}`);
  return fields.registryVersion;
}
