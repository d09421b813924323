/**
 * `POST /clients/{id}/token`: an access token of a client for whoever manages it, without any of its secrets.
 * The policy is the token endpoint's, and so is the promise: none leaves that the registry would not issue.
 */
import type { ClientUseObserver } from '../model/client-use.ts';
import { isUseStored } from '../model/client-use.ts';
import { OAuthError } from '../model/oauth-error.ts';
import type { Actor } from '../model/principal.ts';
import type { Client } from '../model/records.ts';
import { RegistryError } from '../model/registry-error.ts';
import { StoreUnavailable } from '../model/store-unavailable.ts';
import type {
  TokenClient,
  TokenClientQuestion,
  TokenClientReading,
} from '../model/token-client.ts';
import { requireVisibleClient } from '../registry/client-registry.ts';
import { requireMayImpersonate } from '../registry/delegation.ts';
import { resolveGrant, type ResolvedGrant } from '../registry/grant-resolution.ts';
import { getAdminApiId } from '../registry/last-operator.ts';
import type { Store } from '../store/store.ts';
import type { AccessTokenMint, MintedToken } from './access-token-mint.ts';

/** A token that a change overtakes is made again, and again if need be. */
const attemptsMax = 5;

export interface OneOffTokenRequest {
  /** Identifier of an API; undefined: as the token endpoint chooses. */
  resource: string | undefined;
  /** Values with single spaces between them; undefined: all that is granted. */
  scope: string | undefined;
}

interface Dependencies {
  store: Store;
  mint: Pick<AccessTokenMint, 'mintAccessToken'>;
  clients: {
    read(question: TokenClientQuestion): Promise<TokenClientReading>;
    /** Whether a reading may still be acted upon. */
    isCurrent(reading: TokenClientReading): boolean;
  };
  use: Pick<ClientUseObserver, 'noteToken'>;
}

export class OneOffTokens {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /**
   * Throws `not_found`, `forbidden` for whoever holds less than the client, `conflict` for an inactive one,
   * and `invalid_scope` or `invalid_target` as the token endpoint does.
   */
  async mint(actor: Actor, id: string, request: OneOffTokenRequest): Promise<MintedToken> {
    const { store, clients, use } = this.#dependencies;
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const record = await store.read((readers) => readers.clients.find(id));
      const { clientId } = requireVisibleClient(actor.principal, record);
      const reading = await clients.read({ clientId, presentedDigest: undefined });
      const minted = await this.#mintOnce(actor, id, reading, request);
      // Last of all: nothing is waited for any more before the answer.
      if (minted === undefined || !clients.isCurrent(reading)) continue;
      const { client, resolved, token } = minted;
      use.noteToken(client, resolved.grant, resolved.scopes, reading.nowSeconds);
      return token;
    }
    throw new StoreUnavailable(new Error('the registry changes faster than a token can be minted'));
  }

  /** undefined: the client changed since it was read. */
  async #mintOnce(
    actor: Actor,
    id: string,
    reading: TokenClientReading,
    request: OneOffTokenRequest,
  ): Promise<{ client: TokenClient; resolved: ResolvedGrant; token: MintedToken } | undefined> {
    const { store, mint, clients } = this.#dependencies;
    const { client, nowSeconds, registryVersion } = reading;
    const { value } = await store.change(actor, async (change) => {
      const record = requireVisibleClient(actor.principal, await change.clients.lock(id));
      requireMayImpersonate(actor.principal, record, await getAdminApiId(change));
      requireActive(record);
      if (client?.clientId !== record.clientId || !clients.isCurrent(reading)) {
        change.unchanged();
        return undefined;
      }
      if (!client.usable) {
        throw new RegistryError('conflict', "the client's organization or location is inactive");
      }
      const resolved = resolve(client, request);
      const token = await mint.mintAccessToken({
        client,
        grant: resolved.grant,
        scopes: resolved.scopes,
        registryVersion,
        credentialSerial: 0n,
        nowSeconds,
      });
      change.affectsNothing();
      change.onlyAdds();
      change.audit({
        action: 'access_token.minted',
        targetType: 'access_token',
        targetId: token.tokenId,
        organizationId: record.organizationId,
        locationId: record.locationId,
        details: {
          client: record.id,
          client_id: record.clientId,
          api: resolved.grant.apiIdentifier,
          scope: token.scope,
          expires_at: new Date(token.expiresAt * 1000).toISOString(),
        },
      });
      return { client, resolved, token };
    });
    // As at the token endpoint: a crash must not make it look unused for longer than a day (DESIGN §7).
    if (value && !isUseStored(value.client, nowSeconds)) {
      await store.storeUses([{ id, usedAt: nowSeconds }]);
    }
    return value;
  }
}

function requireActive({ active }: Client): void {
  if (active) return;
  throw new RegistryError('conflict', 'the client is inactive: activate it first');
}

/** What the token endpoint would say, as a problem. */
function resolve(client: TokenClient, { resource, scope }: OneOffTokenRequest): ResolvedGrant {
  try {
    return resolveGrant(client, resource, scope);
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    const { code, description } = error;
    if (code !== 'invalid_scope' && code !== 'invalid_target') throw error;
    const pointer = code === 'invalid_scope' ? '/scope' : '/resource';
    throw new RegistryError(code, description, {
      faults: [{ pointer, detail: description }],
      cause: error,
    });
  }
}
