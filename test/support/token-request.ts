/** A token request that is right (RFC 6749 §4.4.2), for connections that the test itself keeps. */
import type { HttpRequest } from './http-connections.ts';
import type { Credential } from './server-process.ts';

export const tokenPath = '/oauth2/token';
export const formType = 'application/x-www-form-urlencoded';

export function formatBasic({ clientId, clientSecret }: Credential): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
}

/** By Basic, unless the credential is to be in the body. */
export function tokenRequest(
  credential: Credential,
  options: {
    inBody?: boolean;
    parameters?: Record<string, string>;
    headers?: Record<string, string>;
  } = {},
): HttpRequest & { body: string } {
  const { inBody = false, parameters = {}, headers = {} } = options;
  const { clientId, clientSecret } = credential;
  return {
    path: tokenPath,
    method: 'POST',
    headers: {
      'content-type': formType,
      ...(inBody ? {} : { authorization: formatBasic(credential) }),
      ...headers,
    },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      ...(inBody ? { client_id: clientId, client_secret: clientSecret } : {}),
      ...parameters,
    }).toString(),
  };
}
