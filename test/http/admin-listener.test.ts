/** LATCHKEY_ADMIN_PORT: the admin API and the console are at a listener of their own, and nowhere else. A-12 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { newMember, requestPublic, type NewMember } from '../support/member-api.ts';
import { answerRaw, expectNothingHere } from '../support/raw-http.ts';
import {
  killServersLeft,
  startServer,
  type ServerAddress,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { until } from '../support/until.ts';
import { findWorker, readLog, readWorkers, startWorkers, tailOf } from '../support/workers.ts';
import { formatBasic, formatTokenRequest } from '../oauth/token-cases.ts';
import { adminPaths, apiRoutes, pagePaths } from './admin-routes.ts';
import {
  disguises,
  expectUnknown,
  expectUnknownWithAnyMethod,
  unknownPath,
} from './unknown-path.ts';

const starts: [string, (env: Record<string, string>) => Promise<ServerProcess>][] = [
  ['embedded database', (env) => startServer({ env })],
  [
    'PostgreSQL, two workers',
    async (env) => startWorkers(2, { databaseUrl: await createDatabase(), env }),
  ],
];

describe.each(starts)('with a port for admins (%s)', (_name, start) => {
  let server: ServerProcess;
  let adminUrl: string;
  let metricsPort: number;
  /** The admin listener as a server whose issuer is elsewhere. */
  let adminAddress: ServerAddress;
  let admin: AdminApi;
  let member: NewMember;
  let bearer: string;

  beforeAll(async () => {
    const adminPort = await findFreePort();
    metricsPort = await findFreePort();
    server = await start({
      LATCHKEY_ADMIN_PORT: String(adminPort),
      LATCHKEY_METRICS_PORT: String(metricsPort),
    });
    adminUrl = `http://localhost:${adminPort}`;
    adminAddress = { issuer: adminUrl, operator: server.operator };
    admin = new AdminApi(adminAddress, server.operator, `${server.issuer}/api`);
    member = await newMember(admin, { role: 'owner' });
    const resource = `${server.issuer}/api`;
    const { body } = await requestToken(server, server.operator, { resource });
    bearer = `Bearer ${String(body['access_token'])}`;
  });
  afterAll(killServersLeft);

  test('there are routes to look at, and what is not there is a 404', async () => {
    expect(apiRoutes.length).toBeGreaterThan(70);
    expect(pagePaths).toEqual(expect.arrayContaining(['/docs', '/api/v1/openapi.json']));
    expect(pagePaths).toEqual(expect.arrayContaining(['/console', '/console/clients']));
    const bytes = formatTokenRequest({ method: 'GET', target: unknownPath, contentType: null });
    expectNothingHere(await answerRaw(server, bytes));
  });

  test.each(adminPaths)('%s is at the public listener what any unknown path is', async (target) => {
    await expectUnknownWithAnyMethod(server, { target, authorization: bearer });
    await expectUnknown(server, { target, headers: [`Cookie: ${member.api.cookie}`] });
  });

  test.each(apiRoutes)('$method $path is there for admins', async ({ method, path, isPublic }) => {
    const { status, headers, text } = await fetchText(adminUrl + path, { method });
    expect(text).not.toContain('there is nothing here');
    if (isPublic) return expect([400, 415]).toContain(status);
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      `Bearer realm="${server.issuer}/api"`,
    ]);
  });

  test.each(pagePaths)('%s is there for admins', async (path) => {
    const { status } = await fetchText(adminUrl + path, { redirect: 'manual' });
    // A file that is not there is the console's own 404.
    const isAsset = path.startsWith('/console/assets/');
    expect(status).toBe(path === '/console' ? 302 : isAsset ? 404 : 200);
  });

  // P-119, P-280, P-115: whatever a request looks like, the public listener has one answer.
  test.each(['/api/v1/clients', '/api/v1/session', '/docs', '/console/'])(
    '%s is not there however it is asked for',
    async (path) => {
      const json = { method: 'POST', contentType: 'application/json', body: '{"name":"x"}' };
      for (const disguise of disguises) {
        await expectUnknown(server, { target: disguise(path), authorization: bearer });
      }
      for (const header of [
        `Host: ${new URL(adminUrl).host}`,
        `X-Forwarded-Host: ${new URL(adminUrl).host}`,
        `X-Original-URL: ${path}`,
        `Origin: ${adminUrl}`,
        'X-HTTP-Method-Override: POST',
        'Upgrade: h2c\r\nConnection: Upgrade',
      ]) {
        await expectUnknown(server, { target: path, authorization: bearer, headers: [header] });
      }
      for (const version of ['1.0', '1.1']) {
        await expectUnknown(server, { ...json, target: path, authorization: bearer, version });
      }
      for (const origin of [adminUrl, server.issuer, 'http://x']) {
        await expectUnknown(
          server,
          { target: origin + path, authorization: bearer },
          `${origin}/nowhere`,
        );
      }
    },
  );

  test('nobody signs in at the public listener, with whatever they have', async () => {
    const { email, password } = member;
    const body = { email, password };
    const refused = await requestPublic(server, '/session', { method: 'POST', body });
    expect([refused.status, refused.headers.get('set-cookie')]).toEqual([404, null]);
    expect(refused.body).toMatchObject({ detail: 'there is nothing here' });
    const there = await requestPublic(adminAddress, '/session', { method: 'POST', body });
    expect(there.status).toBe(201);
  });

  // W-11: a page of the admin listener is ours there, and one of the issuer is of another site.
  test('a session changes something for pages of the admin listener alone', async () => {
    const change = { method: 'POST', body: { name: 'Ours', grants: [] } };
    for (const [origin, status] of [
      [adminUrl, 201],
      [server.issuer, 403],
      ['http://localhost:1', 403],
    ] as const) {
      const answer = await member.api.request('/clients', { ...change, headers: { origin } });
      expect([origin, answer.status]).toEqual([origin, status]);
    }
  });

  test('tokens, keys and metadata are at both, of one issuer, and say nothing of the other', async () => {
    const resource = `${server.issuer}/api`;
    for (const address of [server, adminAddress]) {
      const { status, body } = await requestToken(address, server.operator, { resource });
      expect(status).toBe(200);
      expect(decodeJwt(String(body['access_token'])).iss).toBe(server.issuer);
      const authorization = `Bearer ${String(body['access_token'])}`;
      const { status: known } = await fetchText(`${adminUrl}/api/v1/me`, {
        headers: { authorization },
      });
      expect(known).toBe(200);
      for (const endpoint of ['introspect', 'revoke']) {
        const { status: posted } = await fetchText(`${address.issuer}/oauth2/${endpoint}`, {
          method: 'POST',
          headers: { authorization: formatBasic(server.operator) },
          body: new URLSearchParams({ token: String(body['access_token']) }),
        });
        expect([endpoint, posted]).toEqual([endpoint, 200]);
      }
    }
    for (const name of ['oauth-authorization-server', 'openid-configuration', 'jwks.json']) {
      const path = `/.well-known/${name}`;
      const [one, other] = [
        await fetchText(server.issuer + path),
        await fetchText(adminUrl + path),
      ];
      expect([one.status, one.text]).toEqual([200, other.text]);
      expect(one.text).not.toMatch(/docs|console|api\/v1/);
      expect(one.text).not.toContain(new URL(adminUrl).port);
    }
    for (const path of ['/health/live', '/health/ready']) {
      const [one, other] = [
        await fetchText(server.issuer + path),
        await fetchText(adminUrl + path),
      ];
      expect([one.status, one.text]).toEqual([200, other.text]);
    }
  });

  test('what admins read leads to where they are, and tokens to the issuer', async () => {
    const { text } = await fetchText(`${adminUrl}/api/v1/openapi.json`);
    const { servers } = JSON.parse(text) as { servers: object[] };
    expect(servers).toEqual([{ url: adminUrl }]);
    expect(text).toContain(`"tokenUrl":"${adminUrl}/oauth2/token"`);
    expect(text).toContain(`resource=${server.issuer}/api`);
    expect((await member.api.request('/me')).body).toMatchObject({ issuer: server.issuer });
    const { id } = await admin.createClient([]);
    const { body } = await admin.request(`/clients/${id}/quick-start`);
    expect(body).toMatchObject({
      issuer: server.issuer,
      token_endpoint: `${server.issuer}/oauth2/token`,
    });
    expect(body['links']).toEqual(
      expect.arrayContaining([
        { title: 'API reference', url: `${adminUrl}/docs` },
        {
          title: 'Server metadata',
          url: `${server.issuer}/.well-known/oauth-authorization-server`,
        },
      ]),
    );
  });

  test('lines of the log and metrics say which listener it was', async () => {
    const path = '/api/v1/clients';
    const asked = [server.issuer, adminUrl].map((url) => fetchText(url + path));
    const ids = (await Promise.all(asked)).map(({ headers }) => headers.get('x-request-id') ?? '');
    for (const id of ids) await findWorker(server, id);
    const lines = ids.map((id) => readLog(server).find((line) => line['request_id'] === id));
    expect(lines).toMatchObject([
      { listener: 'public', route: 'unknown', status: 404 },
      { listener: 'admin', route: '/api/v1/clients', status: 401 },
    ]);
    const { text } = await fetchText(`http://127.0.0.1:${metricsPort}/metrics`);
    const samples = text.split('\n').map((line) => line.replace(/ \d+$/, ''));
    const name = 'latchkey_http_request_duration_seconds_count';
    expect(samples).toEqual(
      expect.arrayContaining([
        `${name}{listener="admin",route="/api/v1/clients",method="GET",status="401"}`,
        `${name}{listener="public",route="unknown",method="GET",status="404"}`,
        'latchkey_token_requests_total{listener="public",outcome="issued"}',
        'latchkey_token_requests_total{listener="admin",outcome="issued"}',
        'latchkey_connections_dropped_total{listener="public"}',
        'latchkey_connections_dropped_total{listener="admin"}',
      ]),
    );
    // Of no request is it unknown where it came in.
    expect(samples.filter((line) => line.startsWith(`${name}{route`))).toEqual([]);
    const ofPublic = new RegExp(`^${name}\\{listener="public",route="(?:/api|docs|console)`);
    expect(samples.filter((line) => ofPublic.test(line))).toEqual([]);
  });

  test('a worker that ends is replaced at both', async () => {
    const [worker] = readWorkers(server);
    // The embedded database is of one process.
    if (worker === undefined) return;
    const count = readWorkers(server).length;
    process.kill(worker.pid, 'SIGKILL');
    await until(
      () => readWorkers(server).length > count,
      'another one serves',
      () => tailOf(server),
    );
    for (const url of [server.issuer, adminUrl, server.issuer, adminUrl]) {
      const { status } = await fetchText(`${url}/health/ready`, {
        headers: { connection: 'close' },
      });
      expect(status).toBe(200);
    }
  });

  // S4: last, since it ends the server.
  test('at both a request that had begun is answered when the server is told to stop', async () => {
    const body = 'grant_type=client_credentials&scope=clients:read';
    const request = formatTokenRequest({ authorization: formatBasic(server.operator), body });
    const begun = [server.issuer, adminUrl].map((url) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      const ended = once(socket, 'close').then(() => Buffer.concat(chunks).toString());
      socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      return { url, socket, chunks, ended };
    });
    for (const { socket, chunks } of begun) {
      await until(() => chunks.length > 0, 'it is served');
      socket.write(request.subarray(0, -5));
    }
    // Whoever is asked after it has it.
    for (const { url } of begun) expect((await fetchText(`${url}/health/live`)).status).toBe(200);
    const stopped = server.stop();
    for (const { url } of begun) {
      const isGone = () =>
        fetch(`${url}/health/live`).then(
          () => false,
          () => true,
        );
      await until(isGone, 'nobody listens any more');
    }
    for (const { socket } of begun) socket.write(request.subarray(-5));
    for (const { ended } of begun)
      expect(await ended).toMatch(/HTTP\/1\.1 200 OK[^]*"access_token"/);
    expect(await stopped).toBe(0);
  });
});

async function fetchText(
  url: string,
  init: RequestInit = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, text: await response.text() };
}
