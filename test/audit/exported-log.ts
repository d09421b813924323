/** Exports made in memory, of events that nobody has to store. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { exportFormat } from '../../src/audit/audit-export-lines.ts';
import { verifyExport, type FileVerification } from '../../src/audit/audit-file-verification.ts';
import { signCompact, thumbprintOf } from '../../src/audit/audit-signature.ts';
import { formatAuditEventBody, linkOf } from '../../src/model/audit-event-body.ts';
import type { AuditEvent } from '../../src/model/audit-event.ts';
import type { AuditPublicJwk, AuditSignatureType } from '../../src/model/audit-key.ts';
import {
  formatCheckpoint,
  formatExportSeal,
  formatKeyStatement,
} from '../../src/model/audit-statement.ts';

const at = new Date('2026-11-25T09:00:00.000Z');

export function newAuditKey() {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicJwk: AuditPublicJwk = {
    kty: 'OKP',
    crv: 'Ed25519',
    x: String(privateKey.export({ format: 'jwk' }).x),
  };
  const kid = thumbprintOf(publicJwk);
  const sign = (type: AuditSignatureType, payload: string) =>
    signCompact(privateKey, kid, type, payload);
  return { kid, publicJwk, sign };
}

export type OwnAuditKey = ReturnType<typeof newAuditKey>;

/** The lines of an export with every event, in order; `key` signs all of them, and the filter that is named. */
export function exportOf(
  events: readonly AuditEvent[],
  key: OwnAuditKey,
  filter: Record<string, string> | null = null,
): string[] {
  let link: string | null = null;
  const lines = events.map((event, index) => {
    const body = formatAuditEventBody({
      ...event,
      sequence: BigInt(index + 1),
      previous: link,
      affected: null,
    });
    link = linkOf(body);
    const [header, , signature] = key.sign('latchkey-audit-event', body).split('.');
    return JSON.stringify({ type: 'event', body, signature: `${header}..${signature}` });
  });
  return seal(lines, key, filter, {
    sequence: BigInt(events.length),
    link: String(link),
  });
}

/** The lines with a header before them and an end behind them. */
function seal(
  lines: readonly string[],
  key: OwnAuditKey,
  filter: Record<string, string> | null,
  end: { sequence: bigint; link: string },
): string[] {
  const statement = key.sign(
    'latchkey-audit-key',
    formatKeyStatement({
      publicJwk: key.publicJwk,
      firstSequence: 1n,
      predecessorKid: null,
      createdAt: at,
    }),
  );
  const digest = createHash('sha256')
    .update(lines.map((line) => `${line}\n`).join(''))
    .digest('base64url');
  return [
    JSON.stringify({
      type: 'header',
      format: exportFormat,
      exported_at: at.toISOString(),
      filter,
      keys: [{ kid: key.kid, statement, endorsement: null }],
      anchor: null,
    }),
    ...lines,
    JSON.stringify({
      type: 'end',
      checkpoint: key.sign('latchkey-audit-checkpoint', formatCheckpoint({ ...end, at })),
      seal: key.sign(
        'latchkey-audit-export',
        formatExportSeal({ events: lines.length, digest, filter, at }),
      ),
    }),
  ];
}

interface VerifyOptions {
  checkpoints?: readonly string[];
  kid?: string;
}

export async function verifyLines(
  lines: readonly string[],
  options?: VerifyOptions,
): Promise<FileVerification> {
  return verifyBytes(toFile(lines), options);
}

/** The bytes of a file with these lines. */
export function toFile(lines: readonly string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\n`).join(''));
}

export async function verifyBytes(
  file: Uint8Array,
  options: VerifyOptions = {},
): Promise<FileVerification> {
  return verifyExport(Readable.from([file]), { checkpoints: [], ...options });
}
