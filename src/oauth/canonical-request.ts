/** The one form in which the engine is shown what the guard understood (ADR 3). */
import { IncomingMessage } from 'node:http';
import type { TokenRequest } from './token-request.ts';

/**
 * The engine reads a request of its own, made of what the guard understood and of nothing else: no header
 * of the stranger's, no Host, no repeated or unknown parameter. The body is a stream because the engine
 * warns on standard error when it finds one that was read already.
 */
export function presentCanonically(
  req: IncomingMessage,
  request: TokenRequest,
  { issuer, path }: { issuer: string; path: string },
): IncomingMessage {
  const { clientId, clientSecret, grantType, scope, resource } = request;
  const body = new URLSearchParams({
    ...(grantType === undefined ? {} : { grant_type: grantType }),
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource }),
    client_id: clientId,
    client_secret: clientSecret,
  }).toString();
  const presented = new IncomingMessage(req.socket);
  Object.assign(presented, { method: 'POST', url: path, httpVersion: req.httpVersion });
  presented.headers = {
    host: new URL(issuer).host,
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.length),
  };
  // Else its end would count as a broken connection, and close the stranger's.
  presented.complete = true;
  presented.push(body);
  presented.push(null);
  return presented;
}
