/** How many access tokens were issued, to whom and for what: what is stored, and what this instance counted since. */
import { emptyPage, type Page, type PageRequest } from '../model/page.ts';
import { sightOf, type Principal, type Sight } from '../model/principal.ts';
import { invalidAt } from '../model/registry-error.ts';
import type { TokenClient } from '../model/token-client.ts';
import type { TokenUsage, UsageDimension } from '../model/usage.ts';
import type { Store } from '../store/store.ts';
import type { UseFlush } from './use-flush.ts';

/** Days that are shown when nobody says which. */
const daysDefault = 30;
const dayMillis = 86_400_000;

export interface UsageQuestion {
  organization?: string | undefined;
  location?: string | undefined;
  /** Record id, or any client_id it ever had. */
  client?: string | undefined;
  /** Record id or identifier. */
  api?: string | undefined;
  scope?: string | undefined;
  /** Days such as `2026-11-23`, in UTC and both included. */
  from?: string | undefined;
  to?: string | undefined;
  groupBy: readonly UsageDimension[];
}

export class UsageReport {
  readonly #store: Store;
  readonly #flush: Pick<UseFlush, 'flushClients'>;

  constructor(dependencies: { store: Store; flush: Pick<UseFlush, 'flushClients'> }) {
    this.#store = dependencies.store;
    this.#flush = dependencies.flush;
  }

  async list(
    principal: Principal,
    question: UsageQuestion,
    page: PageRequest,
  ): Promise<Page<TokenUsage>> {
    const { client, api, scope, groupBy } = question;
    const sight = sightOf(principal, question);
    if (sight === undefined) return emptyPage;
    const { now } = await this.#store.readState();
    const to = question.to ?? formatDay(now.getTime());
    const from = question.from ?? formatDay(Date.parse(to) - (daysDefault - 1) * dayMillis);
    if (from > to) throw invalidAt('from', 'from must be a day before to, or the same');
    // The pages after the first are of what the first has seen.
    if (page.cursor === null) {
      await this.#flush.flushClients((counted) => isAskedFor(counted, sight, client));
    }
    return this.#store.read(({ tokenUsage }) =>
      tokenUsage.list({ sight, from, to, client, api, scope, groupBy }, page),
    );
  }
}

/** Whether what this instance has counted of a client belongs to an answer. */
export function isAskedFor(
  { id, clientId, organizationId, locationId }: TokenClient,
  seen: Sight,
  client: string | undefined,
): boolean {
  if (seen.organizationId !== null && organizationId !== seen.organizationId) return false;
  if (seen.locationId !== null && locationId !== seen.locationId) return false;
  return client === undefined || client === id || client === clientId;
}

function formatDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
