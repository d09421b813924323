/** What the token endpoint reads from a form (RFC 6749 §4.4.2, RFC 8707 §2). */
import type { IncomingMessage } from 'node:http';
import { OAuthError } from '../model/oauth-error.ts';
import {
  credentialParameters,
  readClientRequest,
  type ClientCredentials,
  type KnownParameters,
} from './client-request.ts';

export { invalidClient } from './client-request.ts';

/** RFC 6749 §3.3. */
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}(?: [\x21\x23-\x5B\x5D-\x7E]{1,128})*$/;
const scopeTokensMax = 200;

const tokenParameters: KnownParameters = {
  names: ['grant_type', ...credentialParameters, 'scope', 'resource', 'audience'],
  refuse(name, fault) {
    if (name === 'resource' || name === 'audience') {
      return fault === 'repeated' ? repeatedResource() : invalidResource();
    }
    return name === 'scope' && fault === 'characters' ? invalidScopeSyntax() : undefined;
  },
};

export interface TokenRequest extends ClientCredentials {
  grantType: string | undefined;
  scope: string | undefined;
  /** From `resource` (RFC 8707) or `audience`, which many tools send. */
  resource: string | undefined;
}

/** Throws an OAuthError for everything that cannot be a token request. */
export function readTokenRequest(req: IncomingMessage, body: string): TokenRequest {
  const { credentials, parameters } = readClientRequest(req, body, tokenParameters);
  return {
    clientId: credentials.clientId,
    clientSecret: credentials.clientSecret,
    grantType: parameters.get('grant_type'),
    scope: checkScope(parameters.get('scope')),
    resource: checkResource(parameters.get('resource'), parameters.get('audience')),
  };
}

function checkScope(scope: string | undefined): string | undefined {
  if (scope === undefined) return undefined;
  if (!scopePattern.test(scope) || scope.split(' ', scopeTokensMax + 1).length > scopeTokensMax) {
    throw invalidScopeSyntax();
  }
  return scope;
}

function invalidScopeSyntax(): OAuthError {
  return new OAuthError(
    'invalid_scope',
    'scope must be a list of scope values, separated by single spaces, of visible ASCII without quotes and backslashes',
  );
}

function checkResource(
  resource: string | undefined,
  audience: string | undefined,
): string | undefined {
  if (resource !== undefined && audience !== undefined && resource !== audience) {
    throw new OAuthError(
      'invalid_target',
      'resource and audience name different APIs: send one of them',
    );
  }
  const target = resource ?? audience;
  if (target === undefined) return undefined;
  if (!URL.canParse(target) || target.includes('#')) throw invalidResource();
  return target;
}

function invalidResource(): OAuthError {
  return new OAuthError('invalid_target', 'resource must be an absolute URI without a fragment');
}

function repeatedResource(): OAuthError {
  return new OAuthError('invalid_target', 'name one API: an access token has one audience');
}
