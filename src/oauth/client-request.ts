/**
 * The guard of every request with client credentials: an ordered list of refusals between a stranger's
 * bytes and us. What passes are known parameters, each given once, in visible ASCII.
 */
import type { IncomingMessage } from 'node:http';
import { mediaType } from '../http/bodies.ts';
import { isPossibleClientId } from '../model/client-id.ts';
import { OAuthError } from '../model/oauth-error.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import { parseForm } from './form.ts';

const formMediaType = 'application/x-www-form-urlencoded';
const charsetPattern = /;\s*charset\s*=\s*"?([^";\s]*)"?/i;
const visibleAscii = /^[\x20-\x7E]*$/;

/** RFC 6749 §2.3.1, RFC 7521 §4.2. */
export const credentialParameters = [
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
] as const;

export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

export interface ClientRequest {
  credentials: ClientCredentials;
  /** Each given once, none of them empty. */
  parameters: ReadonlyMap<string, string>;
}

/** What an endpoint reads from the form. */
export interface KnownParameters {
  /** Its own and `credentialParameters`; others are ignored. */
  names: readonly string[];
  /** Its own answer to a parameter that is repeated or not in visible ASCII; undefined: the usual one. */
  refuse?: (name: string, fault: 'repeated' | 'characters') => OAuthError | undefined;
}

/** The constant answer to whatever is wrong with the client or its secret. */
export function invalidClient(cause?: string): OAuthError {
  return new OAuthError('invalid_client', 'client authentication failed', {
    status: 401,
    cause: cause === undefined ? undefined : new Error(cause),
  });
}

export function invalidRequest(description: string, status?: number): OAuthError {
  return new OAuthError('invalid_request', description, status === undefined ? {} : { status });
}

/** Before the body has come. Throws an OAuthError. */
export function guardHead(req: IncomingMessage, issuer: string): void {
  refuseForeignOrigin(req, issuer);
  refuseQuery(req);
  refuseRepeatedAuthorization(req);
  refuseOtherMediaTypes(req);
}

/** Of a request whose head passed. Throws an OAuthError for everything that has no usable credentials. */
export function readClientRequest(
  req: IncomingMessage,
  body: string,
  known: KnownParameters,
): ClientRequest {
  const parameters = readParameters(body, known);
  return { credentials: readCredentials(req, parameters), parameters };
}

/** A browser page of another origin has no business here, and no CORS answer to expect. */
function refuseForeignOrigin(req: IncomingMessage, issuer: string): void {
  const { origin } = req.headers;
  if (origin !== undefined && origin !== issuer) {
    throw invalidRequest(
      'cross-origin requests are not served: send them from a server, not from a web page',
    );
  }
}

/** RFC 6749 §2.3.1: credentials MUST NOT be included in the request URI. */
function refuseQuery(req: IncomingMessage): void {
  if (req.url?.includes('?'))
    throw invalidRequest('parameters belong into the body, not into the URL');
}

function refuseRepeatedAuthorization({ rawHeaders }: IncomingMessage): void {
  let fields = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') fields += 1;
  }
  if (fields > 1) throw invalidRequest('send one Authorization header');
}

function refuseOtherMediaTypes(req: IncomingMessage): void {
  if (req.headers['content-encoding'] !== undefined) {
    throw invalidRequest('compressed bodies are not read: send it as it is');
  }
  const contentType = req.headers['content-type'];
  if (contentType === formMediaType) return;
  if (mediaType(req) !== formMediaType) throw invalidRequest(`the body must be ${formMediaType}`);
  const charset = charsetPattern.exec(contentType ?? '')?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8')
    throw invalidRequest('the charset must be UTF-8');
}

function readParameters(body: string, known: KnownParameters): ReadonlyMap<string, string> {
  const { values, repeated, malformed, hasTooManyFields } = parseForm(body);
  if (hasTooManyFields) throw invalidRequest('there are too many parameters');
  if (malformed?.name === 'client_id' || malformed?.name === 'client_secret')
    throw invalidClient('malformed encoding');
  if (malformed) throw invalidRequest('a parameter is not percent-encoded UTF-8');
  for (const name of known.names) {
    const value = values.get(name);
    if (value === undefined) continue;
    if (repeated?.has(name)) {
      throw known.refuse?.(name, 'repeated') ?? invalidRequest(`${name} must not be repeated`);
    }
    if (!visibleAscii.test(value)) throw invalidCharacters(name, known);
  }
  return values;
}

function invalidCharacters(name: string, known: KnownParameters): OAuthError {
  if (name === 'client_id' || name === 'client_secret')
    return invalidClient('characters outside VSCHAR');
  return known.refuse?.(name, 'characters') ?? invalidRequest(`${name} must be visible ASCII`);
}

function readCredentials(
  req: IncomingMessage,
  parameters: ReadonlyMap<string, string>,
): ClientCredentials {
  const { authorization } = req.headers;
  const bodyClientId = parameters.get('client_id');
  const bodySecret = parameters.get('client_secret');
  const mechanisms =
    Number(authorization !== undefined) +
    Number(bodySecret !== undefined) +
    Number(parameters.has('client_assertion'));
  if (mechanisms > 1) throw invalidRequest('authenticate the client in one way only');
  if (authorization === undefined) return checkCredentials(bodyClientId, bodySecret);
  const basic = parseBasicCredentials(authorization);
  if (basic === undefined) throw invalidClient('unusable Authorization header');
  if (bodyClientId !== undefined && bodyClientId !== basic.clientId) {
    throw invalidRequest('client_id differs from the one in the Authorization header');
  }
  return checkCredentials(basic.clientId, basic.clientSecret);
}

function checkCredentials(
  clientId: string | undefined,
  clientSecret: string | undefined,
): ClientCredentials {
  if (clientId === undefined || clientSecret === undefined) throw invalidClient('no credentials');
  if (!isPossibleClientId(clientId)) throw invalidClient('impossible client_id');
  return { clientId, clientSecret };
}
