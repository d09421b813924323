/** What a notice says to people: what happened, and what to do about it. */
import type { Notice, NoticeParameters } from '../model/notice.ts';

/** In a text for people; the parameters have more. */
const clientsNamedMax = 5;

export function formatNotice(notice: Notice): string {
  switch (notice.kind) {
    case 'introspection_not_listed':
      return formatUnlistedIntrospection(notice.parameters, notice.count);
    case 'secret_still_used':
      return formatSecretStillUsed(notice.parameters);
    case 'secret_ending':
      return formatEndingSecret(notice.parameters);
    case 'webhook_failing':
      return formatFailingWebhook(notice.parameters, notice.count);
    case 'webhook_switched_off':
      return formatSwitchedOffWebhook(notice.parameters);
    case 'client_inactive':
      return formatInactiveClient(notice.parameters, notice.lastOccurredAt);
    case 'api_scopes_removed':
      return formatRemovedScopes(notice.parameters);
    case 'signing_key_published':
      return formatPublishedKey(notice.parameters);
    case 'signing_key_signing':
      return formatSigningKey(notice.parameters);
  }
}

function formatUnlistedIntrospection(
  facts: NoticeParameters['introspection_not_listed'],
  count: number,
): string {
  const times = count === 1 ? 'once' : `${count} times`;
  const whoLists = facts.needs_operator ? 'ask an operator to add it' : 'add it';
  return (
    `The client ${facts.client_id} asked ${times} about access tokens of ${facts.api_identifier}, ` +
    `and was told that they are not active, because the API does not list it. If it is one of the API's ` +
    `resource servers, ${whoLists} to the API's introspection_clients.`
  );
}

function formatSecretStillUsed(facts: NoticeParameters['secret_still_used']): string {
  const from = facts.last_used_address === null ? '' : ` from ${facts.last_used_address}`;
  const hours = Math.round(facts.quiet_for_seconds / 3600);
  return (
    `The secret ${facts.secret_hint} of the client "${facts.name}" (${facts.client_id}) should be out of use by ` +
    `now, but was last used at ${facts.last_used_at}${from}. It stays until nobody has used it for ` +
    `${hours === 1 ? 'an hour' : `${hours} hours`}: give the new secret to whoever uses it, or revoke it.`
  );
}

function formatEndingSecret(facts: NoticeParameters['secret_ending']): string {
  const from = facts.last_used_address === null ? '' : ` from ${facts.last_used_address}`;
  const used =
    facts.last_used_at === null
      ? 'has not been used so far'
      : `was last used at ${facts.last_used_at}${from}`;
  const ends = facts.ends_by === 'expiry' ? 'expires' : 'ends';
  const replace = facts.replaced
    ? 'Give the new secret to whoever still uses this one before then'
    : `Make another secret and give it to the integration before then: ` +
      `latchkey secrets create ${facts.client_id}`;
  // What another one replaces can be kept; an expiry stays as it was made.
  const keep =
    facts.ends_by === 'expiry'
      ? ''
      : `, or keep this one: latchkey secrets keep ${facts.client_id} ${facts.secret}`;
  return (
    `The secret ${facts.secret_hint} of the client "${facts.name}" (${facts.client_id}) ${ends} at ` +
    `${facts.ends_at}, and ${used}. ${replace}${keep}`
  );
}

function formatFailingWebhook(facts: NoticeParameters['webhook_failing'], count: number): string {
  const attempts = count === 1 ? 'one attempt' : `${count} attempts`;
  return (
    `Nothing has reached the webhook ${facts.webhook} at ${facts.origin} since ${facts.failing_since}; ` +
    `${attempts} failed since an hour after that. Look at its deliveries, and mend its receiver, or, where they ` +
    `are not_signed, give it another signing secret: what waits is sent then. After three days the webhook is switched off.`
  );
}

function formatSwitchedOffWebhook(facts: NoticeParameters['webhook_switched_off']): string {
  return (
    `The webhook ${facts.webhook} at ${facts.origin} was switched off, because nothing has reached it since ` +
    `${facts.failing_since}. Mend its receiver, then switch it on again with active: what waited is sent then, ` +
    `and deliveries that were given up can be replayed. What happens until then is not sent.`
  );
}

function formatRemovedScopes(facts: NoticeParameters['api_scopes_removed']): string {
  const { api_identifier: api, scopes, clients, clients_count: count } = facts;
  const named = clients
    .slice(0, clientsNamedMax)
    .map(({ name, client_id: clientId }) => `"${name}" (${clientId})`);
  const others = count - named.length;
  const all = others === 0 ? named.join(', ') : `${named.join(', ')} and ${others} more`;
  return (
    `The API ${api} has the ${scopes.length === 1 ? 'scope' : 'scopes'} ${scopes.join(', ')} no longer, and ` +
    `${count === 1 ? 'one client has' : `${count} clients have`} lost what was granted of it: ${all}. Asked for, ` +
    `it is refused with invalid_scope; access tokens issued before have it until they expire. If it is still ` +
    `needed, ask whoever looks after the API.`
  );
}

function formatPublishedKey(facts: NoticeParameters['signing_key_published']): string {
  return (
    `A new ${facts.alg} key, ${facts.kid}, stands in the JWKS and signs access tokens from ${facts.signs_at}. ` +
    `Resource servers that fetch the JWKS need nothing; where keys were copied by hand, add this one before then.`
  );
}

function formatSigningKey(facts: NoticeParameters['signing_key_signing']): string {
  const before =
    facts.predecessor === null
      ? ''
      : ` The one before it, ${facts.predecessor}, leaves the JWKS when the last token it signed has expired.`;
  return (
    `The ${facts.alg} key ${facts.kid} signs access tokens now. If resource servers refuse them, they have not ` +
    `fetched the JWKS since it was published.${before}`
  );
}

function formatInactiveClient(
  { name, client_id, last_used_at, deletes_at }: NoticeParameters['client_inactive'],
  toldAt: Date,
): string {
  const used =
    last_used_at === null ? 'has never been used' : `was last used on ${formatDay(last_used_at)}`;
  const days = Math.round((Date.parse(deletes_at) - toldAt.getTime()) / 86_400_000);
  const when = days === 1 ? 'in a day' : `in ${days} days`;
  return (
    `The client "${name}" (${client_id}) ${used} and will be deleted ${when}, on ${formatDay(deletes_at)}, ` +
    `if nobody uses it until then. To keep it, fetch an access token with it, or exempt it from inactivity. ` +
    `After its deletion it can be restored for 30 days.`
  );
}

/** In UTC. */
function formatDay(time: string): string {
  return time.slice(0, 10);
}
