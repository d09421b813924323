/** POST /oauth2/introspect: what those are told of a token who may ask about it. */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import { describeOnBothDatabases } from '../support/shared-servers.ts';
import { makeIntrospectionFixture, type IntrospectionFixture } from './introspection-fixture.ts';
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
} from './token-questions.ts';

describeOnBothDatabases('introspection', (server) => {
  let fixture: IntrospectionFixture;
  beforeAll(async () => {
    fixture = await makeIntrospectionFixture(server);
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
