/** A13 of the catalogue: server metadata (RFC 8414) and the JWKS (RFC 7517). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { startPostgres, type PostgresServer } from '../support/postgres-server.ts';
import { answerRaw, expectInvariants, headerOf } from '../support/raw-http.ts';
import { newCredential, startServer, type ServerProcess } from '../support/server-process.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

const metadataPath = '/.well-known/oauth-authorization-server';
const configurationPath = '/.well-known/openid-configuration';
const jwksPath = '/.well-known/jwks.json';
const publicPaths = [metadataPath, configurationPath, jwksPath];

const get = (path: string, headers: string[] = [], method = 'GET') =>
  `${method} ${path} HTTP/1.1\r\n${['Host: localhost', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

const expectedMetadata = (issuer: string) => ({
  issuer,
  token_endpoint: `${issuer}/oauth2/token`,
  jwks_uri: `${issuer}${jwksPath}`,
  grant_types_supported: ['client_credentials'],
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  introspection_endpoint: `${issuer}/oauth2/introspect`,
  introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  revocation_endpoint: `${issuer}/oauth2/revoke`,
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  service_documentation: `${issuer}/docs`,
});

describeOnBothDatabases('metadata and JWKS', (server) => {
  const ask = async (request: string, isHead = false) => {
    const answer = await answerRaw(server, request, { isHead });
    expectInvariants(answer, false);
    return answer;
  };
  const fetchJson = async (path: string) => JSON.parse((await ask(get(path))).body) as unknown;

  // P-274, P-275, P-276, P-279, P-292
  test('the metadata lists what exists here, and nothing else', async () => {
    expect(await fetchJson(metadataPath)).toEqual(expectedMetadata(server.issuer));
  });

  test('the same stands where OpenID Connect looks, with what its strict parsers demand', async () => {
    expect(await fetchJson(configurationPath)).toEqual({
      ...expectedMetadata(server.issuer),
      response_types_supported: [],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256', 'RS256', 'PS256', 'EdDSA'],
    });
  });

  // P-280
  test('every URL it advertises answers', async () => {
    const metadata = expectedMetadata(server.issuer);
    const [token, introspection, revocation, jwks, docs] = await Promise.all([
      fetch(metadata.token_endpoint, { method: 'POST' }),
      fetch(metadata.introspection_endpoint, { method: 'POST' }),
      fetch(metadata.revocation_endpoint, { method: 'POST' }),
      fetch(metadata.jwks_uri),
      fetch(metadata.service_documentation),
    ]);
    const answers = [token, introspection, revocation, jwks, docs];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 200, 200]);
  });

  // P-277, P-280
  test.each([
    '/auth',
    '/authorize',
    '/oauth2/authorize',
    '/request',
    '/oauth2/par',
    '/reg',
    '/oauth2/register',
    '/me',
    '/userinfo',
    '/session/end',
    '/device',
    '/device/auth',
    '/token',
    '/token/introspection',
    '/token/revocation',
    '/jwks',
    '/oauth2/jwks',
    `${metadataPath}/`,
    `${metadataPath}/x`,
    '/.well-known/OAuth-Authorization-Server',
  ])('there is no %s', async (path) => {
    for (const method of ['GET', 'POST']) {
      expect((await ask(get(path, ['Content-Length: 0'], method))).status).toBe(404);
    }
  });

  // P-281, P-290
  test.each(publicPaths)(
    '%s may be cached, asked for again, and read from any origin',
    async (path) => {
      const answer = await ask(get(path, ['Origin: https://page.example']));
      expect(answer.status).toBe(200);
      expect(headerOf(answer, 'cache-control')).toMatch(/^public, max-age=[1-9][0-9]*$/);
      expect(headerOf(answer, 'access-control-allow-origin')).toBe('*');
      const tag = headerOf(answer, 'etag') ?? '';
      expect(tag).toMatch(/^"[\w-]{22}"$/);
      const again = await ask(get(path, [`If-None-Match: ${tag}`]));
      expect([again.status, again.body, headerOf(again, 'etag')]).toEqual([304, '', tag]);
      const other = await ask(get(path, ['If-None-Match: "other"']));
      expect([other.status, other.body]).toEqual([200, answer.body]);
    },
  );

  // P-290
  test.each(['/health/live', '/api/v1/clients', '/oauth2/token', '/nowhere'])(
    '%s may not be read from another origin',
    async (path) => {
      const answer = await ask(get(path, ['Origin: https://page.example']));
      expect(headerOf(answer, 'access-control-allow-origin')).toBeUndefined();
    },
  );

  // P-282, P-284, P-285
  test('the JWKS holds public keys only, and few', async () => {
    const answer = await ask(get(jwksPath));
    expect(headerOf(answer, 'content-type')).toMatch(/^application\/jwk-set\+json/);
    const { keys } = JSON.parse(answer.body) as { keys: Record<string, unknown>[] };
    expect(keys.length).toBeGreaterThanOrEqual(2);
    const members: Record<string, string[]> = {
      EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
      RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
      OKP: ['alg', 'crv', 'kid', 'kty', 'use', 'x'],
    };
    for (const key of keys) {
      expect(Object.keys(key).sort()).toEqual(members[String(key['kty'])]);
      expect(key['use']).toBe('sig');
    }
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length);
  });

  // P-288
  test.each(
    publicPaths.flatMap((path) => ['POST', 'PUT', 'DELETE'].map((method) => [method, path])),
  )('%s %s is 405', async (method, path) => {
    const answer = await ask(get(path ?? '', ['Content-Length: 0'], method));
    expect([answer.status, headerOf(answer, 'allow')]).toEqual([405, 'HEAD, GET']);
  });

  // P-289
  test.each(publicPaths)('HEAD %s has the headers of GET', async (path) => {
    const changing = ['date', 'x-request-id'];
    const [head, whole] = await Promise.all([ask(get(path, [], 'HEAD'), true), ask(get(path))]);
    const stable = (headers: [string, string][]) =>
      headers.filter(([name]) => !changing.includes(name));
    expect(stable(head.headers)).toEqual(stable(whole.headers));
    expect(head.status).toBe(200);
  });

  // P-103, P-287
  test.each([
    ['Host: evil.test', metadataPath],
    ['Host: good@evil.test', metadataPath],
    ['Host: evil:80/x?', metadataPath],
    ['X-Forwarded-Host: evil.test', metadataPath],
    ['X-Forwarded-Proto: https', metadataPath],
    ['Forwarded: host=evil.test;proto=https', metadataPath],
  ])('%s at %s poisons nothing', async (header, target) => {
    const expected = await ask(get(metadataPath));
    const answer = await ask(`GET ${target} HTTP/1.1\r\n${header}\r\nConnection: close\r\n\r\n`);
    expect([answer.status, answer.body]).toEqual([200, expected.body]);
    expect(JSON.stringify(answer)).not.toContain('evil');
  });

  // P-103
  test('a target that names a host is misdirected', async () => {
    const target = `http://evil.test${metadataPath}`;
    const answer = await ask(
      `GET ${target} HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.status).toBe(421);
    expect(JSON.stringify(answer)).not.toContain('evil');
  });
});

describe('two instances on one PostgreSQL', () => {
  let postgres: PostgresServer;
  let servers: ServerProcess[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    const databaseUrl = await postgres.createDatabase('metadata');
    const options = {
      databaseUrl,
      keyEncryptionKey: randomBytes(32).toString('base64'),
      operator: newCredential(),
      env: { LATCHKEY_ISSUER: 'https://auth.example.com' },
    };
    servers = [await startServer(options), await startServer(options)];
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await postgres.stop();
  });

  const fetchAll = () =>
    Promise.all(
      publicPaths.map((path) =>
        Promise.all(
          servers.map(async ({ port }) => {
            const response = await fetch(`http://127.0.0.1:${port}${path}`);
            return { status: response.status, body: await response.text() };
          }),
        ),
      ),
    );

  // P-286, P-287
  test('publish the same, also while the database is down', async () => {
    const before = await fetchAll();
    for (const [first, second] of before) {
      expect(first).toMatchObject({ status: 200 });
      expect(second).toEqual(first);
    }
    const [server] = servers;
    if (server === undefined) throw new Error('no server was started');
    await postgres.stop();
    expect(await fetchAll()).toEqual(before);

    // The token endpoint says that it cannot, and when to come back.
    const response = await fetch(`http://127.0.0.1:${server.port}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: server.operator.clientId,
        client_secret: server.operator.clientSecret,
      }),
    });
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      503,
      '1',
      {
        error: 'temporarily_unavailable',
        error_description: 'the server cannot answer now: try again in a moment',
      },
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});
