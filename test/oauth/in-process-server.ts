/** The token endpoint alone in this process, over HTTP, with a registry of one client, to look into its engine. */
import { createHash } from 'node:crypto';
import type { AccessTokenMint, MintRequest } from '../../src/access-token/access-token-mint.ts';
import type { ClientUseObserver } from '../../src/model/client-use.ts';
import type { TokenClient } from '../../src/model/token-client.ts';
import { Engine, tokenPath } from '../../src/oauth/engine.ts';
import { FastLane } from '../../src/oauth/fast-lane.ts';
import { GuessBrake } from '../../src/oauth/guess-brake.ts';
import { TokenEndpoint } from '../../src/oauth/token-endpoint.ts';
import type { Credential } from '../support/server-process.ts';
import { startEndpointServer } from './endpoint-server.ts';

export const credential: Credential = { clientId: 'the_client', clientSecret: 'the-secret' };
export const ordersApi = 'https://orders.example.com';

export function createTokenClient(overrides: Partial<TokenClient> = {}): TokenClient {
  return {
    id: 'client_1',
    clientId: credential.clientId,
    organizationId: 'org_1',
    locationId: null,
    usable: true,
    member: null,
    accessTokenLifetimeSeconds: null,
    cutoffVersion: 0n,
    secrets: [
      {
        id: 'secret_1',
        serial: 7n,
        secretDigest: createHash('sha256').update(credential.clientSecret).digest(),
        endsAt: null,
      },
    ],
    credentialCutoffs: new Map(),
    revokedTokenIds: new Set(),
    grantsRead: true,
    storedUseAt: null,
    grants: [
      {
        apiId: 'api_1',
        apiIdentifier: ordersApi,
        isDefault: true,
        scopes: ['read', 'write'],
        accessTokenLifetimeSeconds: 3600,
        signingAlgorithm: 'ES256',
        tokenType: 'at+jwt',
        builtIn: false,
      },
    ],
    ...overrides,
  };
}

export const noUse: ClientUseObserver = {
  noteUse: () => undefined,
  noteToken: () => undefined,
  noteRefusal: () => undefined,
  noteUnlistedIntrospection: () => undefined,
};

export interface InProcessServer {
  issuer: string;
  engine: Engine;
  /** The client_ids that were read, in order. */
  reads: string[];
  mints: MintRequest[];
  close(): Promise<void>;
}

/** The issuer is the server's own address. */
export async function startInProcessServer(
  client: TokenClient = createTokenClient(),
): Promise<InProcessServer> {
  const { issuer, serve, close } = await startEndpointServer();
  const reads: string[] = [];
  const mints: MintRequest[] = [];
  const mint: Pick<AccessTokenMint, 'mintAccessToken'> = {
    async mintAccessToken(request) {
      mints.push(request);
      return {
        value: 'minted',
        tokenId: 'id',
        issuedAt: 0,
        expiresAt: 3600,
        expiresInSeconds: 3600,
        scope: request.scopes.join(' '),
      };
    },
  };
  const engine = new Engine({
    issuer,
    mint,
    clients: {
      read: async ({ clientId }) => {
        reads.push(clientId);
        return {
          client: clientId === client.clientId ? client : undefined,
          registryVersion: 42n,
          signingKeysVersion: 1n,
          nowSeconds: Date.now() / 1000,
        };
      },
    },
    use: noUse,
  });
  serve({
    [tokenPath]: new TokenEndpoint({
      issuer,
      brake: new GuessBrake(),
      // Nothing is remembered here, so everything goes to the engine.
      fastLane: new FastLane({ mint, memory: { recall: () => undefined }, use: noUse }),
      engine,
      clients: { isCurrent: () => true },
      use: noUse,
    }),
  });
  return { issuer, engine, reads, mints, close };
}
