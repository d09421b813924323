/**
 * The engine as it comes, beside ours, on the same requests: why each correction is there (DESIGN §6). A
 * failing left column after an upgrade means that the engine has changed: the correction may go.
 */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { Provider, type Adapter, type AdapterPayload, type Configuration } from 'oidc-provider';
import { answerRaw, headerOf, type RawAnswer } from '../support/raw-http.ts';
import type { ServerAddress } from '../support/server-process.ts';
import { sharedServers } from '../support/shared-servers.ts';
import {
  encodeBase64,
  formatTokenRequest,
  useTokenFixture,
  type TokenFixture,
  type TokenRequestParts,
} from './token-cases.ts';

const stockTokenPath = '/token';
const ours = sharedServers().embedded;

const adapterMillis = 20;

/** Keeps everything in memory, and takes as long as a database. */
class SlowAdapter implements Adapter {
  static readonly stored = new Map<string, AdapterPayload>();
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    await sleep(adapterMillis);
    return SlowAdapter.stored.get(`${this.#kind} ${id}`);
  }

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    await sleep(adapterMillis);
    SlowAdapter.stored.set(`${this.#kind} ${id}`, payload);
  }

  async findByUid(): Promise<undefined> {
    return undefined;
  }

  async findByUserCode(): Promise<undefined> {
    return undefined;
  }

  async consume(): Promise<undefined> {
    return undefined;
  }

  async destroy(): Promise<undefined> {
    return undefined;
  }

  async revokeByGrantId(): Promise<undefined> {
    return undefined;
  }
}

interface StockServer {
  issuer: string;
  assertionKey: KeyObject;
  close(): void;
}

/** Set up as its documentation does, with the same client that the fixture registers with us. */
async function startStockServer({ client, orders }: TokenFixture): Promise<StockServer> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const machine = {
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    scope: 'read write',
  };
  const secret = { client_secret: client.clientSecret };
  const configuration: Configuration = {
    adapter: SlowAdapter,
    clients: [
      { ...machine, ...secret, client_id: client.clientId },
      { ...machine, ...secret, client_id: 'without_scope', scope: '' },
      { ...machine, ...secret, client_id: 'expired', client_secret_expires_at: 1 },
      { ...machine, client_id: 'public', token_endpoint_auth_method: 'none' },
      {
        ...machine,
        client_id: 'asserting',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
      },
    ],
    scopes: ['read', 'write', 'approve'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource !== orders) throw new Error('there is no such API');
          return { scope: 'read write', audience: resource, accessTokenFormat: 'jwt' };
        },
      },
    },
  };
  // It warns of its own defaults: quick start keys, cookies, in-memory adapter.
  const { warn, info } = console;
  Object.assign(console, { warn: () => undefined, info: () => undefined });
  const provider = new Provider(issuer, configuration);
  const handle = provider.callback();
  server.on('request', (req, res) => void handle(req, res));
  return {
    issuer,
    assertionKey: privateKey,
    close() {
      Object.assign(console, { warn, info });
      server.closeAllConnections();
      server.close();
    },
  };
}

interface Outcome {
  status: number;
  /** `error` of the body, or what else tells the two apart. */
  says: unknown;
}

interface Deviation {
  name: string;
  request: (fixture: TokenFixture) => TokenRequestParts;
  stock: Outcome;
  ours: Outcome;
  /** What is compared besides the status; the OAuth error, or `a token`. */
  says?: (answer: RawAnswer) => unknown;
}

const errorOf = ({ body }: RawAnswer): unknown => {
  if (!body.startsWith('{')) return body === '' ? 'nothing' : body.slice(0, 15);
  const fields = JSON.parse(body) as { error?: string; access_token?: string };
  return fields.error ?? (fields.access_token === undefined ? 'not found' : 'a token');
};
const scopeOf = ({ body }: RawAnswer): unknown => (JSON.parse(body) as { scope?: string }).scope;
const challengeOf = (answer: RawAnswer) => headerOf(answer, 'www-authenticate') !== undefined;
const mediaTypeOf = (answer: RawAnswer) => headerOf(answer, 'content-type')?.split(';')[0];

const withBasic =
  (change: (fixture: TokenFixture) => Partial<TokenRequestParts>) => (fixture: TokenFixture) => ({
    authorization: fixture.basic,
    body: fixture.base,
    ...change(fixture),
  });

const deviations: Deviation[] = [
  {
    name: 'an unknown scope is dropped silently',
    request: withBasic(({ base }) => ({ body: base.replace('scope=read', 'scope=read+made_up') })),
    stock: { status: 200, says: 'read' },
    ours: { status: 400, says: undefined },
    says: scopeOf,
  },
  {
    name: 'a scope in other case is dropped silently',
    request: withBasic(({ base }) => ({ body: base.replace('scope=read', 'scope=READ') })),
    stock: { status: 200, says: 'a token' },
    ours: { status: 400, says: 'invalid_scope' },
  },
  {
    name: 'without a scope there is a token for nothing, not for the default',
    request: withBasic(({ base }) => ({ body: base.replace('scope=read&', '') })),
    stock: { status: 200, says: undefined },
    ours: { status: 200, says: 'read write' },
    says: scopeOf,
  },
  {
    name: 'an unknown API is a failure of the server',
    request: withBasic(({ base }) => ({ body: `${base}.else` })),
    stock: { status: 500, says: 'server_error' },
    ours: { status: 400, says: 'invalid_target' },
  },
  {
    name: 'Accept: text/html gets a page',
    request: withBasic(() => ({ body: 'grant_type=made_up', headers: ['Accept: text/html'] })),
    stock: { status: 400, says: 'text/html' },
    ours: { status: 400, says: 'application/json' },
    says: mediaTypeOf,
  },
  {
    name: 'no credentials at all are a bad request',
    request: ({ base }) => ({ body: base }),
    stock: { status: 400, says: 'invalid_request' },
    ours: { status: 401, says: 'invalid_client' },
  },
  {
    name: 'an empty secret is a bad request',
    request: withBasic(({ client }) => ({
      authorization: `Basic ${encodeBase64(`${client.clientId}:`)}`,
    })),
    stock: { status: 400, says: 'invalid_request' },
    ours: { status: 401, says: 'invalid_client' },
  },
  {
    name: 'a Bearer header is a bad request',
    request: withBasic(() => ({ authorization: 'Bearer x' })),
    stock: { status: 400, says: 'invalid_request' },
    ours: { status: 401, says: 'invalid_client' },
  },
  {
    name: 'two spaces after Basic are a bad request',
    request: withBasic(({ basic }) => ({ authorization: basic.replace(' ', '  ') })),
    stock: { status: 400, says: 'invalid_request' },
    ours: { status: 200, says: 'a token' },
  },
  {
    name: 'a wrong secret in the body gets no challenge',
    request: ({ base, client }) => ({
      body: `${base}&client_id=${client.clientId}&client_secret=wrong`,
    }),
    stock: { status: 401, says: false },
    ours: { status: 401, says: true },
    says: challengeOf,
  },
  {
    name: 'an expired secret is told before it is compared',
    request: ({ base }) => ({ body: `${base}&client_id=expired&client_secret=wrong` }),
    stock: {
      status: 400,
      says: 'could not authenticate the client - its client secret is expired',
    },
    ours: { status: 401, says: 'client authentication failed' },
    says: ({ body }) => (JSON.parse(body) as { error_description?: string }).error_description,
  },
  {
    name: 'a secret and a NUL authenticate',
    request: ({ base, inBody }) => ({ body: `${base}&${inBody}%00` }),
    stock: { status: 200, says: 'a token' },
    ours: { status: 401, says: 'invalid_client' },
  },
  {
    name: 'a client without a secret gets tokens',
    request: ({ base }) => ({ body: `${base}&client_id=public` }),
    stock: { status: 200, says: 'a token' },
    ours: { status: 401, says: 'invalid_client' },
  },
  {
    name: 'two Authorization headers are accepted',
    request: withBasic(({ basic }) => ({ headers: [`Authorization: ${basic}`] })),
    stock: { status: 200, says: 'a token' },
    ours: { status: 400, says: 'invalid_request' },
  },
  {
    name: 'an unknown charset is accepted',
    request: withBasic(() => ({
      contentType: 'application/x-www-form-urlencoded; charset=klingon',
    })),
    stock: { status: 200, says: 'a token' },
    ours: { status: 400, says: 'invalid_request' },
  },
  {
    name: 'a foreign Origin is reflected',
    request: (fixture) => ({ body: fixture.base, headers: ['Origin: https://evil.test'] }),
    stock: { status: 400, says: 'https://evil.test' },
    ours: { status: 400, says: undefined },
    says: (answer) => headerOf(answer, 'access-control-allow-origin'),
  },
  {
    name: 'GET is not found rather than not allowed',
    request: () => ({ method: 'GET' }),
    stock: { status: 404, says: undefined },
    ours: { status: 405, says: 'POST' },
    says: (answer) => headerOf(answer, 'allow'),
  },
  {
    name: 'a path with a slash more is the token endpoint too',
    request: withBasic(() => ({ target: '/oauth2/token/' })),
    stock: { status: 200, says: 'a token' },
    ours: { status: 404, says: 'not found' },
  },
  {
    name: 'a path in other case is the token endpoint too',
    request: withBasic(() => ({ target: '/OAUTH2/TOKEN' })),
    stock: { status: 200, says: 'a token' },
    ours: { status: 404, says: 'not found' },
  },
];

describe('the engine as it comes', () => {
  const fixture = useTokenFixture(ours);
  let stock: StockServer;

  beforeAll(async () => {
    stock = await startStockServer(fixture());
  });
  afterAll(() => {
    stock.close();
  });

  const askStock = (parts: TokenRequestParts) => {
    const target = parts.target?.replace(/\/oauth2\/token/i, (path) =>
      path === path.toUpperCase() ? stockTokenPath.toUpperCase() : stockTokenPath,
    );
    return answerRaw(stock, formatTokenRequest({ ...parts, target: target ?? stockTokenPath }));
  };
  const askOurs = (parts: TokenRequestParts) => answerRaw(ours, formatTokenRequest(parts));

  test.each(deviations)('$name, and ours differs', async (deviation) => {
    const { request, says = errorOf } = deviation;
    const toOutcome = (answer: RawAnswer) => ({ status: answer.status, says: says(answer) });
    const [theirs, mine] = await Promise.all([
      askStock(request(fixture())).then(toOutcome),
      askOurs(request(fixture())).then(toOutcome),
    ]);
    expect({ stock: theirs, ours: mine }).toEqual({ stock: deviation.stock, ours: deviation.ours });
  });

  test('without a resource it issues an opaque token, and stores it', async () => {
    const { basic } = fixture();
    const parts = { authorization: basic, body: 'grant_type=client_credentials&scope=read' };
    SlowAdapter.stored.clear();
    const tokenOf = ({ body }: RawAnswer) =>
      (JSON.parse(body) as { access_token: string }).access_token.split('.').length;
    expect([tokenOf(await askStock(parts)), tokenOf(await askOurs(parts))]).toEqual([1, 3]);
    expect([...SlowAdapter.stored.keys()]).toEqual([
      expect.stringMatching(/^ClientCredentials [\w-]{43}$/),
    ]);
  });

  test('a forged Host poisons its metadata, and not ours', async () => {
    const path = '/.well-known/openid-configuration';
    const forged = `GET ${path} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n`;
    const endpointOf = async (server: Pick<ServerAddress, 'issuer'>) =>
      (JSON.parse((await answerRaw(server, forged)).body) as { token_endpoint: string })
        .token_endpoint;
    expect(await endpointOf(stock)).toBe(`http://evil.test${stockTokenPath}`);
    expect(await endpointOf(ours)).toBe(`${ours.issuer}/oauth2/token`);
  });

  test('its metadata lists endpoints and grants that nobody switched on', async () => {
    const response = await fetch(`${stock.issuer}/.well-known/openid-configuration`);
    expect(await response.json()).toMatchObject({
      authorization_endpoint: `${stock.issuer}/auth`,
      grant_types_supported: expect.arrayContaining(['implicit', 'authorization_code']),
    });
  });

  test('its introspection refuses its own JWT access tokens', async () => {
    const { basic, base, inBody } = fixture();
    const issued = await askStock({ authorization: basic, body: base });
    const { access_token: token } = JSON.parse(issued.body) as { access_token: string };
    const answer = await askStock({
      target: '/token/introspection',
      body: `token=${token}&${inBody}`,
    });
    expect([answer.status, errorOf(answer)]).toEqual([400, 'unsupported_token_type']);
  });

  describe('assertions, which we do not accept yet', () => {
    const signAssertion = (audience: string, lifetimeSeconds: number) =>
      new SignJWT({})
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer('asserting')
        .setSubject('asserting')
        .setAudience(audience)
        .setJti(createHash('sha256').update(`${audience}${Math.random()}`).digest('hex'))
        .setExpirationTime(Math.floor(Date.now() / 1000) + lifetimeSeconds)
        .sign(stock.assertionKey);
    const present = async (assertion: string, host = 'localhost') => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      }).toString();
      const request = formatTokenRequest({ target: stockTokenPath, body }).toString();
      const forged = request.replace('Host: localhost', `Host: ${host}`);
      return (await answerRaw(stock, forged)).status;
    };

    test('one made for another host is accepted when the request names that host', async () => {
      const assertion = await signAssertion(`http://evil.test${stockTokenPath}`, 60);
      expect(await present(assertion)).toBe(401);
      expect(await present(assertion, 'evil.test')).toBe(200);
    });

    test('one may expire in ten years', async () => {
      expect(await present(await signAssertion(stock.issuer, 10 * 365 * 86_400))).toBe(200);
    });

    test('one works more than once when its copies arrive together', async () => {
      const assertion = await signAssertion(stock.issuer, 60);
      const statuses = await Promise.all(Array.from({ length: 50 }, () => present(assertion)));
      expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(1);
    });
  });
});
