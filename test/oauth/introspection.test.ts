/** POST /oauth2/introspect: who is told what of a token, and that nobody else is told anything. */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import type { ServerAddress } from '../support/server-process.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { testQuestionSyntax } from './question-syntax.ts';
import { formatBasic } from './token-cases.ts';
import {
  ask,
  describeToken,
  expectJson,
  introspect,
  introspectionPath,
  isActive,
  issueToken,
  refusalMillisMin,
  revoke,
  withoutVarying,
} from './token-questions.ts';

interface Fixture {
  admin: AdminApi;
  orders: { id: string; identifier: string };
  /** May introspect the tokens of orders, and of nothing else. */
  resourceServer: RegisteredClient;
  /** May introspect the tokens of another API. */
  otherResourceServer: RegisteredClient;
  /** May ask for tokens of orders. */
  client: RegisteredClient;
}

async function makeFixture(server: ServerAddress): Promise<Fixture> {
  const admin = new AdminApi(server);
  const resourceServer = await admin.createClient([]);
  const otherResourceServer = await admin.createClient([]);
  const orders = await admin.createApi(['read', 'write'], {
    introspection_clients: [resourceServer.id],
  });
  const stock = await admin.createApi(['items'], {
    introspection_clients: [otherResourceServer.clientId],
  });
  const client = await admin.createClient([
    { api: orders.identifier, scopes: ['read', 'write'], default: true },
    { api: stock.identifier, scopes: ['items'] },
  ]);
  return { admin, orders, resourceServer, otherResourceServer, client };
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describeOnBothDatabases('introspection', (server) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await makeFixture(server);
  });

  let token: string;
  beforeAll(async () => {
    token = await issueToken(server, fixture.client);
  });

  const patch = (path: string, body: object) =>
    fixture.admin.request(path, { method: 'PATCH', body });
  const newClient = () =>
    fixture.admin.createClient([{ api: fixture.orders.identifier, scopes: ['read'] }]);

  testQuestionSyntax(introspectionPath, () => ({
    server,
    caller: fixture.resourceServer,
    token,
  }));

  describe('tells of a live token', () => {
    // P-235, P-241
    test('all it says to an introspection client of its API, in one flat object', async () => {
      const { client, orders, resourceServer } = fixture;
      const answer = await introspect(server, resourceServer, token);
      expectJson(answer, 200, {
        active: true,
        scope: 'read write',
        client_id: client.clientId,
        sub: client.clientId,
        aud: orders.identifier,
        iss: server.issuer,
        exp: expect.any(Number),
        iat: expect.any(Number),
        jti: expect.stringMatching(/^[0-9A-Za-z]{39}$/),
        token_type: 'Bearer',
        organization_id: expect.stringMatching(/^org_[0-9A-Za-z]{22}$/),
      });
      expectJson(answer, 200, describeToken(token));
    });

    test('the same to a client that authenticates in the body', async () => {
      const { clientId, clientSecret } = fixture.resourceServer;
      const answer = await ask(server, introspectionPath, {
        body: `client_id=${clientId}&client_secret=${clientSecret}&token=${token}`,
      });
      expectJson(answer, 200, describeToken(token));
    });

    // P-244
    test('the same to the client it was issued to', async () => {
      expectJson(await introspect(server, fixture.client, token), 200, describeToken(token));
    });

    test('the same to that client under its next client_id: a token belongs to the record', async () => {
      const client = await newClient();
      const own = await issueToken(server, client);
      const { body } = await fixture.admin.request(`/clients/${client.id}/regenerate`, {
        method: 'POST',
        body: { client_id: true, overlap_seconds: 0, revoke_tokens: false },
      });
      const renamed = {
        clientId: String(body['client_id']),
        clientSecret: String(body['client_secret']),
      };
      expectJson(await introspect(server, renamed, own), 200, describeToken(own));
      expectJson(await introspect(server, fixture.resourceServer, own), 200, describeToken(own));
    });

    // P-247
    test.each(['access_token', 'refresh_token', 'made_up', '', 'a&token_type_hint=b'])(
      'the same whatever the hint says: %p',
      async (hint) => {
        const answer = await ask(server, introspectionPath, {
          authorization: formatBasic(fixture.resourceServer),
          body: `token=${token}&token_type_hint=${hint}`,
        });
        expectJson(answer, 200, describeToken(token));
      },
    );

    // P-246: signed answers (RFC 9701) do not exist here, so nothing can be wrong in one.
    test.each(['application/token-introspection+jwt', 'text/html', '*/*'])(
      'in plain JSON to whoever accepts %s',
      async (accept) => {
        const { resourceServer, client } = fixture;
        const askFor = (body: string) =>
          ask(server, introspectionPath, {
            authorization: formatBasic(resourceServer),
            headers: [`Accept: ${accept}`],
            body,
          });
        expectJson(await askFor(`token=${token}`), 200, describeToken(token));
        expectJson(await askFor(`token=${client.clientId}`), 200, { active: false });
      },
    );

    test.each([
      ['RS256', 'at+jwt'],
      ['PS256', 'JWT'],
      ['EdDSA', 'JWT'],
    ])('signed with %s, of type %s', async (alg, typ) => {
      const { admin, resourceServer } = fixture;
      const api = await admin.createApi(['r'], {
        signing_alg: alg,
        token_typ: typ,
        introspection_clients: [resourceServer.id],
      });
      const client = await admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
      const own = await issueToken(server, client);
      expect(decodeProtectedHeader(own)).toMatchObject({ alg, typ });
      expectJson(await introspect(server, resourceServer, own), 200, describeToken(own));
    });

    test('of an API that is gone: its tokens live on', async () => {
      const { admin, resourceServer } = fixture;
      const api = await admin.createApi(['r'], { introspection_clients: [resourceServer.id] });
      const client = await admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
      const own = await issueToken(server, client);
      await patch(`/clients/${client.id}`, { grants: [] });
      expect((await admin.request(`/apis/${api.id}`, { method: 'DELETE' })).status).toBe(204);
      expectJson(await introspect(server, resourceServer, own), 200, describeToken(own));
    });
  });

  describe('tells nothing but "inactive", at the same pace,', () => {
    interface Question {
      caller: RegisteredClient;
      token: string;
    }

    async function forge(header: object, claims: object): Promise<string> {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      return new SignJWT({ ...decodeJwt(token), ...claims })
        .setProtectedHeader({ ...decodeProtectedHeader(token), alg: 'ES256', ...header })
        .sign(privateKey);
    }

    /** HS256 with the public key as its secret: it is no secret. */
    async function forgeWithPublicKey(): Promise<string> {
      const { keys } = (await (await fetch(`${server.issuer}/.well-known/jwks.json`)).json()) as {
        keys: Record<string, unknown>[];
      };
      const { kid } = decodeProtectedHeader(token);
      const jwk = keys.find((key) => key['kid'] === kid);
      if (jwk === undefined) throw new Error('the JWKS lacks the key that signed');
      const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({
        format: 'pem',
        type: 'spki',
      });
      const input = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${token.split('.')[1]}`;
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    }

    const about = (other: string): Question => ({ caller: fixture.resourceServer, token: other });

    const questions: [string, () => Question | Promise<Question>][] = [
      ['of garbage', () => about('garbage')],
      ['of three empty parts', () => about('..')],
      ['of JSON that is none', () => about('e30.bnVsbA.x')],
      ['of a client_id', () => about(fixture.client.clientId)],
      ['of a client secret', () => about(fixture.client.clientSecret)],
      ['of a token of 10 KB', () => about(`${token}${'A'.repeat(10_240)}`)],
      // P-254
      [
        'of a token that is not signed',
        () => about(`${encode({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.`),
      ],
      [
        'of a token signed with HS256 and our public key',
        async () => about(await forgeWithPublicKey()),
      ],
      // P-255
      [
        'of a token of another issuer under our kid',
        async () => about(await forge({}, { iss: 'https://other.example.com' })),
      ],
      ['of a token of ours that somebody else signed', async () => about(await forge({}, {}))],
      [
        'of a token whose scope was changed',
        () => {
          const [head, payload = '', signature] = token.split('.');
          const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
          return about(
            `${head}.${encode({ ...claims, scope: 'read write approve' })}.${signature}`,
          );
        },
      ],
      // P-256
      [
        'of an ID token',
        async () =>
          about(await forge({ typ: 'JWT' }, { nonce: 'n', azp: fixture.client.clientId })),
      ],
      ['of a DPoP proof', async () => about(await forge({ typ: 'dpop+jwt' }, { htm: 'POST' }))],
      [
        'of a client assertion',
        async () =>
          about(await forge({ typ: 'JWT' }, { iss: fixture.client.clientId, aud: server.issuer })),
      ],
      [
        'of an unknown client',
        async () => about(await forge({}, { client_id: `lkc_${'0'.repeat(22)}` })),
      ],
      // P-243
      [
        'to the introspection client of another API',
        () => ({
          caller: fixture.otherResourceServer,
          token,
        }),
      ],
      // P-244
      [
        'to a client that has nothing to do with it',
        async () => ({
          caller: await newClient(),
          token,
        }),
      ],
      ['to an operator', () => ({ caller: { ...server.operator, id: '' }, token })],
      // P-237
      [
        'of a token that was revoked',
        async () => {
          const client = await newClient();
          const revoked = await issueToken(server, client);
          expect((await revoke(server, client, revoked)).status).toBe(200);
          return about(revoked);
        },
      ],
      [
        'of a token whose secret was revoked',
        async () => {
          const client = await newClient();
          const { body } = await fixture.admin.request<{ data: { id: string }[] }>(
            `/clients/${client.id}/secrets`,
          );
          const own = await issueToken(server, client);
          await fixture.admin.request(`/clients/${client.id}/secrets/${body.data[0]?.id}`, {
            method: 'DELETE',
          });
          return about(own);
        },
      ],
      // P-249
      [
        'of a token whose client was deactivated',
        async () => {
          const client = await newClient();
          const own = await issueToken(server, client);
          await patch(`/clients/${client.id}`, { active: false });
          return about(own);
        },
      ],
      [
        'of a token whose client was deactivated, and activated again',
        async () => {
          const client = await newClient();
          const own = await issueToken(server, client);
          await patch(`/clients/${client.id}`, { active: false });
          await patch(`/clients/${client.id}`, { active: true });
          expect(await isActive(server, client, await issueToken(server, client))).toBe(true);
          return about(own);
        },
      ],
      // P-250
      [
        'of a token whose client was deleted',
        async () => {
          const client = await newClient();
          const own = await issueToken(server, client);
          await fixture.admin.request(`/clients/${client.id}`, { method: 'DELETE' });
          return about(own);
        },
      ],
      [
        'of a token whose client was deleted, and restored',
        async () => {
          const client = await newClient();
          const own = await issueToken(server, client);
          await fixture.admin.request(`/clients/${client.id}`, { method: 'DELETE' });
          await fixture.admin.request(`/clients/${client.id}/restore`, { method: 'POST' });
          return about(own);
        },
      ],
    ];

    // P-245: the same bytes, and no sooner than any other.
    test.each(questions)('%s', async (_what, makeQuestion) => {
      const { caller, token: asked } = await makeQuestion();
      const answer = await introspect(server, caller, asked);
      expectJson(answer, 200, { active: false });
      expect({ body: answer.body, headers: withoutVarying(answer) }).toEqual({
        body: '{"active":false}',
        headers: [
          ['x-content-type-options', 'nosniff'],
          ['content-type', 'application/json'],
          ['content-length', '16'],
          ['cache-control', 'no-store'],
          ['pragma', 'no-cache'],
          ['connection', 'keep-alive'],
          ['keep-alive', 'timeout=65'],
        ],
      });
      expect(answer.millis).toBeGreaterThanOrEqual(refusalMillisMin);
      // The token that all of them are near misses of.
      expect(await isActive(server, fixture.resourceServer, token)).toBe(true);
    });
  });

  test('a client that is no longer listed is told nothing from then on', async () => {
    const { admin } = fixture;
    const resourceServer = await admin.createClient([]);
    const api = await admin.createApi(['r'], { introspection_clients: [resourceServer.id] });
    const client = await admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
    const own = await issueToken(server, client);
    expect(await isActive(server, resourceServer, own)).toBe(true);
    await patch(`/apis/${api.id}`, { introspection_clients: [] });
    expect(await isActive(server, resourceServer, own)).toBe(false);
    await patch(`/apis/${api.id}`, { introspection_clients: [resourceServer.id] });
    expect(await isActive(server, resourceServer, own)).toBe(true);
  });

  test('an introspection client that is deactivated is nobody any more', async () => {
    const { admin } = fixture;
    const resourceServer = await admin.createClient([]);
    const api = await admin.createApi(['r'], { introspection_clients: [resourceServer.id] });
    const client = await admin.createClient([{ api: api.identifier, scopes: ['r'] }]);
    const own = await issueToken(server, client);
    await patch(`/clients/${resourceServer.id}`, { active: false });
    expect((await introspect(server, resourceServer, own)).status).toBe(401);
  });
});
