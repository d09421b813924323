/** POST /oauth2/introspect: nothing tells why a token is inactive, neither bytes nor time. */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { RegisteredClient } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { makeIntrospectionFixture, type IntrospectionFixture } from './introspection-fixture.ts';
import {
  expectJson,
  introspect,
  isActive,
  issueToken,
  refusalMillisMin,
  revoke,
  withoutVarying,
} from './token-questions.ts';

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

describeOnBothDatabases('introspection says "inactive", and nothing else,', (server) => {
  let fixture: IntrospectionFixture;
  let token: string;
  beforeAll(async () => {
    fixture = await makeIntrospectionFixture(server);
    token = await issueToken(server, fixture.client);
  });

  const patch = (path: string, body: object) =>
    fixture.admin.request(path, { method: 'PATCH', body });
  const newClient = () =>
    fixture.admin.createClient([{ api: fixture.orders.identifier, scopes: ['read'] }]);

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
        return about(`${head}.${encode({ ...claims, scope: 'read write approve' })}.${signature}`);
      },
    ],
    // P-256
    [
      'of an ID token',
      async () => about(await forge({ typ: 'JWT' }, { nonce: 'n', azp: fixture.client.clientId })),
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
