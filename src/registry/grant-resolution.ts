/** Which API and which scopes a token request gets, or why it gets none (DESIGN §4, RFC 8707 §2). */
import { OAuthError } from '../model/oauth-error.ts';
import type { TokenClient, TokenGrant } from '../model/token-client.ts';

export interface ResolvedGrant {
  grant: TokenGrant;
  /** What the token carries, in the API's order. */
  scopes: readonly string[];
}

/**
 * `resource` is compared exactly; `scope` is the parameter as it came, checked for syntax. Throws an
 * OAuthError `invalid_target` or `invalid_scope`: never a silent narrowing.
 */
export function resolveGrant(
  client: TokenClient,
  resource: string | undefined,
  scope: string | undefined,
): ResolvedGrant {
  const asked = scope === undefined ? undefined : new Set(scope.split(' '));
  const grant = resource === undefined ? chooseGrant(client, asked) : findGrant(client, resource);
  const scopes =
    asked === undefined ? grant.scopes : grant.scopes.filter((value) => asked.has(value));
  if (asked !== undefined && scopes.length !== asked.size) throw scopeNotGranted();
  if (scopes.length === 0) {
    throw new OAuthError(
      'invalid_scope',
      'no scope of this API is granted to the client: an admin can grant one',
    );
  }
  return { grant, scopes };
}

function findGrant(client: TokenClient, resource: string): TokenGrant {
  const grant = client.grants.find(({ apiIdentifier }) => apiIdentifier === resource);
  if (grant === undefined) {
    throw new OAuthError(
      'invalid_target',
      'resource must be the exact identifier of an API that is granted to the client',
    );
  }
  return grant;
}

function chooseGrant(client: TokenClient, asked: ReadonlySet<string> | undefined): TokenGrant {
  const grantsAll = ({ scopes }: TokenGrant) =>
    asked === undefined || [...asked].every((value) => scopes.includes(value));
  const candidates = client.grants.filter(grantsAll);
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;

  const fallback = client.grants.find(({ isDefault }) => isDefault) ?? client.grants[0];
  if (fallback === undefined) {
    throw new OAuthError(
      'invalid_target',
      'no API is granted to the client: an admin can grant one',
    );
  }
  if (grantsAll(fallback)) return fallback;
  if (asked !== undefined && !everyScopeIsGrantedSomewhere(client, asked)) throw scopeNotGranted();
  throw new OAuthError(
    'invalid_target',
    'the scopes are granted for several APIs, or for different ones: name one API in the resource parameter',
  );
}

function everyScopeIsGrantedSomewhere(client: TokenClient, asked: ReadonlySet<string>): boolean {
  return [...asked].every((value) => client.grants.some(({ scopes }) => scopes.includes(value)));
}

function scopeNotGranted(): OAuthError {
  return new OAuthError(
    'invalid_scope',
    'a requested scope is unknown or not granted to the client for this API',
  );
}
