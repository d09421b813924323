/** Resource servers of other people accept our access tokens (RFC 9068 §4), and nothing that resembles them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, type JSONWebKeySet, type JWK } from 'jose';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import { startServer, type ServerAddress, type ServerProcess } from '../support/server-process.ts';
import {
  createDatabase,
  describeMostlyOnPostgresql,
  describeOnBothDatabases,
  sharedServers,
} from '../support/shared-servers.ts';
import { resourceServerKinds, type Fault, type ResourceServer } from './resource-servers.ts';
import { forgeries } from './token-forgeries.ts';

/** Every library with every kind of token it can be told to accept. */
const cases = resourceServerKinds.flatMap((kind) => [
  ...kind.algorithms.map((algorithm) => ({ kind, algorithm, tokenType: 'at+jwt' as const })),
  { kind, algorithm: 'ES256' as const, tokenType: 'JWT' as const },
]);
type Case = (typeof cases)[number];

const caseName = '$kind.name, $algorithm, $tokenType';
/** Twice the lifetime of a token, and more than any leeway. */
const expiredMillis = 2 * 3600 * 1000;
const scopes = ['orders:read', 'orders:write'];

const opened: ResourceServer[] = [];
afterAll(() => Promise.all(opened.map((resourceServer) => resourceServer.close())));

/** An API with tokens of that kind, a client of it, and the resource server that is the API. */
async function setScene(server: ServerAddress, { kind, algorithm, tokenType }: Case) {
  const admin = new AdminApi(server);
  const settings = { signing_alg: algorithm, token_typ: tokenType };
  const api = await admin.createApi(scopes, settings);
  const otherApi = await admin.createApi(scopes, settings);
  const client = await admin.createClient([
    { api: api.identifier, scopes, default: true },
    { api: otherApi.identifier, scopes },
  ]);
  const { issuer } = server;
  const resourceServer = await kind.open({
    issuer,
    audience: api.identifier,
    algorithm,
    tokenType,
  });
  opened.push(resourceServer);
  return { api, otherApi, client, resourceServer, settings };
}

async function fetchToken(
  server: ServerAddress,
  client: RegisteredClient,
  parameters: Record<string, string> = {},
): Promise<string> {
  const { status, body } = await requestToken(server, client, parameters);
  expect(status).toBe(200);
  return String(body['access_token']);
}

async function findPublicKey(server: ServerAddress, token: string): Promise<JWK> {
  const jwks = await fetch(`${server.issuer}/.well-known/jwks.json`);
  const { keys } = (await jwks.json()) as JSONWebKeySet;
  const { kid } = decodeProtectedHeader(token);
  const key = keys.find((key) => key.kid === kid);
  if (!key) throw new Error('the key that signed the token is not published');
  return key;
}

function refusal({ kind }: Case, fault: Fault): object {
  return { status: 401, refused: expect.stringContaining(kind.refusals[fault]) };
}

// P-227 X-42
describeMostlyOnPostgresql('tokens validated by strangers', cases, (server, chosen) => {
  describe.each(chosen)(caseName, (given) => {
    let scene: Awaited<ReturnType<typeof setScene>>;

    beforeAll(async () => {
      scene = await setScene(server, given);
    });

    test('accepts a token and sees its scopes', async () => {
      const token = await fetchToken(server, scene.client);
      expect(decodeProtectedHeader(token)).toMatchObject({
        alg: given.algorithm,
        typ: given.tokenType,
      });
      expect(await scene.resourceServer.judge(token)).toEqual({
        status: 200,
        scope: 'orders:read orders:write',
      });
    });

    test.each(forgeries)('refuses one $name', async ({ fault, forge }) => {
      const genuine = await fetchToken(server, scene.client);
      const forged = await forge(genuine, await findPublicKey(server, genuine));
      expect(await scene.resourceServer.judge(forged)).toEqual(refusal(given, fault));
    });

    test('refuses one for another API', async () => {
      const token = await fetchToken(server, scene.client, {
        resource: scene.otherApi.identifier,
      });
      expect(await scene.resourceServer.judge(token)).toEqual(refusal(given, 'audience'));
    });

    test('refuses one of another issuer for an API of the same identifier', async () => {
      const { embedded, postgresql } = sharedServers();
      const otherServer = server.issuer === embedded.issuer ? postgresql : embedded;
      const admin = new AdminApi(otherServer);
      const { identifier } = scene.api;
      await admin.createApi(scopes, { ...scene.settings, identifier });
      const client = await admin.createClient([{ api: identifier, scopes }]);
      const token = await fetchToken(otherServer, client);
      expect(await scene.resourceServer.judge(token)).toEqual(refusal(given, 'issuer'));
    });
  });
});

// The clock is the server's, whatever its database.
describe('the expiry of tokens', () => {
  let server: ServerProcess;

  beforeAll(async () => {
    server = await startServer({ databaseUrl: await createDatabase() });
  });
  afterAll(() => server.stop());

  test.each(cases)(`is honoured: ${caseName}`, async (given) => {
    const { client, resourceServer } = await setScene(server, given);
    await server.moveClock(-expiredMillis);
    const expired = await fetchToken(server, client);
    await server.moveClock(0);
    const live = await fetchToken(server, client);
    expect(await resourceServer.judge(live)).toMatchObject({ status: 200 });
    expect(await resourceServer.judge(expired)).toEqual(refusal(given, 'expiry'));
  });
});

describeOnBothDatabases('the scopes of a token', (server) => {
  test('are understood by the scope check of express-oauth2-jwt-bearer', async () => {
    const given = cases.find(({ kind }) => kind.name === 'express-oauth2-jwt-bearer');
    if (!given) throw new Error('the library is not among the cases');
    const { api, client, resourceServer } = await setScene(server, given);
    const token = await fetchToken(server, client, {
      scope: 'orders:write',
      resource: api.identifier,
    });
    expect(await resourceServer.judge(token)).toEqual({
      status: 403,
      refused: 'Insufficient Scope',
    });
  });
});
