/**
 * How every change ends. All others wait from the moment it has its version until its commit, so that is few
 * statements: the version, what hangs on it, and the record of the change.
 */
import type { EntityManager } from 'typeorm';
import type { AuditEvent } from '../../model/audit-event.ts';
import type { EventLink } from '../../model/audit-event-body.ts';
import type { Entitlement } from '../../model/principal.ts';
import { toWebhookEvent } from '../../model/webhook-event.ts';
import { EntitlementOvertaken, overtakenCondition } from './actor-entitlement.ts';
import type { ChainLink } from './audit-chain.ts';
import type { ChainEnd } from './audit-chain-end.ts';
import { auditEventInsertions } from './audit-event-insertions.ts';
import {
  changeChannel,
  notificationPayload,
  readNotification,
  type NotifiedChange,
} from '../following/change-notification.ts';
import { StatementValues } from '../query/statement-values.ts';
import type { VersionStamps } from './version-stamps.ts';
import { deliveriesInsertion, mayBeHeardCondition } from '../records/webhook-enqueueing.ts';

/** From here to the commit no other change can pass: versions become visible in their order. */
export async function raiseVersion(
  manager: EntityManager,
  also: { signingKeysTouched: boolean; everythingCutOff: boolean },
): Promise<{ version: bigint; end: ChainEnd }> {
  const [rows] = await manager.query<[(ChainEnd & { version: string })[], number]>(
    `UPDATE registry_state SET version = version + 1,
       signing_keys_version = CASE WHEN $1 THEN version + 1 ELSE signing_keys_version END,
       cutoff_version = CASE WHEN $2 THEN version + 1 ELSE cutoff_version END
     RETURNING version, audit_kid AS kid, audit_link AS link`,
    [also.signingKeysTouched, also.everythingCutOff],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('registry_state has lost its row');
  return { version: BigInt(row.version), end: { kid: row.kid, link: row.link } };
}

/** What could be known only after the change had its version. */
interface Settled {
  /** The last event of the organization that names one before it; undefined: there is none. */
  organizationEnd: EventLink | undefined;
  /** False: no webhook is to be told. */
  mayBeHeard: boolean;
}

interface SettledRow {
  overtaken: boolean;
  heard: boolean;
  sequence: string | null;
  link: string | null;
}

/**
 * Stamps the records that get the event's version. `entitlement` is what the actor was let in by; undefined: no change
 * can take it away. Throws EntitlementOvertaken when an earlier change was about the actor.
 *
 * Not one statement with the version: what it reads besides would be as it was before it waited.
 */
export async function settleVersion(
  manager: EntityManager,
  event: AuditEvent,
  stamps: VersionStamps,
  entitlement: Entitlement | undefined,
): Promise<Settled> {
  const values = new StatementValues();
  const updates = stamps
    .toUpdates({ version: event.sequence, now: event.occurredAt }, values)
    .map((update, index) => `stamped_${index} AS (${update})`);
  const [row] = await manager.query<SettledRow[]>(
    `${updates.length > 0 ? `WITH ${updates.join(', ')}` : ''}
     SELECT ${entitlement ? overtakenCondition(entitlement, values) : 'FALSE'} AS overtaken,
            ${mayBeHeardCondition(toWebhookEvent(event), values)} AS heard,
            last.sequence::text, last.link
       FROM (VALUES (1)) AS once
       LEFT JOIN organization_audit_ends last ON last.organization_id = ${values.add(event.organizationId)}`,
    values.all,
  );
  if (row?.overtaken !== false) throw new EntitlementOvertaken();
  const { sequence, link, heard } = row;
  const organizationEnd =
    sequence === null || link === null ? undefined : { sequence: BigInt(sequence), link };
  return { organizationEnd, mayBeHeard: heard };
}

interface ChangeRecord {
  event: AuditEvent;
  chained: ChainLink;
  mayBeHeard: boolean;
  /** What instances forget that read of the change; null: everything. */
  forgotten: readonly string[] | null;
  /** What they forget that are told of it; null: they must read. */
  told: readonly string[] | null;
}

/** Writes the audit event, puts it into the queues of webhooks, and tells of it with the commit. */
export async function recordChange(
  manager: EntityManager,
  { event, chained, mayBeHeard, forgotten, told }: ChangeRecord,
): Promise<{ deliveries: number; notified: NotifiedChange | undefined }> {
  const values = new StatementValues();
  const parts = [
    ...auditEventInsertions(event, forgotten, chained, values),
    `queued AS (${mayBeHeard ? deliveriesInsertion(toWebhookEvent(event), values) : 'SELECT WHERE FALSE'})`,
    `told AS (SELECT ${notificationPayload(event.sequence, told, values)} AS payload)`,
  ];
  const [row] = await manager.query<{ payload: string; deliveries: number }[]>(
    `WITH ${parts.join(', ')}
     SELECT payload, pg_notify('${changeChannel}', payload), (SELECT count(*)::integer FROM queued) AS deliveries
       FROM told`,
    values.all,
  );
  if (row === undefined) throw new Error('what was written said nothing');
  return { deliveries: row.deliveries, notified: readNotification(row.payload) };
}
