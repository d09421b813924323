/** The admin API as the console calls it: same origin, the session's cookie, and the CSRF token with every change. */
import { ApiProblem } from './api-problem.ts';
import { tellSessionEnd } from './session-end.ts';

const prefix = '/api/v1';

/** Known from `GET /session` and `POST /session`; kept in memory alone. */
let csrfToken: string | undefined;

export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** Asks for the password again; false: it was not given. */
type PasswordQuestion = () => Promise<boolean>;
let askForPassword: PasswordQuestion | undefined;

/** What cannot be taken back needs a password that was entered a short while ago: whoever asks for it, asks once. */
export function setPasswordQuestion(question: PasswordQuestion | undefined): void {
  askForPassword = question;
}

export type QueryParameters = Record<string, string | number | boolean | undefined>;

interface CallOptions {
  query?: QueryParameters | undefined;
  body?: unknown;
  /** `ETag` of what was read: 412 when somebody else was faster. */
  ifMatch?: string | undefined;
  /** The same key, the same creation: made once however often it is sent. */
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export interface Answer<Body> {
  status: number;
  body: Body;
  etag: string | undefined;
}

function urlOf(path: string, query: QueryParameters = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return `${prefix}${path}${search.size > 0 ? `?${search}` : ''}`;
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Throws `ApiProblem` for everything that is not 2xx. */
export async function exchange<Body>(
  method: Method,
  path: string,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  try {
    return await sendConfirmed(method, path, options);
  } catch (error) {
    const isSignIn = method === 'POST' && path === '/session';
    const hasEnded = error instanceof ApiProblem && error.status === 401 && !isSignIn;
    // The page is on its way to the door: nothing comes of it any more, and nobody says what went wrong.
    if (hasEnded && tellSessionEnd()) return new Promise(() => undefined);
    throw error;
  }
}

async function sendConfirmed<Body>(
  method: Method,
  path: string,
  options: CallOptions,
): Promise<Answer<Body>> {
  try {
    return await send(method, path, options);
  } catch (error) {
    const needsPassword = error instanceof ApiProblem && error.code === 'confirmation_required';
    if (needsPassword && (await askForPassword?.())) return send(method, path, options);
    throw error;
  }
}

async function send<Body>(
  method: Method,
  path: string,
  { query, body, ifMatch, idempotencyKey, signal }: CallOptions,
): Promise<Answer<Body>> {
  const headers = new Headers({ Accept: 'application/json' });
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (ifMatch !== undefined) headers.set('If-Match', ifMatch);
  if (idempotencyKey !== undefined) headers.set('Idempotency-Key', idempotencyKey);
  if (method !== 'GET' && csrfToken !== undefined) headers.set('X-Latchkey-CSRF', csrfToken);
  let response: Response;
  try {
    response = await fetch(urlOf(path, query), {
      method,
      headers,
      credentials: 'same-origin',
      // What an answer holds may be a secret: it is in no cache of the browser.
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiProblem(0, { code: 'no_answer', detail: 'The server does not answer.' });
  }
  const isJson = /\bjson\b/.test(response.headers.get('Content-Type') ?? '');
  const parsed: unknown = isJson ? await response.json() : undefined;
  if (!response.ok) throw new ApiProblem(response.status, isProblem(parsed) ? parsed : {});
  return {
    status: response.status,
    // What the schemas of the admin API promise, which its own tests hold it to.
    body: parsed as Body,
    etag: response.headers.get('ETag') ?? undefined,
  };
}

function isProblem(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export async function get<Body>(
  path: string,
  query?: QueryParameters,
  signal?: AbortSignal,
): Promise<Body> {
  return (await exchange<Body>('GET', path, { query, signal })).body;
}

export async function post<Body>(path: string, body?: unknown): Promise<Body> {
  return (await exchange<Body>('POST', path, { body })).body;
}

export async function patch<Body>(path: string, body: unknown, ifMatch?: string): Promise<Body> {
  return (await exchange<Body>('PATCH', path, { body, ifMatch })).body;
}

export async function remove(path: string, query?: QueryParameters): Promise<void> {
  await exchange('DELETE', path, { query });
}
