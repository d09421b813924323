/** What introspection says as time passes and signing keys come and go, on servers of their own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import { killServersLeft, startServer, type ServerProcess } from '../support/server-process.ts';
import { createDatabase } from '../support/shared-servers.ts';
import {
  describeToken,
  expectJson,
  introspect,
  isActive,
  issueToken,
  refusalMillisMin,
} from './token-questions.ts';

const lifetimeSeconds = 60;

describe.each([
  { kind: 'PostgreSQL', chooseDatabase: createDatabase },
  { kind: 'embedded database', chooseDatabase: async () => undefined },
])('introspection in time ($kind)', ({ chooseDatabase }) => {
  let server: ServerProcess;
  let admin: AdminApi;
  let resourceServer: RegisteredClient;
  let client: RegisteredClient;

  beforeAll(async () => {
    const databaseUrl = await chooseDatabase();
    server = await startServer(databaseUrl === undefined ? {} : { databaseUrl });
    admin = new AdminApi(server);
    resourceServer = await admin.createClient([]);
    const api = await admin.createApi(['read'], {
      access_token_lifetime_seconds: lifetimeSeconds,
      introspection_clients: [resourceServer.id],
    });
    client = await admin.createClient([{ api: api.identifier, scopes: ['read'] }]);
  });
  afterAll(killServersLeft);

  // P-236
  test('a token is active until its last second, and then as if it had never been', async () => {
    const token = await issueToken(server, client);
    const endsAt = (decodeJwt(token).exp ?? 0) * 1000;
    let offsetMillis: number;
    let answer;
    do {
      offsetMillis = endsAt - 900 - Date.now();
      await server.moveClock(offsetMillis);
      answer = await introspect(server, resourceServer, token);
      // On a slow machine it may have ended before it was looked at.
    } while (Date.now() + offsetMillis >= endsAt);
    expectJson(answer, 200, describeToken(token));
    // The server's clock may be behind the database's by as long as a poll may take: 600 ms.
    await server.moveClock(endsAt + 1_000 - Date.now());
    answer = await introspect(server, resourceServer, token);
    expectJson(answer, 200, { active: false });
    expect(answer.body).toBe('{"active":false}');
    expect(answer.millis).toBeGreaterThanOrEqual(refusalMillisMin);
    await server.moveClock(0);
  });

  // P-251, P-252
  test('a token outlives the retirement of its signing key, and not its revocation', async () => {
    const token = await issueToken(server, client);
    const { kid } = decodeProtectedHeader(token);
    const rotated = await admin.request('/signing-keys/rotate', {
      method: 'POST',
      body: { alg: 'ES256', emergency: true },
    });
    expect(rotated.status).toBe(201);
    const next = await issueToken(server, client);
    expect(decodeProtectedHeader(next).kid).toBe(rotated.body['kid']);
    expect(await isActive(server, resourceServer, token)).toBe(true);

    admin.forgetToken();
    const revoked = await admin.request(`/signing-keys/${kid}/revoke`, { method: 'POST' });
    expect({ status: revoked.status, state: revoked.body['state'] }).toEqual({
      status: 200,
      state: 'revoked',
    });
    expect(await isActive(server, resourceServer, token)).toBe(false);
    expect(await isActive(server, resourceServer, next)).toBe(true);
  });
});
