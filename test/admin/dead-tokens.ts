/** What must not open the admin API. */
import { requestToken, type AdminApi } from '../support/admin-api.ts';
import { permissions } from './admin-clients.ts';

/** Tokens that were good once, or somewhere else, or never. */
export async function collectDeadTokens(
  operator: AdminApi,
): Promise<[string, string | undefined][]> {
  const { server } = operator;
  const audience = { resource: `${server.issuer}/api` };
  const orders = await operator.createApi(['orders:read']);
  const grants = [
    { api: audience.resource, scopes: permissions },
    { api: orders.identifier, scopes: ['orders:read'] },
  ];
  const tokenOf = async (client: { clientId: string; clientSecret: string }, resource: string) =>
    String((await requestToken(server, client, { resource })).body['access_token']);

  const elsewhere = await operator.createClient(grants);
  const deactivated = await operator.createClient(grants);
  const deactivatedToken = await tokenOf(deactivated, audience.resource);
  const inactive = { method: 'PATCH', body: { active: false } };
  await operator.request(`/clients/${deactivated.id}`, inactive);
  const activated = await operator.createClient(grants);
  const activatedToken = await tokenOf(activated, audience.resource);
  await operator.request(`/clients/${activated.id}`, inactive);
  await operator.request(`/clients/${activated.id}`, { method: 'PATCH', body: { active: true } });
  const deleted = await operator.createClient(grants);
  const deletedToken = await tokenOf(deleted, audience.resource);
  await operator.request(`/clients/${deleted.id}`, { method: 'DELETE' });
  const revoked = await operator.createClient(grants);
  const revokedToken = await tokenOf(revoked, audience.resource);
  await fetch(`${server.issuer}/oauth2/revoke`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: revoked.clientId,
      client_secret: revoked.clientSecret,
      token: revokedToken,
    }),
  });
  const live = await tokenOf(elsewhere, audience.resource);
  const [, payload = ''] = live.split('.');
  const unsigned = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
  return [
    ['no token', undefined],
    ['garbage', 'garbage'],
    //
    ['a token of another audience', await tokenOf(elsewhere, orders.identifier)],
    //
    ['a client secret', elsewhere.clientSecret],
    ['a token of a client that was deactivated', deactivatedToken],
    ['an old token of a client that was activated again', activatedToken],
    //
    ['a token of a client that was deleted', deletedToken],
    // P-264
    ['a token that was revoked', revokedToken],
    ['an unsigned token', `${unsigned}.${payload}.`],
    ['a token with a foreign signature', `${live.slice(0, -86)}${'A'.repeat(86)}`],
  ];
}
