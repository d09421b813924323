/** Calls the admin API of a running server: one token, then the requests, with refusals told in words. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Caller, Server } from './caller.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { AnswerLost, callServer, openAnswer, parseJson, type HttpAnswer } from './http-call.ts';
import { fetchMetadata } from './server-metadata.ts';
import { fetchToken, notLatchkey, TokenRefused } from './token-fetch.ts';
import { pageSchema, problemSchema, signedInSchema } from './wire-records.ts';

const pageRecordsMax = 200;
/** What every path is answered that is none of the server's. */
const unknownPathDetail = 'there is nothing here';
/** What a 503 asks for in `Retry-After`. */
const retryMillis = 1_000;

export interface Listing<Item> {
  data: Item[];
  /** null: that was all. */
  next_cursor: string | null;
}

export class AdminClient {
  /** What the caller may do: the scopes of its token, of which it asked for all. */
  readonly permissions: ReadonlySet<string>;
  readonly #address: string;
  /** What every request says of its caller. */
  readonly #headers: Record<string, string>;

  private constructor(
    { adminUrl }: Server,
    permissions: readonly string[],
    headers: Record<string, string>,
  ) {
    this.#address = adminUrl;
    this.#headers = headers;
    this.permissions = new Set(permissions);
  }

  static async connect(caller: Caller): Promise<AdminClient> {
    const { issuer, adminUrl } = caller;
    try {
      // Where admins have a listener of their own it gives tokens too: nothing is asked of the public one.
      const token = await fetchToken(
        { ...caller, issuer: adminUrl },
        { resource: `${issuer}/api` },
      );
      const headers = { Authorization: `Bearer ${token.access_token}` };
      return new AdminClient(caller, token.scope.split(' '), headers);
    } catch (error) {
      // The admin API carries the issuer's name: another name for the same server is refused as unknown.
      if (error instanceof TokenRefused && error.code === 'invalid_target') {
        await fetchMetadata(issuer, adminUrl);
      }
      throw error;
    }
  }

  /** As a member, for what is a member's alone; `signOut` ends it. */
  static async signIn(
    server: Server,
    credential: { email: string; password: string },
  ): Promise<AdminClient> {
    const visitor = new AdminClient(server, [], {});
    const answer = await visitor.#send('POST', '/session', credential);
    const { csrf_token: csrfToken } = visitor.#parse(answer, signedInSchema);
    const headers = { Cookie: answer.cookie ?? '', 'X-Latchkey-CSRF': csrfToken };
    return new AdminClient(server, [], headers);
  }

  async signOut(): Promise<void> {
    await this.delete('/session');
  }

  get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
    return this.#request('GET', path, schema);
  }

  post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: object,
  ): Promise<z.infer<Schema>> {
    return this.#request('POST', path, schema, body);
  }

  /**
   * Makes something once, however often it has to be asked for. Where the answer is lost, or the server says that
   * it may have been made, it is asked for once more with the same Idempotency-Key; the answer is then without a
   * secret that was in the first.
   */
  async create<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: object,
    key: string = randomUUID(),
  ): Promise<z.infer<Schema>> {
    const send = () => this.#send('POST', path, body, { 'Idempotency-Key': key });
    const answer = await send().catch(ignoreLost);
    if (answer !== undefined && answer.status !== 503) return this.#parse(answer, schema);
    await sleep(retryMillis);
    try {
      return this.#parse(await send(), schema);
    } catch (error) {
      throw sayHowToRepeat(error, key);
    }
  }

  /** With `etag`, what `getTagged` has read: refused when the record has changed since. */
  patch<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: object,
    etag?: string,
  ): Promise<z.infer<Schema>> {
    return this.#request('PATCH', path, schema, body, etag);
  }

  async getTagged<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ): Promise<{ record: z.infer<Schema>; etag: string | undefined }> {
    const answer = await this.#send('GET', path);
    return { record: this.#parse(answer, schema), etag: answer.etag };
  }

  async delete(path: string): Promise<void> {
    await this.#request('DELETE', path, z.undefined());
  }

  /** Undefined for 404. */
  async find<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> {
    const answer = await this.#send('GET', path);
    return answer.status === 404 ? undefined : this.#parse(answer, schema);
  }

  /** Follows the cursors until `limit` records are there. */
  async list<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    filters: Record<string, string>,
    limit: number,
  ): Promise<Listing<z.infer<Schema>>> {
    const data: z.infer<Schema>[] = [];
    let cursor: string | null = null;
    do {
      const query: URLSearchParams = new URLSearchParams({
        ...filters,
        limit: String(Math.min(pageRecordsMax, limit - data.length)),
        ...(cursor === null ? {} : { cursor }),
      });
      const page: Listing<z.infer<Schema>> = await this.get(
        `${path}?${query.toString()}`,
        pageSchema(schema),
      );
      data.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor !== null && data.length < limit);
    return { data, next_cursor: cursor };
  }

  /** A body that is not JSON, as it comes. */
  async openText(path: string): Promise<AsyncIterable<string>> {
    const { status, chunks } = await openAnswer(this.#urlOf(path), this.#init('GET'));
    if (status === 200) return chunks;
    let text = '';
    for await (const chunk of chunks) text += chunk;
    const answer = { status, body: parseJson(text), requestId: undefined, etag: undefined };
    this.#parse(this.#requireAdminApi(answer), z.never());
    throw notLatchkey(this.#address, status);
  }

  async #request<Schema extends z.ZodType>(
    method: string,
    path: string,
    schema: Schema,
    body?: object,
    etag?: string,
  ): Promise<z.infer<Schema>> {
    const headers: Record<string, string> = etag === undefined ? {} : { 'If-Match': etag };
    return this.#parse(await this.#send(method, path, body, headers), schema);
  }

  async #send(
    method: string,
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<HttpAnswer> {
    const answer = await callServer(this.#urlOf(path), this.#init(method, body, headers));
    return this.#requireAdminApi(answer);
  }

  /** Not every 404 is about a record: where the admin API is not, no path of it is. */
  #requireAdminApi(answer: HttpAnswer): HttpAnswer {
    const problem = problemSchema.safeParse(answer.body);
    if (answer.status !== 404 || problem.data?.detail !== unknownPathDetail) return answer;
    throw new CliError(
      exitCodes.refused,
      [
        `${this.#address} has no admin API, or not all of this one`,
        'Where admins have a listener of their own (LATCHKEY_ADMIN_PORT of the server), name it with LATCHKEY_ADMIN_URL, beside the LATCHKEY_ISSUER it belongs to.',
      ],
      { code: problem.data.code, requestId: problem.data.request_id },
    );
  }

  #urlOf(path: string): string {
    return `${this.#address}/api/v1${path}`;
  }

  #init(method: string, body?: object, headers?: Record<string, string>): RequestInit {
    return {
      method,
      headers: {
        ...this.#headers,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  #parse<Schema extends z.ZodType>({ status, body }: HttpAnswer, schema: Schema): z.infer<Schema> {
    if (status >= 200 && status < 300) {
      const parsed = schema.safeParse(body);
      if (parsed.success) return parsed.data;
    }
    const problem = problemSchema.safeParse(body);
    throw problem.success ? toError(status, problem.data) : notLatchkey(this.#address, status);
  }
}

function ignoreLost(error: unknown): undefined {
  if (!(error instanceof AnswerLost)) throw error;
}

/** Of a second try without an answer: the first may have been obeyed, or this one. */
function sayHowToRepeat(error: unknown, key: string): unknown {
  if (!(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) return error;
  const hint = `It may have been made all the same: repeat it with --idempotency-key ${key}, and nothing is made twice.`;
  const { cause, code, requestId } = error;
  return new CliError(error.exitCode, [...error.lines, hint], { cause, code, requestId });
}

function toError(status: number, problem: z.infer<typeof problemSchema>): CliError {
  const { title, detail, code, errors, request_id: requestId } = problem;
  // Where the detail is nothing but the faults in a row, it would say everything twice.
  const repeats = errors.length > 0 && errors.every((fault) => detail.includes(fault.detail));
  const lines = [
    repeats ? title : detail,
    ...errors.map((fault) => `  ${fault.pointer || 'body'}: ${fault.detail}`),
    ...(status >= 500 ? [`request_id: ${requestId}`] : []),
  ];
  const exitCode = status === 503 ? exitCodes.unreachable : exitCodes.refused;
  return new CliError(exitCode, lines, { code, requestId });
}
