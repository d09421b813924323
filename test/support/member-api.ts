/** Members who have signed in, as their browser calls the admin API: with a cookie, and the header that proves the page. */
import { randomBytes } from 'node:crypto';
import type { AdminApi, Answer, RequestOptions } from './admin-api.ts';
import type { ServerAddress } from './server-process.ts';

export const cookieName = 'latchkey_session';
export const csrfHeader = 'x-latchkey-csrf';

export interface NewMember {
  /** Record id. */
  id: string;
  email: string;
  password: string;
  api: MemberApi;
}

export function newEmail(): string {
  return `${randomBytes(8).toString('hex')}@example.com`;
}

export function newPassword(): string {
  return randomBytes(12).toString('base64url');
}

/** A request that nobody is authenticated for. */
export async function requestPublic<Body = Record<string, unknown>>(
  server: ServerAddress,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<Body>> {
  const response = await fetch(`${server.issuer}/api/v1${path}`, {
    method: options.method ?? 'GET',
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
  // Whoever calls knows what it asked for.
  return {
    status: response.status,
    headers: response.headers,
    body: (isJson ? JSON.parse(text) : {}) as Body,
  };
}

export class MemberApi {
  readonly server: ServerAddress;
  /** What the cookie holds. */
  readonly token: string;
  readonly csrfToken: string;
  /** Record id. */
  readonly sessionId: string;

  constructor(server: ServerAddress, { headers, body }: Answer) {
    this.server = server;
    const [, token = ''] = /latchkey_session=([^;]*)/.exec(headers.get('set-cookie') ?? '') ?? [];
    this.token = token;
    this.csrfToken = String(body['csrf_token']);
    this.sessionId = String(body['id']);
  }

  /** What its browser and its page send along. */
  get headers(): Record<string, string> {
    return { cookie: this.cookie, [csrfHeader]: this.csrfToken };
  }

  get cookie(): string {
    return `${cookieName}=${this.token}`;
  }

  /** Any request below `/api/v1`; a header that is the empty string is not sent. */
  async request<Body = Record<string, unknown>>(
    path: string,
    options: RequestOptions = {},
  ): Promise<Answer<Body>> {
    const headers = { ...this.headers, ...options.headers };
    return requestPublic(this.server, path, {
      ...options,
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')),
    });
  }
}

export async function signIn(
  server: ServerAddress,
  credential: { email: string; password: string },
): Promise<MemberApi> {
  const { email, password } = credential;
  const answer = await requestPublic(server, '/session', {
    method: 'POST',
    body: { email, password },
  });
  if (answer.status !== 201) throw new Error(`not signed in: ${JSON.stringify(answer.body)}`);
  return new MemberApi(server, answer);
}

/** Invited by `admin`, come in with the link, and signed in. */
export async function newMember(
  admin: Pick<AdminApi, 'request' | 'server'>,
  standing: object,
): Promise<NewMember> {
  const { server } = admin;
  const email = newEmail();
  const password = newPassword();
  const invited = await admin.request('/invitations', {
    method: 'POST',
    body: { email, ...standing },
  });
  const accepted = await requestPublic(server, '/invitations/accept', {
    method: 'POST',
    body: { token: invited.body['token'], name: 'Ada', password },
  });
  if (accepted.status !== 201) {
    throw new Error(`no member: ${JSON.stringify([invited.body, accepted.body])}`);
  }
  const api = await signIn(server, { email, password });
  return { id: String(accepted.body['id']), email, password, api };
}
