/**
 * Verifies an export without any server. What the file says of its own keys is not yet a reason to believe
 * them: that is the name of a key, or a checkpoint, which was held elsewhere.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { parseExportSeal } from '../model/audit-statement.ts';
import { AuditFault } from './audit-fault.ts';
import { AuditKeyChain } from './audit-key-chain.ts';
import {
  exportLinesOf,
  parseExportLine,
  scopeOfFilter,
  type ExportEnd,
  type ExportHeader,
} from './audit-export-lines.ts';
import { verifyAnchor } from './audit-anchor.ts';
import { verifyCheckpoints } from './audit-checkpoint.ts';
import { verifyCompact } from './audit-signature.ts';
import { AuditVerifier, chainStart } from './audit-verifier.ts';

export interface FileVerification {
  /** Looked at, and found to be good. */
  events: number;
  first: bigint | null;
  last: bigint | null;
  /** The first event that must be signed. */
  signedFrom: bigint | null;
  removed: { through: bigint; count: number } | null;
  /** What was asked for when it was made; null: every event, so that what is missing shows. */
  filter: Record<string, string> | null;
  /** Had one been missing among all of them, or among those of the one organization, it had shown. */
  isComplete: boolean;
  kids: readonly string[];
  /** The one the file ends with, to be kept. */
  checkpoint: string | null;
  fault: AuditFault | undefined;
}

export interface FileVerificationOptions {
  /** Compact JWS, held elsewhere. */
  checkpoints: readonly string[];
  /** `kid` of an audit key that is known from elsewhere. */
  kid?: string | undefined;
  onProgress?: (events: number) => void;
}

const eventsBetweenProgress = 1_000;

/** `file` is its bytes, in pieces of any size. */
export async function verifyExport(
  file: AsyncIterable<Uint8Array>,
  options: FileVerificationOptions,
): Promise<FileVerification> {
  const found: FileVerification = {
    events: 0,
    first: null,
    last: null,
    signedFrom: null,
    removed: null,
    filter: null,
    isComplete: false,
    kids: [],
    checkpoint: null,
    fault: undefined,
  };
  try {
    await verifyInto(found, file, options);
  } catch (error) {
    if (!(error instanceof AuditFault)) throw error;
    found.fault = error;
  }
  return found;
}

async function verifyInto(
  found: FileVerification,
  file: AsyncIterable<Uint8Array>,
  options: FileVerificationOptions,
): Promise<void> {
  const digest = createHash('sha256');
  let opened: { header: ExportHeader; keys: AuditKeyChain; verifier: AuditVerifier } | undefined;
  let end: ExportEnd | undefined;
  let number = 0;
  for await (const bytes of exportLinesOf(file)) {
    number += 1;
    const line = parseExportLine(bytes);
    const isExpected = line && !end && (line.type === 'header') === (opened === undefined);
    if (!isExpected) {
      throw new AuditFault('malformed', null, `line ${number} is not what an export has there`);
    }
    if (line.type === 'header') opened = await openFile(found, line, options);
    if (line.type === 'end') end = line;
    if (line.type === 'event' && opened) {
      const { sequence } = await opened.verifier.verifyNext(line);
      digest.update(bytes).update('\n');
      found.events += 1;
      found.first ??= sequence;
      found.last = sequence;
      if (found.events % eventsBetweenProgress === 0) options.onProgress?.(found.events);
    }
  }
  if (opened === undefined || end === undefined) {
    throw new AuditFault(
      'truncated',
      found.last,
      'the file ends before its last line: it was cut, or the export broke off',
    );
  }
  await verifyEnd(found, end, { ...opened, digest: digest.digest('base64url') });
  opened.verifier.finish();
  found.isComplete = opened.verifier.isComplete;
  found.checkpoint = end.checkpoint;
}

async function openFile(
  found: FileVerification,
  header: ExportHeader,
  { checkpoints, kid }: FileVerificationOptions,
): Promise<{ header: ExportHeader; keys: AuditKeyChain; verifier: AuditVerifier }> {
  const keys = await AuditKeyChain.verify(header.keys);
  found.filter = header.filter;
  found.kids = keys.keys.map((key) => key.kid);
  found.signedFrom = keys.signedFrom;
  if (kid !== undefined && keys.find(kid) === undefined) {
    throw new AuditFault(
      'wrong_key',
      null,
      `the file was not signed by the audit key ${kid}, nor by one that it vouches for`,
    );
  }
  const anchor = header.anchor === null ? undefined : await verifyAnchor(header.anchor, keys);
  if (anchor) found.removed = { through: anchor.through, count: anchor.count };
  const start = anchor ? { sequence: anchor.through, link: anchor.link } : chainStart;
  const scope = scopeOfFilter(header.filter);
  const witnessed = await verifyCheckpoints(checkpoints, keys);
  return {
    header,
    keys,
    verifier: new AuditVerifier({ keys, start, scope, checkpoints: witnessed }),
  };
}

async function verifyEnd(
  found: FileVerification,
  end: ExportEnd,
  {
    header,
    keys,
    verifier,
    digest,
  }: { header: ExportHeader; keys: AuditKeyChain; verifier: AuditVerifier; digest: string },
): Promise<void> {
  const { last } = keys;
  const payload = last && (await verifyCompact(end.seal, last, 'latchkey-audit-export'));
  const seal = payload === undefined ? undefined : parseExportSeal(payload);
  if (
    seal?.events !== found.events ||
    seal.digest !== digest ||
    seal.at.toISOString() !== header.exported_at ||
    !isDeepStrictEqual(seal.filter, header.filter)
  ) {
    throw new AuditFault(
      'truncated',
      found.last,
      'the file is not what was exported: its seal is of another',
    );
  }
  const [checkpoint] = await verifyCheckpoints([end.checkpoint], keys);
  const { organizationEnd, position } = verifier;
  const { sequence } = position;
  const mustEnd = header.filter === null ? position : organizationEnd;
  const isOfSame = checkpoint?.organization === header.filter?.['organization'];
  const isAtEnd =
    checkpoint?.sequence === mustEnd?.sequence && checkpoint?.link === mustEnd?.link && isOfSame;
  if (mustEnd && !isAtEnd) {
    throw new AuditFault(
      'truncated',
      sequence,
      `the file ends with event ${sequence}, but its checkpoint has seen event ${checkpoint?.sequence}`,
    );
  }
}
