/** OAuth client libraries of other people introspect and revoke tokens with what they know: the metadata. */
import { beforeAll, expect, test } from '@jest/globals';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { AdminApi, type RegisteredClient } from '../support/admin-api.ts';
import type { Credential, ServerAddress } from '../support/server-process.ts';
import { describeMostlyOnPostgresql } from '../support/shared-servers.ts';
import { describeToken, issueToken } from '../oauth/token-questions.ts';

interface Library {
  /** What it makes of the answer. */
  introspect: (token: string) => Promise<unknown>;
  /** Rejects for whatever is not a success. */
  revoke: (token: string) => Promise<unknown>;
}

const insecure = { [oauth.allowInsecureRequests]: true };

/** Named after the library, the well-known path it starts at, and how it authenticates. */
const libraries: [string, (server: ServerAddress, credential: Credential) => Promise<Library>][] = (
  ['oidc', 'oauth2'] as const
).flatMap((algorithm) =>
  (['Basic', 'body'] as const).flatMap((method): typeof libraries => [
    [
      `openid-client, ${algorithm}, ${method}`,
      async (server, { clientId, clientSecret }) => {
        const authentication =
          method === 'Basic' ? openid.ClientSecretBasic : openid.ClientSecretPost;
        const configuration = await openid.discovery(
          new URL(server.issuer),
          clientId,
          undefined,
          authentication(clientSecret),
          { algorithm, execute: [openid.allowInsecureRequests] },
        );
        return {
          introspect: (token) => openid.tokenIntrospection(configuration, token),
          revoke: (token) => openid.tokenRevocation(configuration, token),
        };
      },
    ],
    [
      `oauth4webapi, ${algorithm}, ${method}`,
      async (server, { clientId, clientSecret }) => {
        const issuer = new URL(server.issuer);
        const metadata = await oauth.processDiscoveryResponse(
          issuer,
          await oauth.discoveryRequest(issuer, { algorithm, ...insecure }),
        );
        const client = { client_id: clientId };
        const authentication = (
          method === 'Basic' ? oauth.ClientSecretBasic : oauth.ClientSecretPost
        )(clientSecret);
        return {
          introspect: async (token) =>
            oauth.processIntrospectionResponse(
              metadata,
              client,
              await oauth.introspectionRequest(metadata, client, authentication, token, insecure),
            ),
          revoke: async (token) =>
            oauth.processRevocationResponse(
              await oauth.revocationRequest(metadata, client, authentication, token, insecure),
            ),
        };
      },
    ],
  ]),
);

describeMostlyOnPostgresql(
  'introspection and revocation by strangers',
  libraries,
  (server, known) => {
    let resourceServer: RegisteredClient;
    let client: RegisteredClient;
    let other: RegisteredClient;
    beforeAll(async () => {
      const admin = new AdminApi(server);
      resourceServer = await admin.createClient([]);
      const { identifier } = await admin.createApi(['read'], {
        introspection_clients: [resourceServer.id],
      });
      client = await admin.createClient([{ api: identifier, scopes: ['read'] }]);
      other = await admin.createClient([]);
    });

    // P-235, P-237, P-243, P-259, P-260, P-261
    test.each(known)('%s', async (_name, connect) => {
      const token = await issueToken(server, client);
      const [api, owner, stranger] = [
        await connect(server, resourceServer),
        await connect(server, client),
        await connect(server, other),
      ];
      expect(await api.introspect(token)).toEqual(describeToken(token));
      expect(await owner.introspect(token)).toEqual(describeToken(token));
      expect(await stranger.introspect(token)).toEqual({ active: false });

      await expect(stranger.revoke(token)).rejects.toMatchObject({
        status: 400,
        error: 'unauthorized_client',
        error_description: 'the token was issued to another client, which alone may revoke it here',
      });
      expect(await api.introspect(token)).toEqual(describeToken(token));

      expect(await owner.revoke(token)).toBeUndefined();
      expect(await api.introspect(token)).toEqual({ active: false });
      expect(await owner.revoke(token)).toBeUndefined();
      expect(await owner.revoke('garbage')).toBeUndefined();
    });

    // P-240, P-266
    test.each(known)('%s is refused with a wrong secret', async (_name, connect) => {
      const token = await issueToken(server, client);
      const wrong = await connect(server, { ...client, clientSecret: 'wrong' });
      await expect(wrong.introspect(token)).rejects.toMatchObject({ status: 401 });
      await expect(wrong.revoke(token)).rejects.toMatchObject({ status: 401 });
    });
  },
);
