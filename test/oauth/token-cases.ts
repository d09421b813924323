/** A token request that is right, what the cases of the catalogue change in it, and what they expect. */
import { beforeAll, expect, test } from '@jest/globals';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import {
  expectInvariants,
  expectPrompt,
  headerOf,
  sendRaw,
  type RawAnswer,
} from '../support/raw-http.ts';
import type { ServerAddress } from '../support/server-process.ts';
import { formatBasic, formType, tokenPath } from '../support/token-request.ts';

export { formatBasic, formType, tokenPath };

export interface TokenRequestParts {
  method?: string;
  target?: string;
  version?: string;
  /** null: none. */
  authorization?: string | null;
  /** null: none. */
  contentType?: string | null;
  /** More header lines. */
  headers?: readonly string[];
  body?: string | Uint8Array;
}

/** The bytes of a request; its body is announced with Content-Length. */
export function formatTokenRequest(parts: TokenRequestParts): Buffer {
  const { method = 'POST', target = tokenPath, version = '1.1', body = '' } = parts;
  const { authorization = null, contentType = formType, headers = [] } = parts;
  const bytes = Buffer.from(body);
  const lines = [
    `${method} ${target} HTTP/${version}`,
    'Host: localhost',
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...(contentType === null ? [] : [`Content-Type: ${contentType}`]),
    `Content-Length: ${bytes.length}`,
    ...headers,
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
}

export function encodeBase64(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64');
}

/** What the cases of one suite share; none of them changes it. */
export interface TokenFixture {
  server: ServerAddress;
  /** May ask for `read` and `write` of `orders`, its default, and for `items:read` of `stock`. */
  client: RegisteredClient;
  orders: string;
  stock: string;
  /** An API with the scope `secret:read` that is not granted to the client. */
  foreign: string;
  basic: string;
  /** `grant_type=client_credentials&scope=read&resource=<orders>` */
  base: string;
  /** `client_id` and `client_secret` as form parameters. */
  inBody: string;
}

/** Registers two APIs and a client before all; the fixture is there when the tests run. */
export function useTokenFixture(server: ServerAddress): () => TokenFixture {
  let fixture: TokenFixture | undefined;
  beforeAll(async () => {
    const admin = new AdminApi(server);
    const orders = (await admin.createApi(['read', 'write', 'approve'])).identifier;
    const stock = (await admin.createApi(['items:read', 'items:write'])).identifier;
    const foreign = (await admin.createApi(['secret:read'])).identifier;
    const client = await admin.createClient([
      { api: orders, scopes: ['read', 'write'], default: true },
      { api: stock, scopes: ['items:read'] },
    ]);
    fixture = {
      server,
      client,
      orders,
      stock,
      foreign,
      basic: formatBasic(client),
      base: `grant_type=client_credentials&scope=read&resource=${encodeURIComponent(orders)}`,
      inBody: `client_id=${client.clientId}&client_secret=${client.clientSecret}`,
    };
  });
  return () => {
    if (fixture === undefined) throw new Error('the fixture is there only while the tests run');
    return fixture;
  };
}

/** `issued` with the scope `read`, or the error and its public description. */
export type Expected = 'issued' | [status: number, error: string, description: string];

export const invalidClient: Expected = [401, 'invalid_client', 'client authentication failed'];

export const invalidScopeSyntax: Expected = [
  400,
  'invalid_scope',
  'scope must be a list of scope values, separated by single spaces, of visible ASCII without quotes and backslashes',
];

export const scopeNotGranted: Expected = [
  400,
  'invalid_scope',
  'a requested scope is unknown or not granted to the client for this API',
];

export const resourceNotGranted: Expected = [
  400,
  'invalid_target',
  'resource must be the exact identifier of an API that is granted to the client',
];

export const resourceSyntax: Expected = [
  400,
  'invalid_target',
  'resource must be an absolute URI without a fragment',
];

export const oneMechanism: Expected = [
  400,
  'invalid_request',
  'authenticate the client in one way only',
];

/** Name of the guarantee, what is sent, what comes back. */
export type TokenCase = [
  name: string,
  request: (fixture: TokenFixture) => TokenRequestParts | string | Buffer,
  expected: Expected,
];

export async function askForToken(
  server: ServerAddress,
  request: TokenRequestParts | string | Buffer,
): Promise<RawAnswer> {
  const isBytes = typeof request === 'string' || Buffer.isBuffer(request);
  const exchange = await sendRaw(server, isBytes ? request : formatTokenRequest(request));
  const [answer] = exchange.answers;
  if (answer === undefined) throw new Error('the server closed the connection without an answer');
  expectInvariants(answer);
  expectPrompt(exchange);
  return answer;
}

/** The whole answer, but for headers that change. */
export function expectAnswer(server: ServerAddress, answer: RawAnswer, expected: Expected): void {
  const [status, error, description] = expected === 'issued' ? [200] : expected;
  expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toEqual({
    status,
    body:
      expected === 'issued'
        ? {
            access_token: expect.any(String),
            token_type: 'Bearer',
            expires_in: 3600,
            scope: 'read',
          }
        : { error, error_description: description },
  });
  expect(headerOf(answer, 'content-type')).toBe('application/json');
  expect(headerOf(answer, 'pragma')).toBe('no-cache');
  expect(headerOf(answer, 'www-authenticate')).toBe(
    status === 401 ? `Basic realm="${server.issuer}"` : undefined,
  );
}

export function testTokenCases(fixture: () => TokenFixture, cases: readonly TokenCase[]): void {
  test.each(cases)('%s', async (_name, request, expected) => {
    const { server } = fixture();
    expectAnswer(server, await askForToken(server, request(fixture())), expected);
  });
}
