/**
 * Both roads of the token endpoint say the same: thousands of generated requests go to a server with the fast
 * lane and to one without, on one registry. Where the two could differ, the lane must have declined.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AdminApi } from '../support/admin-api.ts';
import { findFreePort } from '../support/free-port.ts';
import { HttpConnections, type HttpAnswer, type HttpRequest } from '../support/http-connections.ts';
import {
  killServersLeft,
  newCredential,
  startServer,
  type Credential,
  type ServerProcess,
} from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import { formatBasic, formType, tokenPath } from './token-cases.ts';

const requests = Number(process.env['LATCHKEY_TEST_FAULT_ROUNDS'] ?? '20') * 100;
const millisPerRequestMax = 20;
const connections = 16;
const seed = Number(process.env['LATCHKEY_TEST_SEED'] ?? Date.now() % 2 ** 31);

let withLane: ServerProcess;
let withoutLane: ServerProcess;
let credentials: Credential[];
let resources: string[];

beforeAll(async () => {
  const databaseUrl = await createDatabase();
  const issuer = `http://localhost:${await findFreePort()}`;
  const operator = newCredential();
  const keyEncryptionKey = randomBytes(32).toString('base64');
  const start = (fastLane: string) =>
    startServer({
      databaseUrl,
      operator,
      keyEncryptionKey,
      env: {
        LATCHKEY_ISSUER: issuer,
        // Every request from a network of its own: nobody's guesses slow another one's.
        LATCHKEY_TRUST_PROXY: '1',
        LATCHKEY_TEST_FAST_LANE: fastLane,
      },
    });
  withLane = await start('count');
  withoutLane = await start('off');
  const server = { ...withLane, issuer: `http://localhost:${withLane.port}` };
  const admin = new AdminApi(server, operator, `${issuer}/api`);
  ({ credentials, resources } = await makeCredentials(admin));
  await untilKnownEverywhere(credentials);
});
afterAll(killServersLeft);

async function makeCredentials(admin: AdminApi) {
  const orders = (await admin.createApi(['read', 'write', 'approve'])).identifier;
  const stock = (await admin.createApi(['read', 'items:read'], { signing_alg: 'RS256' }))
    .identifier;
  const legacy = (
    await admin.createApi(['read'], {
      signing_alg: 'EdDSA',
      token_typ: 'JWT',
      access_token_lifetime_seconds: 60,
    })
  ).identifier;
  const foreign = (await admin.createApi(['read'])).identifier;
  const both = [
    { api: orders, scopes: ['read', 'write'] },
    { api: stock, scopes: ['read', 'items:read'], default: true },
  ];
  const post = async (path: string, body: object) =>
    (await admin.request(path, { method: 'POST', body })).body;

  const plain = await admin.createClient([{ api: orders, scopes: ['read', 'write'] }]);
  const several = await admin.createClient(both, { access_token_lifetime_seconds: 120 });
  const old = await admin.createClient([{ api: legacy, scopes: ['read'] }, ...both]);
  const location = await admin.createLocation();
  const located = await admin.createClient(both, { location });
  const closed = await admin.createLocation({ active: false });
  const stopped = await admin.createClient(both, { location: closed });
  const without = await admin.createClient([]);
  const inactive = await admin.createClient(both);
  await admin.request(`/clients/${inactive.id}`, { method: 'PATCH', body: { active: false } });
  const deleted = await admin.createClient(both);
  await admin.request(`/clients/${deleted.id}`, { method: 'DELETE' });
  const ended = await admin.createClient(both);
  const renewed = await post(`/clients/${ended.id}/secrets`, { retire_others_in_seconds: 0 });
  const retiring = await admin.createClient(both);
  await post(`/clients/${retiring.id}/regenerate`, { client_id: true, overlap_seconds: 3600 });
  const expiring = await post(`/clients/${plain.id}/secrets`, { expires_in_seconds: 1 });
  const secretOf = (body: Record<string, unknown>) => String(body['client_secret']);
  return {
    credentials: [
      plain,
      several,
      old,
      located,
      stopped,
      without,
      inactive,
      deleted,
      ended,
      { clientId: ended.clientId, clientSecret: secretOf(renewed) },
      retiring,
      { clientId: plain.clientId, clientSecret: secretOf(expiring) },
      { clientId: plain.clientId, clientSecret: several.clientSecret },
      { clientId: 'lkc_0000000000000000000000', clientSecret: plain.clientSecret },
    ].map(({ clientId, clientSecret }) => ({ clientId, clientSecret })),
    resources: [orders, stock, legacy, foreign, `${orders}/`, 'urn:unknown', 'relative', ''],
  };
}

/** What was made last is known after a second at most; the expiring secret has expired by then. */
async function untilKnownEverywhere(known: readonly Credential[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  for (const { port } of [withLane, withoutLane]) {
    const http = new HttpConnections(port);
    for (const credential of known) {
      await http.send({
        path: tokenPath,
        method: 'POST',
        headers: { authorization: formatBasic(credential), 'content-type': formType },
        body: 'grant_type=client_credentials',
      });
    }
    http.close();
  }
}

/** Nearly always as it should be. */
function mostly<T>(usual: T, ...unusual: T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...unusual) },
  );
}

/** Mostly right requests, each with a few things changed that clients do change. */
function arbitraryRequest(): fc.Arbitrary<HttpRequest> {
  return fc
    .record({
      credential: fc.constantFrom(...credentials),
      place: fc.oneof(fc.constantFrom('basic', 'body', 'both'), mostly('basic', 'none', 'twice')),
      scheme: mostly('Basic ', 'basic ', 'BASIC  ', 'Bearer '),
      wrong: mostly('', 'x', ' '),
      grantType: mostly('client_credentials', 'Client_Credentials', 'password', ''),
      scope: fc.constantFrom(
        undefined,
        undefined,
        'read',
        'read write',
        'write read',
        'read read',
        'items:read',
        'approve',
        'made_up',
        '',
        ' read',
        'read"',
      ),
      resource: fc.option(fc.constantFrom(...resources), { nil: undefined, freq: 2 }),
      audience: mostly<string | undefined>(undefined, ...resources),
      encoding: fc.constantFrom('plain', 'plain', 'percent', 'plus'),
      contentType: mostly(
        formType,
        `${formType}; charset=UTF-8`,
        `${formType};charset=latin1`,
        'application/json',
      ),
      odd: mostly<Record<string, string>>(
        {},
        { dpop: 'eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.x' },
        { accept: 'text/html' },
        { accept: 'application/xml', 'x-http-method-override': 'GET' },
        { host: 'evil.test' },
        { origin: 'https://evil.test' },
        { 'content-encoding': 'gzip' },
        { expect: '100-continue' },
      ),
      extra: mostly('', '&unknown=1&unknown=2', '&scope=read', '&client_id=other'),
      method: mostly('POST', 'PUT', 'PATCH'),
      network: fc.nat(2 ** 24 - 1),
    })
    .map((choice) => {
      const { credential, place, wrong, encoding } = choice;
      const presented = { ...credential, clientSecret: credential.clientSecret + wrong };
      const encode = (text: string) => {
        if (encoding === 'plus') return encodeURIComponent(text).replaceAll('%20', '+');
        if (encoding === 'plain') return encodeURIComponent(text);
        return Array.from(
          Buffer.from(text),
          (byte) => `%${byte.toString(16).padStart(2, '0')}`,
        ).join('');
      };
      const fields: [string, string | undefined][] = [
        ['grant_type', choice.grantType],
        ['scope', choice.scope],
        ['resource', choice.resource],
        ['audience', choice.audience],
        ['client_id', place === 'basic' || place === 'none' ? undefined : presented.clientId],
        [
          'client_secret',
          place === 'body' || place === 'twice' ? presented.clientSecret : undefined,
        ],
      ];
      const basic = formatBasic(presented).replace('Basic ', choice.scheme);
      const network = [16, 8, 0].map((bits) => (choice.network >> bits) & 255).join('.');
      return {
        path: tokenPath,
        method: choice.method,
        headers: {
          'content-type': choice.contentType,
          'x-forwarded-for': `${network}.1`,
          ...(place === 'body' || place === 'none' ? {} : { authorization: basic }),
          ...choice.odd,
        },
        body:
          fields
            .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encode(value)}`]))
            .join('&') + choice.extra,
      };
    });
}

/** All of an answer but what differs from one token to the next. */
function comparable({ status, headers, body }: HttpAnswer): unknown {
  const { date: _date, 'x-request-id': _requestId, ...others } = headers;
  const parsed = JSON.parse(body) as Record<string, unknown>;
  const token = parsed['access_token'];
  if (typeof token !== 'string') return { status, headers: others, body: parsed };
  const { iat, exp, jti, ...claims } = decodeJwt(token);
  expect(jti).toMatch(/^[0-9A-Za-z]{39}$/);
  return {
    status,
    headers: others,
    body: { ...parsed, access_token: { ...decodeProtectedHeader(token), claims } },
    lifetime: Number(exp) - Number(iat),
    jtiCredential: jti?.slice(11, 22),
  };
}

async function answeredByFastLane(): Promise<number> {
  withLane.child.send('fast lane');
  // The one message it is waiting to send.
  const [message] = (await once(withLane.child, 'message')) as [{ answeredByFastLane: number }];
  return message.answeredByFastLane;
}

test(
  `${requests} generated requests get the same answer on both roads (seed ${seed})`,
  async () => {
    const samples = fc.sample(arbitraryRequest(), { numRuns: requests, seed });
    const roads = [withLane, withoutLane].map(({ port }) => new HttpConnections(port, connections));
    const answeredBefore = await answeredByFastLane();
    const statuses: Record<number, number> = {};
    const differences: unknown[] = [];
    const compareAll = async () => {
      for (let sample = samples.pop(); sample !== undefined; sample = samples.pop()) {
        const request = sample;
        const answers = await Promise.all(roads.map((road) => road.send(request)));
        const [one, other] = answers.map(comparable);
        for (const { status } of answers.slice(0, 1))
          statuses[status] = (statuses[status] ?? 0) + 1;
        if (JSON.stringify(one) !== JSON.stringify(other))
          differences.push({ request, one, other });
      }
    };
    await Promise.all(Array.from({ length: connections }, compareAll));
    for (const road of roads) road.close();

    expect(differences).toEqual([]);
    // Else this would compare nothing: every kind of answer was among them, and the lane gave many.
    for (const status of [200, 400, 401, 405]) {
      expect(statuses[status]).toBeGreaterThan(requests / 60);
    }
    expect((await answeredByFastLane()) - answeredBefore).toBeGreaterThan(requests / 4);
  },
  Math.max(120_000, requests * millisPerRequestMax),
);
