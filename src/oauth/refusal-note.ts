/** Notes why a known client was refused, which the answer may not say. */
import type { ClientUseObserver } from '../model/client-use.ts';
import type { OAuthErrorCode } from '../model/oauth-error.ts';
import type { RequestOrigin } from '../model/principal.ts';
import type { TokenClient } from '../model/token-client.ts';
import { digestClientSecret } from '../registry/credential.ts';

/** Nothing of the request is kept but the digest of the secret it presented, and copies. */
export function noteRefusal(
  use: ClientUseObserver,
  refusal: {
    client: TokenClient;
    reason: OAuthErrorCode;
    request: { clientSecret: string };
    origin: RequestOrigin;
    nowSeconds: number;
  },
): void {
  const { client, origin, nowSeconds } = refusal;
  const note = (reason: Parameters<ClientUseObserver['noteRefusal']>[0]['reason']) =>
    use.noteRefusal({
      client,
      reason,
      presentedDigest: digestClientSecret(refusal.request.clientSecret),
      address: origin.address ?? '',
      requestId: origin.requestId,
      nowSeconds,
    });
  if (refusal.reason === 'invalid_client')
    note(client.usable ? 'invalid_secret' : 'client_inactive');
  else if (refusal.reason === 'invalid_scope') note('invalid_scope');
  else if (refusal.reason === 'invalid_target') note('invalid_target');
}
