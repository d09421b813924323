/** Talks to the admin API as an operator, or as any other client, over HTTP. */
import { randomBytes } from 'node:crypto';
import type { Credential, ServerAddress } from './server-process.ts';
import { formatBasic, tokenPath } from './token-request.ts';

export interface Answer<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface RegisteredClient extends Credential {
  /** Record id. */
  id: string;
}

export interface RequestOptions {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export class AdminApi {
  readonly server: ServerAddress;
  readonly #credential: Credential;
  readonly #resource: string;
  #token: string | undefined;

  /** `resource` differs from the default when several instances share one issuer. */
  constructor(
    server: ServerAddress,
    credential: Credential = server.operator,
    resource = `${server.issuer}/api`,
  ) {
    this.server = server;
    this.#credential = credential;
    this.#resource = resource;
  }

  /** Any request below `/api/v1`, with a bearer token fetched once. */
  async request<Body = Record<string, unknown>>(
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    const { status, headers, text } = await this.requestText(path, options);
    const isJson = /^application\/(problem\+)?json/.test(headers.get('content-type') ?? '');
    // Whoever calls knows what it asked for.
    return { status, headers, body: (isJson ? JSON.parse(text) : {}) as Body };
  }

  /** The same, for an answer that is not JSON. */
  async requestText(
    path: string,
    options: RequestOptions = {},
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const response = await fetch(`${this.server.issuer}/api/v1${path}`, {
      method: options.method ?? 'GET',
      headers: {
        authorization: await this.authorization(),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The header that a request is sent with; its token is fetched once. */
  async authorization(): Promise<string> {
    this.#token ??= await this.#fetchToken();
    return `Bearer ${this.#token}`;
  }

  /** Every row of a list, page after page; `path` may have a query. */
  async readAll<Row>(path: string): Promise<Row[]> {
    const rows: Row[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = new URLSearchParams({ limit: '200', ...(cursor === '' ? {} : { cursor }) });
      const page: Answer<{ data: Row[]; next_cursor: string | null }> = await this.request(
        `${path}${path.includes('?') ? '&' : '?'}${query.toString()}`,
      );
      rows.push(...page.body.data);
      cursor = page.body.next_cursor;
    }
    return rows;
  }

  /** Fetches a new token at the next request. */
  forgetToken(): void {
    this.#token = undefined;
  }

  async #fetchToken(): Promise<string> {
    const { status, body } = await requestToken(this.server, this.#credential, {
      resource: this.#resource,
    });
    if (status !== 200) throw new Error(`no admin token: ${JSON.stringify(body)}`);
    return String(body['access_token']);
  }

  /** An API nobody else uses; returns its record. */
  async createApi(
    scopes: readonly string[],
    overrides: Record<string, unknown> = {},
  ): Promise<{ id: string; identifier: string }> {
    const identifier = `https://${randomBytes(6).toString('hex')}.example.com`;
    const { status, body } = await this.request<{ id: string; identifier: string }>('/apis', {
      method: 'POST',
      body: {
        identifier,
        name: 'An API',
        scopes: scopes.map((value) => ({ value })),
        ...overrides,
      },
    });
    if (status !== 201) throw new Error(`no API: ${JSON.stringify(body)}`);
    return body;
  }

  /** A location nobody else uses, in the caller's organization unless told otherwise; its record id. */
  async createLocation(overrides: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await this.request('/locations', {
      method: 'POST',
      body: { name: 'A location', ...overrides },
    });
    if (status !== 201) throw new Error(`no location: ${JSON.stringify(body)}`);
    return String(body['id']);
  }

  /** An organization with nothing in it, made by an operator; its record id. */
  async createOrganization(overrides: Record<string, unknown> = {}): Promise<string> {
    const { status, body } = await this.request('/organizations', {
      method: 'POST',
      body: { name: 'An organization', ...overrides },
    });
    if (status !== 201) throw new Error(`no organization: ${JSON.stringify(body)}`);
    return String(body['id']);
  }

  /** A webhook that hears of `events`, such as `client.updated`. */
  async createWebhook(
    url: string,
    events: readonly string[],
    overrides: Record<string, unknown> = {},
  ): Promise<{ id: string; signingSecret: string }> {
    const selections = events.map((event) => event.split('.'));
    const { status, body } = await this.request('/webhooks', {
      method: 'POST',
      body: {
        url,
        events: selections.map(([entity, operation]) => ({ entity, operation })),
        ...overrides,
      },
    });
    if (status !== 201) throw new Error(`no webhook: ${JSON.stringify(body)}`);
    return { id: String(body['id']), signingSecret: String(body['signing_secret']) };
  }

  /** A client with the given grants, `[{ api, scopes, default? }]`. */
  async createClient(
    grants: readonly object[],
    overrides: Record<string, unknown> = {},
  ): Promise<RegisteredClient> {
    const { status, body } = await this.request('/clients', {
      method: 'POST',
      body: { name: 'A client', grants, ...overrides },
    });
    if (status !== 201) throw new Error(`no client: ${JSON.stringify(body)}`);
    return {
      id: String(body['id']),
      clientId: String(body['client_id']),
      clientSecret: String(body['client_secret']),
    };
  }
}

/** `POST /oauth2/token` with Basic credentials. */
export async function requestToken(
  server: ServerAddress,
  credential: Credential,
  parameters: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(server.issuer + tokenPath, {
    method: 'POST',
    headers: { authorization: formatBasic(credential) },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
