/**
 * Who is told when an API loses a scope that clients hold. Its one audit event is its owner's; whoever else has such
 * clients is told by a notice in the same transaction (ADR 21).
 */
import type { NoticeDraft } from '../model/notice.ts';
import type { Api } from '../model/records.ts';
import type { ScopeHolder } from '../store/records/grant-store.ts';

/** In an audit event, which is kept for ever, and in a notice. */
const losersShownMax = 50;

/** For the audit event of the API. */
export function describeLosers(losers: readonly ScopeHolder[]): Record<string, unknown> {
  if (losers.length === 0) return {};
  const shown = losers.slice(0, losersShownMax);
  return {
    clients_that_lost_scopes: {
      count: losers.length,
      clients: shown.map(({ id, name, scopes }) => ({ id, name, scopes })),
    },
  };
}

/** One for each organization or location whose clients they are, but for the one that the audit event tells. */
export function toLossNotices(api: Api, losers: readonly ScopeHolder[], now: Date): NoticeDraft[] {
  const places = Map.groupBy(losers, ({ organizationId, locationId }) =>
    [organizationId, locationId].join(' '),
  );
  return [...places.values()].flatMap((ofPlace): NoticeDraft[] => {
    const [first] = ofPlace;
    if (first === undefined) return [];
    const { organizationId, locationId } = first;
    if (organizationId === api.organizationId && locationId === null) return [];
    return [
      {
        organizationId,
        locationId,
        kind: 'api_scopes_removed',
        // The version before this change: no other change of the API has the same.
        occasion: `${api.id} ${api.version} ${locationId ?? ''}`,
        parameters: {
          api: api.id,
          api_identifier: api.identifier,
          scopes: [...new Set(ofPlace.flatMap(({ scopes }) => scopes))].toSorted(),
          clients_count: ofPlace.length,
          clients: ofPlace
            .slice(0, losersShownMax)
            .map(({ id, clientId, name, scopes }) => ({ id, client_id: clientId, name, scopes })),
        },
        count: 1,
        firstOccurredAt: now,
        lastOccurredAt: now,
      },
    ];
  });
}
