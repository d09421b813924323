/** The main job: register an API and a client, fetch a token, and find in it what was granted. */
import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { AdminApi, requestToken } from '../support/admin-api.ts';
import { describeOnBothDatabases } from '../support/shared-servers.ts';

describeOnBothDatabases('the main job', (server) => {
  const admin = new AdminApi(server);

  test('a registered client gets a token that says what was granted', async () => {
    const api = await admin.createApi(['orders:read', 'orders:write']);
    const client = await admin.createClient([{ api: api.identifier, scopes: ['orders:read'] }]);
    const { status, body } = await requestToken(server, client);
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600, scope: 'orders:read' });
    expect(decodeJwt(String(body['access_token']))).toMatchObject({
      iss: server.issuer,
      aud: api.identifier,
      sub: client.clientId,
      client_id: client.clientId,
      scope: 'orders:read',
    });
  });
});
