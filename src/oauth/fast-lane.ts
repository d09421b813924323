/**
 * The fast lane (DESIGN §6): answers the one request that is nearly all traffic from memory, before the
 * engine. It says two things it knows for certain, 200 and the one constant 401, and leaves the rest.
 * Whoever it does not answer has lost nothing: the engine is asked the same with the same policy functions.
 */
import type { AccessTokenMint, MintedToken } from '../access-token/access-token-mint.ts';
import { isUseStored, type ClientUseObserver } from '../model/client-use.ts';
import { quoteJson } from '../model/json-text.ts';
import { OAuthError } from '../model/oauth-error.ts';
import type { RequestOrigin } from '../model/principal.ts';
import type { TokenClient, TokenClientReading, TokenClientSecret } from '../model/token-client.ts';
import { verifyClientSecret } from '../registry/credential.ts';
import { resolveGrant, type ResolvedGrant } from '../registry/grant-resolution.ts';
import type { TokenAnswer } from './engine.ts';
import { noteRefusal } from './refusal-note.ts';
import { invalidClient, type TokenRequest } from './token-request.ts';

export interface FastLaneDependencies {
  mint: Pick<AccessTokenMint, 'mintAccessToken'>;
  /** Sync, and without asking anybody; undefined: not known for certain. */
  memory: { recall(clientId: string): TokenClientReading | undefined };
  use: ClientUseObserver;
  /** Told of every request whether it was answered here. */
  onAnswer?: ((answered: boolean) => void) | undefined;
}

/** Made once: a flood of wrong secrets must cost no more than tokens do. */
const refusal = invalidClient('wrong client or secret');

export class FastLane {
  readonly #dependencies: FastLaneDependencies;

  constructor(dependencies: FastLaneDependencies) {
    this.#dependencies = dependencies;
  }

  /** A token, or undefined: this is for the engine. Throws the constant 401. */
  answer(
    request: TokenRequest,
    origin: RequestOrigin,
  ): TokenAnswer | Promise<TokenAnswer> | undefined {
    const { onAnswer } = this.#dependencies;
    const answer = this.#answerFromMemory(request, origin);
    onAnswer?.(answer !== undefined);
    if (answer instanceof OAuthError) throw answer;
    return answer;
  }

  #answerFromMemory(
    request: TokenRequest,
    origin: RequestOrigin,
  ): TokenAnswer | Promise<TokenAnswer> | OAuthError | undefined {
    if (request.grantType !== 'client_credentials') return undefined;
    const { memory, use } = this.#dependencies;
    const reading = memory.recall(request.clientId);
    if (reading === undefined) return undefined;

    const { client, nowSeconds } = reading;
    const secret = verifyClientSecret(client, request.clientSecret, nowSeconds);
    if (client === undefined) return refusal;
    if (secret === undefined) {
      noteRefusal(use, { client, reason: 'invalid_client', request, origin, nowSeconds });
      return refusal;
    }
    if (!client.grantsRead || !isUseStored(client, nowSeconds)) return undefined;
    const resolved = findGrant(client, request);
    if (resolved === undefined) return undefined;

    void use.noteUse({ client, secret, address: origin.address ?? '', nowSeconds });
    return this.#issue(reading, { client, secret, resolved });
  }

  #issue(
    reading: TokenClientReading,
    granted: { client: TokenClient; secret: TokenClientSecret; resolved: ResolvedGrant },
  ): TokenAnswer | Promise<TokenAnswer> {
    const { client, secret, resolved } = granted;
    const minted = this.#dependencies.mint.mintAccessToken({
      client,
      grant: resolved.grant,
      scopes: resolved.scopes,
      registryVersion: reading.registryVersion,
      credentialSerial: secret.serial,
      nowSeconds: reading.nowSeconds,
    });
    const toAnswer = (token: MintedToken) => ({ json: describe(token), reading, client, resolved });
    return minted instanceof Promise ? minted.then(toAnswer) : toAnswer(minted);
  }
}

/** In the engine's order. A token is base64url, which JSON has nothing to escape in. */
function describe({ value, expiresInSeconds, scope }: MintedToken): string {
  return `{"access_token":"${value}","expires_in":${expiresInSeconds},"scope":${quoteJson(scope)},"token_type":"Bearer"}`;
}

/** undefined: the engine says what is wrong with the scope or the resource. */
function findGrant(client: TokenClient, request: TokenRequest): ResolvedGrant | undefined {
  try {
    return resolveGrant(client, request.resource, request.scope);
  } catch (error) {
    if (error instanceof OAuthError) return undefined;
    throw error;
  }
}
