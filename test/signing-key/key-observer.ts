/** Sees signing keys as validators, integrators and admins see them. */
import { decodeProtectedHeader, type JWK } from 'jose';
import { AdminApi, requestToken, type RegisteredClient } from '../support/admin-api.ts';
import type { Credential } from '../support/server-process.ts';

export interface SigningKeyBody {
  kid: string;
  alg: string;
  state: string;
  created_at: string;
  signs_at: string;
  retired_at: string | null;
  gone_at: string | null;
  revoked_at: string | null;
}

export class KeyObserver {
  /** Where this instance is reached, whatever issuer it has. */
  readonly address: { issuer: string; operator: Credential };
  readonly admin: AdminApi;

  constructor(server: { issuer: string; port: number; operator: Credential }) {
    this.address = { issuer: `http://localhost:${server.port}`, operator: server.operator };
    this.admin = new AdminApi(this.address, server.operator, `${server.issuer}/api`);
  }

  async fetchJwks(): Promise<JWK[]> {
    const response = await fetch(`${this.address.issuer}/.well-known/jwks.json`);
    return ((await response.json()) as { keys: JWK[] }).keys;
  }

  /** kids in the JWKS of one algorithm, in the order they stand there. */
  async kidsOf(algorithm: string): Promise<string[]> {
    return (await this.fetchJwks()).flatMap(({ alg, kid }) =>
      alg === algorithm && kid !== undefined ? [kid] : [],
    );
  }

  async fetchToken(client: Credential): Promise<string> {
    const { status, body } = await requestToken(this.address, client);
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
    return String(body['access_token']);
  }

  /** kid of the key that signs for this client now. */
  async signingKid(client: Credential): Promise<string> {
    return String(decodeProtectedHeader(await this.fetchToken(client)).kid);
  }

  /** A client whose tokens are signed with `algorithm`. */
  async createClientOf(
    algorithm: string,
    lifetimeSeconds = 3600,
  ): Promise<RegisteredClient & { audience: string }> {
    const api = await this.admin.createApi(['sing'], {
      signing_alg: algorithm,
      access_token_lifetime_seconds: lifetimeSeconds,
    });
    const client = await this.admin.createClient([{ api: api.identifier, scopes: ['sing'] }]);
    return { ...client, audience: api.identifier };
  }

  async rotate(body: object) {
    return this.admin.request<SigningKeyBody & Record<string, unknown>>('/signing-keys/rotate', {
      method: 'POST',
      body,
    });
  }

  async revoke(kid: string) {
    return this.admin.request<SigningKeyBody>(`/signing-keys/${kid}/revoke`, { method: 'POST' });
  }

  async findKey(kid: string): Promise<SigningKeyBody | undefined> {
    const { body } = await this.admin.request<{ data: SigningKeyBody[] }>('/signing-keys');
    return body.data.find((key) => key.kid === kid);
  }

  async statesOf(algorithm: string): Promise<string[]> {
    const { body } = await this.admin.request<{ data: SigningKeyBody[] }>('/signing-keys');
    return body.data.filter(({ alg }) => alg === algorithm).map(({ state }) => state);
  }
}
