/**
 * oidc-provider as it comes: client credentials, JWT access tokens for one resource server,
 * an in-memory adapter, and none of our corrections. Arguments: port, number of clients.
 */
import { generateKeyPairSync } from 'node:crypto';
import { Provider, type Adapter, type AdapterPayload } from 'oidc-provider';
import {
  accessTokenLifetimeSeconds,
  apiIdentifier,
  jwksPath,
  scope,
  tokenPath,
} from './load-profile.ts';
import { sampleCredentials } from './sample-credential.ts';

const [port, clientCount] = process.argv.slice(2).map(Number);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const clients = new Map<string, AdapterPayload>(
  [...sampleCredentials(clientCount ?? 1)].map(({ clientId, clientSecret }) => [
    clientId,
    {
      client_id: clientId,
      client_secret: clientSecret,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ]),
);

/** Clients only: its JWT access tokens are not stored. */
class InMemoryAdapter implements Adapter {
  readonly #model: string;

  constructor(model: string) {
    this.#model = model;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#model === 'Client' ? clients.get(id) : undefined;
  }

  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
  async upsert(): Promise<undefined> {
    throw new Error('nothing is stored here');
  }
  async consume(): Promise<undefined> {}
  async destroy(): Promise<undefined> {}
  async revokeByGrantId(): Promise<undefined> {}
}

const provider = new Provider(`http://localhost:${port}`, {
  adapter: InMemoryAdapter,
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  cookies: { keys: ['there are no cookies on this road'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => apiIdentifier,
      getResourceServerInfo: () => ({
        scope,
        audience: apiIdentifier,
        accessTokenFormat: 'jwt',
        accessTokenTTL: accessTokenLifetimeSeconds,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
  routes: { token: tokenPath, jwks: jwksPath },
});
provider.listen(port, '127.0.0.1');
