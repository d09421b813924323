/** The endpoints of the protocol, by their paths. */
import type { AccessTokenMint } from '../access-token/access-token-mint.ts';
import type { AccessTokenVerification } from '../access-token/access-token-verification.ts';
import type { AnswerTurn } from '../http/answer-turn.ts';
import type { RequestHandler } from '../http/listener.ts';
import { ClientAuthentication } from '../oauth/client-authentication.ts';
import { Engine, tokenPath } from '../oauth/engine.ts';
import { FastLane } from '../oauth/fast-lane.ts';
import { GuessBrake } from '../oauth/guess-brake.ts';
import { IntrospectionEndpoint, introspectionPath } from '../oauth/introspection-endpoint.ts';
import type { OAuthEndpoint } from '../oauth/oauth-endpoint.ts';
import { RevocationEndpoint, revocationPath } from '../oauth/revocation-endpoint.ts';
import { TokenEndpoint } from '../oauth/token-endpoint.ts';
import type { ReadingTimes } from '../registry-memory/reading-times.ts';
import type { RegistryMemory } from '../registry-memory/registry-memory.ts';
import type { TokenRevocation } from '../registry/token-revocation.ts';
import type { UseLedger } from '../usage/use-ledger.ts';

export interface OAuthOptions {
  /** Told of every token request whether the fast lane answered it; `null` takes the lane away. */
  onFastLane?: ((answered: boolean) => void) | null;
}

interface Parts {
  issuer: string;
  mint: AccessTokenMint;
  verification: AccessTokenVerification;
  revocation: TokenRevocation;
  memory: RegistryMemory;
  readingTimes: ReadingTimes;
  use: UseLedger;
}

/** By their paths; what they answer is answered in the given turn. */
export type OAuthHandlers = (turn: AnswerTurn) => ReadonlyMap<string, RequestHandler>;

/** However many listeners there are, whoever guesses meets one brake. */
export function composeOAuth(
  { issuer, mint, verification, revocation, memory, readingTimes, use }: Parts,
  { onFastLane }: OAuthOptions,
): OAuthHandlers {
  const ofAll = {
    issuer,
    brake: new GuessBrake(),
    readingMillis: () => readingTimes.longestMillis,
    authentication: new ClientAuthentication({ clients: memory, use }),
    verification,
    clients: memory,
    use,
  };
  const fastLane = new FastLane({
    mint,
    // Without a lane nothing is remembered by it, and the engine is asked.
    memory: onFastLane === null ? { recall: () => undefined } : memory,
    use,
    onAnswer: onFastLane ?? undefined,
  });
  const engine = new Engine({ issuer, mint, clients: memory, use });
  return (turn) => {
    const endpoints: [string, OAuthEndpoint][] = [
      [tokenPath, new TokenEndpoint({ ...ofAll, turn, fastLane, engine })],
      [introspectionPath, new IntrospectionEndpoint({ ...ofAll, turn, apis: memory })],
      [revocationPath, new RevocationEndpoint({ ...ofAll, turn, revocation })],
    ];
    return new Map(
      endpoints.map(([path, endpoint]) => [path, (...request) => endpoint.handle(...request)]),
    );
  };
}
