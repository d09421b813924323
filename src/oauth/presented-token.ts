/** What introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1) are asked about: one token, by a client. */
import type { AuthenticatedClient, ClientAuthentication } from './client-authentication.ts';
import { credentialParameters, invalidRequest, readClientRequest } from './client-request.ts';
import type { ReceivedRequest } from './oauth-endpoint.ts';

/** Not `token_type_hint`: there is one type of token, whatever it says. */
const knownParameters = { names: [...credentialParameters, 'token'] };

export interface PresentedToken {
  caller: AuthenticatedClient;
  /** Whatever was sent: nothing of it has been looked at. */
  token: string;
}

/** Who asks is known before the token is looked at. Throws an OAuthError, or StoreUnavailable. */
export async function readPresentedToken(
  { req, body, exchange }: ReceivedRequest,
  authentication: ClientAuthentication,
): Promise<PresentedToken> {
  const { credentials, parameters } = readClientRequest(req, body, knownParameters);
  exchange.presentedClientId = credentials.clientId;
  const caller = await authentication.authenticate(credentials, exchange);
  exchange.clientId = caller.client.clientId;
  const token = parameters.get('token');
  if (token === undefined) throw invalidRequest('token is missing: send the access token itself');
  return { caller, token };
}
