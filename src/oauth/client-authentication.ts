/** Client authentication (RFC 6749 §2.3) where tokens are introspected and revoked: as where they are issued. */
import type { ClientUseObserver } from '../model/client-use.ts';
import type { RequestOrigin } from '../model/principal.ts';
import type {
  TokenClient,
  TokenClientQuestion,
  TokenClientReading,
} from '../model/token-client.ts';
import { digestClientSecret, verifyClientSecret } from '../registry/credential.ts';
import { invalidClient, type ClientCredentials } from './client-request.ts';
import { noteRefusal } from './refusal-note.ts';

interface Dependencies {
  clients: { read(question: TokenClientQuestion): Promise<TokenClientReading> };
  use: ClientUseObserver;
}

export interface AuthenticatedClient {
  client: TokenClient;
  /** Record id of the secret it presented, and its SHA-256. */
  secretId: string;
  presentedDigest: Buffer;
  nowSeconds: number;
  /** What was known of it then: whoever waits for anything before it answers asks whether that is still so. */
  reading: TokenClientReading;
}

export class ClientAuthentication {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Throws the constant `invalid_client`, or StoreUnavailable. */
  async authenticate(
    credentials: ClientCredentials,
    origin: RequestOrigin,
  ): Promise<AuthenticatedClient> {
    const { clients, use } = this.#dependencies;
    const { clientId, clientSecret } = credentials;
    const presentedDigest = digestClientSecret(clientSecret);
    const reading = await clients.read({ clientId, presentedDigest });
    const { client, nowSeconds } = reading;
    const secret = verifyClientSecret(client, clientSecret, nowSeconds);
    if (client === undefined) throw invalidClient('unknown client');
    if (secret === undefined) {
      const reason = 'invalid_client';
      noteRefusal(use, { client, reason, request: credentials, origin, nowSeconds });
      throw invalidClient('wrong client secret, or an inactive client');
    }
    await use.noteUse({ client, secret, address: origin.address ?? '', nowSeconds });
    return { client, secretId: secret.id, presentedDigest, nowSeconds, reading };
  }
}
