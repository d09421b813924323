/** DESIGN §6: each override of the engine is called, so that no upgrade undoes one silently. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { Provider } from 'oidc-provider';
import { answerRaw } from '../support/raw-http.ts';
import {
  createTokenClient,
  credential,
  ordersApi,
  startInProcessServer,
  type InProcessServer,
} from './in-process-server.ts';
import { formatBasic, formatTokenRequest, formType, tokenPath } from './token-cases.ts';

let server: InProcessServer;

beforeAll(async () => {
  server = await startInProcessServer();
});
afterAll(async () => {
  await server.close();
});
afterEach(() => {
  jest.restoreAllMocks();
  server.reads.length = 0;
  server.mints.length = 0;
});

const base = 'grant_type=client_credentials';

const ask = async (
  body: string,
  authorization = formatBasic(credential),
  headers: string[] = [],
) => {
  const answer = await answerRaw(server, formatTokenRequest({ authorization, headers, body }));
  return { status: answer.status, body: JSON.parse(answer.body) as unknown };
};

const issued = (scope: string) => ({
  status: 200,
  body: { access_token: 'minted', token_type: 'Bearer', expires_in: 3600, scope },
});

// In the engine's types these methods have no parameters, or do not exist.
interface EngineInternals {
  Client: {
    find: (clientId: string) => Promise<unknown>;
    prototype: { compareClientSecret(presented: string): Promise<boolean> };
  };
  ClientCredentials: { prototype: { getValueAndPayload(): Promise<object> } };
  OIDCContext: {
    new (ctx: object): {
      urlFor(name: string): string;
      clientJwtAuthExpectedAudience(): Set<string>;
    };
    prototype: { urlFor(name: string): string };
  };
}
const internals = () => server.engine.provider as unknown as EngineInternals;

test('Client.find reads the registry once for each request, known client or not', async () => {
  const find = jest.spyOn(internals().Client, 'find');
  expect(await ask(base)).toEqual(issued('read write'));
  expect((await ask(base, formatBasic({ ...credential, clientId: 'nobody' }))).status).toBe(401);
  expect(find.mock.calls.map(([clientId]) => clientId)).toEqual(['the_client', 'nobody']);
  expect(server.reads).toEqual(['the_client', 'nobody']);
  // An unknown id gets an instance too: what comes after is the same for both.
  const found = await Promise.all(find.mock.results.map(({ value }) => value));
  expect(found.map((client) => client instanceof server.engine.provider.Client)).toEqual([
    true,
    true,
  ]);
});

test('compareClientSecret decides on every secret, that of an unknown client too', async () => {
  const compare = jest.spyOn(internals().Client.prototype, 'compareClientSecret');
  await ask(base);
  await ask(base, formatBasic({ ...credential, clientSecret: 'wrong' }));
  await ask(base, formatBasic({ clientId: 'nobody', clientSecret: 'any' }));
  expect(compare.mock.calls).toEqual([['the-secret'], ['wrong'], ['any']]);
  expect(await Promise.all(compare.mock.results.map(({ value }) => value))).toEqual([
    true,
    false,
    false,
  ]);
});

test('getValueAndPayload mints through our mint, with nothing left to store', async () => {
  const mint = jest.spyOn(internals().ClientCredentials.prototype, 'getValueAndPayload');
  expect(await ask(`${base}&scope=write`)).toEqual(issued('write'));
  expect(await Promise.all(mint.mock.results.map(({ value }) => value))).toEqual([
    { value: 'minted' },
  ]);
  expect(server.mints).toEqual([
    {
      client: createTokenClient(),
      grant: createTokenClient().grants[0],
      scopes: ['write'],
      registryVersion: 42n,
      credentialSerial: 7n,
      nowSeconds: expect.any(Number),
    },
  ]);
});

// What was granted is written down by these two alone, and the mint refuses to work without it.
test('getResourceServerInfo and defaultResource decide on every scope and every API', async () => {
  expect(await ask(`${base}&scope=read&resource=${encodeURIComponent(ordersApi)}`)).toEqual(
    issued('read'),
  );
  expect(server.mints).toHaveLength(1);
  expect(
    await ask(`${base}&scope=made_up&resource=${encodeURIComponent(ordersApi)}`),
  ).toMatchObject({
    status: 400,
    body: { error: 'invalid_scope' },
  });
  expect(await ask(`${base}&resource=https%3A%2F%2Fmade.up`)).toMatchObject({
    status: 400,
    body: { error: 'invalid_target' },
  });
  expect(server.mints).toHaveLength(1);
});

test('without a default there is no token, not an opaque one', async () => {
  const other = await startInProcessServer(createTokenClient({ grants: [] }));
  try {
    const request = formatTokenRequest({ authorization: formatBasic(credential), body: base });
    const answer = await answerRaw(other, request);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([
      400,
      {
        error: 'invalid_target',
        error_description: 'no API is granted to the client: an admin can grant one',
      },
    ]);
    expect(other.mints).toEqual([]);
  } finally {
    await other.close();
  }
});

test('the adapter is never written to', async () => {
  const { adapter } = server.engine.provider.ClientCredentials;
  const upsert = jest.spyOn(adapter, 'upsert');
  expect(await ask(base)).toEqual(issued('read write'));
  expect(upsert).not.toHaveBeenCalled();
  upsert.mockRestore();
  // It refuses, should an upgrade ever begin to store.
  await expect(adapter.upsert('x', {}, 1)).rejects.toThrow('the engine must not store anything');
});

// The engine asks urlFor for the audiences of assertions and for the `htu` of DPoP proofs. Neither is on
// this road yet, so it is not called by a token request; it is what those will be judged by.
test('urlFor and the accepted audiences answer from the issuer, whatever Host a request names', async () => {
  const audiences: Set<string>[] = [];
  const { find } = internals().Client;
  jest.spyOn(internals().Client, 'find').mockImplementation((clientId) => {
    // The context of the very request.
    const { oidc } = Provider.ctx as unknown as {
      oidc: InstanceType<EngineInternals['OIDCContext']>;
    };
    audiences.push(oidc.clientJwtAuthExpectedAudience());
    return find(clientId);
  });
  const urlFor = jest.spyOn(internals().OIDCContext.prototype, 'urlFor');
  const bytes = [
    `POST ${tokenPath} HTTP/1.1`,
    'Host: evil.test',
    'X-Forwarded-Host: evil.test',
    'Forwarded: host=evil.test',
    `Authorization: ${formatBasic(credential)}`,
    `Content-Type: ${formType}`,
    `Content-Length: ${base.length}`,
  ].join('\r\n');
  expect((await answerRaw(server, `${bytes}\r\n\r\n${base}`)).status).toBe(200);
  expect(audiences).toEqual([new Set([server.issuer, `${server.issuer}${tokenPath}`])]);
  expect(urlFor.mock.calls).toEqual([['token'], ['token']]);
});

test('urlFor does not even ask what the request says of itself', () => {
  const { OIDCContext } = internals();
  const forged = new OIDCContext({
    _matchedRouteName: 'token',
    req: { originalUrl: `http://evil.test${tokenPath}` },
    request: { url: tokenPath },
    href: `http://evil.test${tokenPath}`,
  });
  expect(forged.urlFor('token')).toBe(`${server.issuer}${tokenPath}`);
  expect(forged.clientJwtAuthExpectedAudience()).toEqual(
    new Set([server.issuer, `${server.issuer}${tokenPath}`]),
  );
});

test('the engine prints nothing', async () => {
  const prints = (['log', 'info', 'warn', 'error'] as const).map((name) =>
    jest.spyOn(console, name).mockImplementation(() => undefined),
  );
  await ask(base);
  await ask(`${base}&scope=made_up`);
  for (const print of prints) expect(print).not.toHaveBeenCalled();
});
