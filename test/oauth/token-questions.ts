/** Asks about access tokens as an OAuth client does: introspection (RFC 7662) and revocation (RFC 7009). */
import { expect } from '@jest/globals';
import { decodeJwt } from 'jose';
import { requestToken } from '../support/admin-api.ts';
import { expectInvariants, headerOf, sendRaw, type RawAnswer } from '../support/raw-http.ts';
import type { Credential, ServerAddress } from '../support/server-process.ts';
import { formatBasic, formatTokenRequest, type TokenRequestParts } from './token-cases.ts';

export const introspectionPath = '/oauth2/introspect';
export const revocationPath = '/oauth2/revoke';

/** Neither a 401 nor an inactive answer leaves sooner. */
export const refusalMillisMin = 10;

export interface TimedAnswer extends RawAnswer {
  millis: number;
}

/** Throws for a refusal. */
export async function issueToken(
  server: ServerAddress,
  credential: Credential,
  parameters: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await requestToken(server, credential, parameters);
  if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
  return String(body['access_token']);
}

export function idOf(token: string): string {
  return String(decodeJwt(token).jti);
}

export async function ask(
  server: ServerAddress,
  target: string,
  parts: TokenRequestParts,
): Promise<TimedAnswer> {
  const { answers, millis } = await sendRaw(server, formatTokenRequest({ target, ...parts }));
  const [answer] = answers;
  if (answer === undefined) throw new Error('the server closed the connection without an answer');
  expectInvariants(answer);
  return { ...answer, millis };
}

/** With Basic credentials, and whatever parameters besides the token. */
export function introspect(
  server: ServerAddress,
  caller: Credential,
  token: string,
  more: Record<string, string> = {},
): Promise<TimedAnswer> {
  return askAbout(server, introspectionPath, caller, { token, ...more });
}

export function revoke(
  server: ServerAddress,
  caller: Credential,
  token: string,
  more: Record<string, string> = {},
): Promise<TimedAnswer> {
  return askAbout(server, revocationPath, caller, { token, ...more });
}

function askAbout(
  server: ServerAddress,
  target: string,
  caller: Credential,
  parameters: Record<string, string>,
): Promise<TimedAnswer> {
  const body = new URLSearchParams(parameters).toString();
  return ask(server, target, { authorization: formatBasic(caller), body });
}

/** Whether the server says so, in one of the two answers there are. */
export async function isActive(
  server: ServerAddress,
  caller: Credential,
  token: string,
): Promise<boolean> {
  const answer = await introspect(server, caller, token);
  if (answer.body === '{"active":false}') {
    expectJson(answer, 200, { active: false });
    return false;
  }
  expectJson(answer, 200, describeToken(token));
  return true;
}

/** What introspection says of an active token: what it says itself. */
export function describeToken(token: string): Record<string, unknown> {
  const { scope, client_id, sub, aud, iss, exp, iat, jti, organization_id, location_id } =
    decodeJwt(token);
  return {
    active: true,
    scope,
    client_id,
    sub,
    aud,
    iss,
    exp,
    iat,
    jti,
    token_type: 'Bearer',
    organization_id,
    ...(location_id === undefined ? {} : { location_id }),
  };
}

/** The whole answer, but for the date and the request id. */
export function expectJson(answer: RawAnswer, status: number, body: unknown): void {
  expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toEqual({
    status,
    body,
  });
  expect(withoutVarying(answer)).toEqual(
    expect.arrayContaining([
      ['content-type', 'application/json'],
      ['cache-control', 'no-store'],
      ['pragma', 'no-cache'],
    ]),
  );
}

export function expectError(
  answer: RawAnswer,
  status: number,
  error: string,
  description: string,
): void {
  expectJson(answer, status, { error, error_description: description });
}

/** The one answer that leaves no doubt, and says nothing. */
export function expectRevoked(answer: RawAnswer): void {
  expect({ status: answer.status, body: answer.body }).toEqual({ status: 200, body: '' });
  expect(withoutVarying(answer)).toEqual([
    ['x-content-type-options', 'nosniff'],
    ['content-length', '0'],
    ['cache-control', 'no-store'],
    ['pragma', 'no-cache'],
    ['connection', 'keep-alive'],
    ['keep-alive', 'timeout=65'],
  ]);
}

export function expectInvalidClient(server: ServerAddress, answer: TimedAnswer): void {
  expectError(answer, 401, 'invalid_client', 'client authentication failed');
  expect(headerOf(answer, 'www-authenticate')).toBe(`Basic realm="${server.issuer}"`);
  expect(answer.millis).toBeGreaterThanOrEqual(refusalMillisMin);
}

export function withoutVarying({ headers }: RawAnswer): RawAnswer['headers'] {
  return headers.filter(([name]) => name !== 'date' && name !== 'x-request-id');
}
