/**
 * Exports of the audit log: one JSON object a line, with all that is needed to verify it without a server.
 * The public keys come first, a checkpoint and the seal of the file last.
 */
import { createHash } from 'node:crypto';
import { formatCheckpoint, formatExportSeal } from '../model/audit-statement.ts';
import type { Actor } from '../model/principal.ts';
import type { AuditEventFilter } from '../store/records/audit-event-store.ts';
import type { Store } from '../store/store.ts';
import type { AuditKeyRing } from './audit-key-ring.ts';
import { exportFormat, scopeOfFilter, type ExportLine } from './audit-export-lines.ts';

/** PGlite runs on our own event loop: short queries. */
const rowsPerPage = 200;

export interface ExportRequest {
  reader: Actor;
  filter: AuditEventFilter;
  /** The filter in the words of whoever asked; null: every event there is. */
  filterNamed: Record<string, string> | null;
}

export class AuditExport {
  readonly #store: Store;
  readonly #ring: AuditKeyRing;

  constructor(dependencies: { store: Store; ring: AuditKeyRing }) {
    this.#store = dependencies.store;
    this.#ring = dependencies.ring;
  }

  /** Pages as they are taken: however long the log, little of it is in memory. Throws StoreUnavailable. */
  async open({ reader, filter, filterNamed }: ExportRequest): Promise<AsyncGenerator<string>> {
    const scope = scopeOfFilter(filterNamed);
    const organizationId = scope.of === 'organization' ? scope.organizationId : null;
    const end = await this.#store.readChainEnd(organizationId);
    const { kid, link } = end;
    if (kid === null || link === null) throw new Error('the audit log has not begun');
    const [keys, anchor] = await this.#store.read(async ({ auditKeys }) => [
      await auditKeys.list(),
      await auditKeys.findAnchor(),
    ]);
    const checkpoint = await this.#ring.signNow(
      kid,
      'latchkey-audit-checkpoint',
      formatCheckpoint(
        organizationId !== null && end.organization
          ? { organization: organizationId, ...end.organization, at: end.now }
          : { sequence: end.version, link, at: end.now },
      ),
    );
    const header: ExportLine = {
      type: 'header',
      format: exportFormat,
      exported_at: end.now.toISOString(),
      filter: filterNamed,
      keys: keys.map(({ kid: name, statement, endorsement }) => ({
        kid: name,
        statement,
        endorsement,
      })),
      anchor: anchor ?? null,
    };
    const seal = (events: number, digest: string) =>
      this.#ring.signNow(
        kid,
        'latchkey-audit-export',
        formatExportSeal({ events, digest, filter: filterNamed, at: end.now }),
      );
    return this.#write({ reader, filter, through: end.version, header, checkpoint, anchor, seal });
  }

  async *#write(file: {
    reader: Actor;
    filter: AuditEventFilter;
    through: bigint;
    header: ExportLine;
    checkpoint: string;
    anchor: string | undefined;
    seal: (events: number, digest: string) => Promise<string>;
  }): AsyncGenerator<string> {
    const { reader, filter, through } = file;
    yield formatLine(file.header);
    const digest = createHash('sha256');
    let events = 0;
    let after = -1n;
    for (;;) {
      // Whoever reads slowly reads for long, and may have been cut off since.
      await this.#store.requireStillEntitled(reader);
      const rows = await this.#store.read(({ auditEvents }) =>
        auditEvents.readChain(filter, { after, through }, rowsPerPage),
      );
      for (const { sequence, body, signature } of rows) {
        const line = formatLine({ type: 'event', body, signature });
        digest.update(line);
        events += 1;
        after = sequence;
        yield line;
      }
      if (rows.length < rowsPerPage) break;
    }
    if ((await this.#store.read(({ auditKeys }) => auditKeys.findAnchor())) !== file.anchor) {
      // Without its last line nobody takes the file for whole.
      throw new Error('events were removed because of their age while they were exported');
    }
    const seal = await file.seal(events, digest.digest('base64url'));
    yield formatLine({ type: 'end', checkpoint: file.checkpoint, seal });
  }
}

function formatLine(line: ExportLine): string {
  return `${JSON.stringify(line)}\n`;
}
