/** The audit log of an instance: what is asked of it, and what it does by itself. */
import { AuditCheckpoints } from '../audit/audit-checkpoints.ts';
import { AuditExport } from '../audit/audit-export.ts';
import type { AuditFault } from '../audit/audit-fault.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { AuditLogVerification } from '../audit/audit-log-verification.ts';
import { AuditRetention } from '../audit/audit-retention.ts';
import type { Log } from '../http/log.ts';
import { operatorAtTheMachine } from '../registry/bootstrap.ts';
import type { Registry } from './compose-registry.ts';

export interface ComposedAudit {
  auditLog: AuditLog;
  start(): void;
  /** Says where the log is, once more, and resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

export function composeAudit(
  { store, auditKeys: ring }: Registry,
  log: Log,
  options: { retentionDays: number; version: () => bigint; now: () => Date },
): ComposedAudit {
  const { version, now } = options;
  const onFault = ({ code, sequence, message }: AuditFault) =>
    log.error(
      { fault: code, event: sequence === null ? null : Number(sequence) },
      `the audit log is not what was written: ${message}. See "latchkey audit verify"`,
    );
  const onError = (error: unknown) =>
    log.warn({ err: error }, 'the audit log could not be looked after: trying again');
  const verification = new AuditLogVerification({ store, ring });
  const checkpoints = new AuditCheckpoints({
    store,
    ring,
    verification,
    version,
    now,
    // To be kept: "latchkey audit verify --checkpoint" reads it from the lines of the log.
    onCheckpoint: (checkpoint, sequence) =>
      log.info({ audit_checkpoint: checkpoint, event: Number(sequence) }, 'audit checkpoint'),
    onFault,
    onError,
  });
  const retention = new AuditRetention({
    store,
    verification,
    days: options.retentionDays,
    actor: operatorAtTheMachine,
    onFault,
    onError,
  });
  const exports = new AuditExport({ store, ring });
  return {
    auditLog: new AuditLog({ ring, verification, exports, checkpoints, now }),
    start() {
      checkpoints.start();
      retention.start();
    },
    async stop() {
      await Promise.all([checkpoints.stop(), retention.stop()]);
    },
  };
}
