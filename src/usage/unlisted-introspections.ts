/** Clients that asked about access tokens of APIs that do not list them, counted by day until they are flushed. */
import type { NoticeDraft } from '../model/notice.ts';
import type { TokenClient } from '../model/token-client.ts';
import { copyText } from './client-tally.ts';

const pairsMax = 1_000;
const daySeconds = 86_400;

export interface UnlistedIntrospection {
  clientRecordId: string;
  clientId: string;
  organizationId: string;
  locationId: string | null;
  apiIdentifier: string;
  /** Days since the epoch. */
  day: number;
  count: number;
  /** Seconds since the epoch. */
  firstAt: number;
  lastAt: number;
}

export class UnlistedIntrospections {
  /** By the client's record id. */
  #byClient = new Map<string, UnlistedIntrospection[]>();
  #size = 0;

  note(client: TokenClient, apiIdentifier: string, nowSeconds: number): void {
    const day = Math.floor(nowSeconds / daySeconds);
    const ofClient = this.#byClient.get(client.id);
    const known = ofClient?.find(
      (asked) => asked.apiIdentifier === apiIdentifier && asked.day === day,
    );
    if (known) {
      known.count += 1;
      known.lastAt = Math.max(known.lastAt, nowSeconds);
      return;
    }
    if (this.#size >= pairsMax) return;
    this.#size += 1;
    const asked: UnlistedIntrospection = {
      clientRecordId: client.id,
      clientId: client.clientId,
      organizationId: client.organizationId,
      locationId: client.locationId,
      apiIdentifier: copyText(apiIdentifier),
      day,
      count: 1,
      firstAt: nowSeconds,
      lastAt: nowSeconds,
    };
    if (ofClient === undefined) this.#byClient.set(client.id, [asked]);
    else ofClient.push(asked);
  }

  /** Removes and returns them all. */
  take(): UnlistedIntrospection[] {
    const taken = [...this.#byClient.values()].flat();
    this.#byClient = new Map();
    this.#size = 0;
    return taken;
  }
}

/** Told to the API's organization, or, of an API of the whole instance, to the client's own and its location. */
export function toNotice(
  asked: UnlistedIntrospection,
  api: { id: string; identifier: string; organizationId: string | null },
): NoticeDraft {
  return {
    organizationId: api.organizationId ?? asked.organizationId,
    // An API is its whole organization's.
    locationId: api.organizationId === null ? asked.locationId : null,
    kind: 'introspection_not_listed',
    occasion: `${asked.clientRecordId} ${api.id} ${asked.day}`,
    parameters: {
      client: asked.clientRecordId,
      client_id: asked.clientId,
      api: api.id,
      api_identifier: api.identifier,
      needs_operator: api.organizationId !== asked.organizationId,
    },
    count: asked.count,
    firstOccurredAt: new Date(asked.firstAt * 1000),
    lastOccurredAt: new Date(asked.lastAt * 1000),
  };
}
