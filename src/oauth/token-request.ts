/**
 * The guard of the token endpoint: an ordered list of refusals between a stranger's bytes and the
 * engine. What passes is a `TokenRequest` of known parameters, each given once, in visible ASCII.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { BodyError, mediaType, readBody } from '../http/bodies.ts';
import { OAuthError } from '../model/oauth-error.ts';
import { decodeFormText, parseForm, type Form } from './form.ts';

const bodyBytesMax = 16_384;
const clientIdPattern = /^[0-9A-Za-z_]{1,128}$/;
const visibleAscii = /^[\x20-\x7E]*$/;
/** RFC 6749 §3.3. */
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]{1,128}(?: [\x21\x23-\x5B\x5D-\x7E]{1,128})*$/;
const scopeTokensMax = 200;

const knownParameters = [
  'grant_type',
  'client_id',
  'client_secret',
  'scope',
  'resource',
  'audience',
  'client_assertion',
  'client_assertion_type',
] as const;
type KnownParameter = (typeof knownParameters)[number];

export interface TokenRequest {
  grantType: string | undefined;
  clientId: string;
  clientSecret: string;
  scope: string | undefined;
  /** From `resource` (RFC 8707) or `audience`, which many tools send. */
  resource: string | undefined;
}

/** The constant answer to whatever is wrong with the client or its secret. */
export function invalidClient(cause?: string): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', {
    status: 401,
    cause: cause === undefined ? undefined : new Error(cause),
  });
}

function invalidRequest(description: string, status?: number): OAuthError {
  return new OAuthError('invalid_request', description, status === undefined ? {} : { status });
}

/** Throws an OAuthError for everything that cannot be a token request. */
export async function readTokenRequest(
  req: IncomingMessage,
  res: ServerResponse,
  issuer: string,
): Promise<TokenRequest> {
  refuseForeignOrigin(req, issuer);
  refuseQuery(req);
  refuseRepeatedAuthorization(req);
  refuseOtherMediaTypes(req);
  const form = parseForm(await readFormBody(req, res));
  const parameters = pickKnownParameters(form);
  return {
    ...readCredentials(req, parameters),
    grantType: parameters.get('grant_type'),
    scope: checkScope(parameters.get('scope')),
    resource: checkResource(parameters.get('resource'), parameters.get('audience')),
  };
}

/** A browser page of another origin has no business here, and no CORS answer to expect. */
function refuseForeignOrigin(req: IncomingMessage, issuer: string): void {
  const { origin } = req.headers;
  if (origin !== undefined && origin !== issuer) {
    throw invalidRequest(
      'cross-origin requests are not served: fetch tokens from a server, not from a web page',
    );
  }
}

/** RFC 6749 §2.3.1: credentials MUST NOT be included in the request URI. */
function refuseQuery(req: IncomingMessage): void {
  if (req.url?.includes('?'))
    throw invalidRequest('parameters belong into the body, not into the URL');
}

function refuseRepeatedAuthorization(req: IncomingMessage): void {
  const fields = req.rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization',
  );
  if (fields.length > 1) throw invalidRequest('send one Authorization header');
}

function refuseOtherMediaTypes(req: IncomingMessage): void {
  if (req.headers['content-encoding'] !== undefined) {
    throw invalidRequest('compressed bodies are not read: send it as it is');
  }
  if (mediaType(req) !== 'application/x-www-form-urlencoded') {
    throw invalidRequest('the body must be application/x-www-form-urlencoded');
  }
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)"?/i.exec(req.headers['content-type'] ?? '')?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8')
    throw invalidRequest('the charset must be UTF-8');
}

async function readFormBody(req: IncomingMessage, res: ServerResponse): Promise<string> {
  try {
    return await readBody(req, res, bodyBytesMax);
  } catch (error) {
    if (error instanceof BodyError) throw invalidRequest(error.message, error.status);
    throw error;
  }
}

function pickKnownParameters(form: Form): Map<KnownParameter, string> {
  if (form.hasTooManyFields) throw invalidRequest('there are too many parameters');
  for (const { name } of form.malformed) {
    if (name === 'client_id' || name === 'client_secret') throw invalidClient('malformed encoding');
    throw invalidRequest('a parameter is not percent-encoded UTF-8');
  }
  const parameters = new Map<KnownParameter, string>();
  for (const name of knownParameters) {
    const [value, ...more] = form.values.get(name) ?? [];
    if (value === undefined) continue;
    if (more.length > 0) {
      if (name === 'resource' || name === 'audience') {
        throw new OAuthError('invalid_target', 'name one API: an access token has one audience');
      }
      throw invalidRequest(`${name} must not be repeated`);
    }
    if (!visibleAscii.test(value)) throw invalidCharacter(name);
    parameters.set(name, value);
  }
  return parameters;
}

function invalidCharacter(name: KnownParameter): OAuthError {
  if (name === 'client_id' || name === 'client_secret')
    return invalidClient('characters outside VSCHAR');
  if (name === 'scope') return invalidScopeSyntax();
  if (name === 'resource' || name === 'audience') {
    return new OAuthError('invalid_target', 'resource must be an absolute URI without a fragment');
  }
  return invalidRequest(`${name} must be visible ASCII`);
}

function readCredentials(
  req: IncomingMessage,
  parameters: ReadonlyMap<KnownParameter, string>,
): Pick<TokenRequest, 'clientId' | 'clientSecret'> {
  const { authorization } = req.headers;
  const bodyClientId = parameters.get('client_id');
  const bodySecret = parameters.get('client_secret');
  const mechanisms = [authorization, bodySecret, parameters.get('client_assertion')].filter(
    (mechanism) => mechanism !== undefined,
  );
  if (mechanisms.length > 1) throw invalidRequest('authenticate the client in one way only');
  if (authorization === undefined) {
    return checkCredentials(bodyClientId, bodySecret);
  }
  const basic = parseBasicCredentials(authorization);
  if (basic === undefined) throw invalidClient('unusable Authorization header');
  if (bodyClientId !== undefined && bodyClientId !== basic.clientId) {
    throw invalidRequest('client_id differs from the one in the Authorization header');
  }
  return checkCredentials(basic.clientId, basic.clientSecret);
}

function checkCredentials(clientId: string | undefined, clientSecret: string | undefined) {
  if (clientId === undefined || clientSecret === undefined) throw invalidClient('no credentials');
  // No such client_id can exist, so nobody needs to be asked.
  if (!clientIdPattern.test(clientId)) throw invalidClient('impossible client_id');
  return { clientId, clientSecret };
}

/**
 * `Basic` with form-urlencoded parts (RFC 6749 §2.3.1, RFC 7617 §2). undefined for any other scheme, for
 * bad base64, a missing colon, an empty part or anything outside visible ASCII.
 */
export function parseBasicCredentials(
  authorization: string,
): { clientId: string; clientSecret: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  if (colon < 0 || !visibleAscii.test(decoded)) return undefined;
  const clientId = decodeFormText(decoded.slice(0, colon));
  const clientSecret = decodeFormText(decoded.slice(colon + 1));
  if (!clientId || !clientSecret || !visibleAscii.test(clientId + clientSecret)) return undefined;
  return { clientId, clientSecret };
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

/** RFC 8707 §2: an absolute URI without a fragment. */
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
  if (!URL.canParse(target) || target.includes('#')) {
    throw new OAuthError('invalid_target', 'resource must be an absolute URI without a fragment');
  }
  return target;
}
