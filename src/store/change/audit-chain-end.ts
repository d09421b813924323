/** Where the chain of audit events ends: what the next one is written behind. */
import type { EventLink } from '../../model/audit-event-body.ts';
import type { Database } from '../database/database.ts';

/** As the counter row has it. */
export interface ChainEnd {
  /** The key that signs; null: nothing is signed yet. */
  kid: string | null;
  /** What the next event names as its predecessor. */
  link: string | null;
}

export interface WholeChainEnd extends ChainEnd {
  version: bigint;
  /** The last event there is: more than the version says would be one that nobody has written. */
  last: bigint | null;
  /** The end of the chain of the organization that was asked for; null: it has not begun. */
  organization: EventLink | null;
  now: Date;
}

interface EndRow extends ChainEnd {
  version: string;
  last: string | null;
  now: Date;
  organizationSequence: string | null;
  organizationLink: string | null;
}

/** All of it at one moment. */
export async function readChainEnd(
  pool: Database['pool'],
  organizationId: string | null,
): Promise<WholeChainEnd> {
  const { rows } = await pool.query<EndRow>(
    `SELECT version::text, audit_kid AS kid, audit_link AS link, clock_timestamp() AS now,
            (SELECT max(sequence)::text FROM audit_events) AS last,
            organization_end.sequence::text AS "organizationSequence",
            organization_end.link AS "organizationLink"
       FROM registry_state
       LEFT JOIN organization_audit_ends organization_end ON organization_id = $1`,
    [organizationId],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('registry_state has lost its row');
  const { organizationSequence: sequence, organizationLink: link } = row;
  return {
    kid: row.kid,
    link: row.link,
    version: BigInt(row.version),
    last: row.last === null ? null : BigInt(row.last),
    organization: sequence === null || link === null ? null : { sequence: BigInt(sequence), link },
    now: row.now,
  };
}
