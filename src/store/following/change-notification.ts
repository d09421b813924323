/**
 * What a commit tells the instances that listen (NOTIFY): which change it was, and what to forget. It only
 * saves them the question: each reads the same again with its next poll.
 */
import { z } from 'zod';
import type { StatementValues } from '../query/statement-values.ts';

export const changeChannel = 'latchkey_registry';

/** A notification holds 8,000 bytes; a record with its client_ids takes about 100. */
const affectedMax = 50;

/** One change, as far as it matters to what is remembered. */
export interface FeedEvent {
  /** Record ids to forget; null: everything. */
  affected: string[] | null;
  /** The client_ids of the clients among them, so that new ones become known. */
  clientIds: string[];
}

/** A change that can be applied by what is said of it here alone. */
export interface NotifiedChange {
  version: bigint;
  event: FeedEvent;
}

const payloadSchema = z.object({
  version: z.string().regex(/^\d+$/).transform(BigInt),
  event: z.object({ affected: z.array(z.string()), clientIds: z.array(z.string()) }).nullable(),
});

/** SQL, the text that those who listen read. `affected` null: there is more to it than records to forget. */
export function notificationPayload(
  version: bigint,
  affected: readonly string[] | null,
  values: StatementValues,
): string {
  const told = affected !== null && affected.length <= affectedMax ? affected : null;
  const ids = `${values.add(told)}::text[]`;
  return `json_build_object('version', ${values.add(version.toString())}::text, 'event',
    CASE WHEN ${ids} IS NOT NULL THEN json_build_object('affected', ${ids}, 'clientIds',
      ARRAY(SELECT client_id FROM client_identifiers WHERE client_record_id = ANY (${ids})))
    END)::text`;
}

/** undefined: it says no more than that there is something to read. */
export function readNotification(payload: string | undefined): NotifiedChange | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload ?? '');
  } catch {
    // Another version of ours, or somebody else.
    return undefined;
  }
  const { data } = payloadSchema.safeParse(value);
  return data?.event ? { version: data.version, event: data.event } : undefined;
}
