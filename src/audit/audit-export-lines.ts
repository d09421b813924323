/** The lines of an export file. */
import { z } from 'zod';
import type { AuditScope } from './organization-chains.ts';

export const exportFormat = 'latchkey-audit-export/1';

const headerSchema = z.strictObject({
  type: z.literal('header'),
  format: z.literal(exportFormat),
  exported_at: z.iso.datetime(),
  filter: z.record(z.string(), z.string()).nullable(),
  keys: z.array(
    z.strictObject({ kid: z.string(), statement: z.string(), endorsement: z.string().nullable() }),
  ),
  anchor: z.string().nullable(),
});

const eventSchema = z.strictObject({
  type: z.literal('event'),
  body: z.string(),
  signature: z.string().nullable(),
});

const endSchema = z.strictObject({
  type: z.literal('end'),
  checkpoint: z.string(),
  seal: z.string(),
});

const lineSchema = z.discriminatedUnion('type', [headerSchema, eventSchema, endSchema]);

export type ExportLine = z.infer<typeof lineSchema>;
export type ExportHeader = z.infer<typeof headerSchema>;
export type ExportEnd = z.infer<typeof endSchema>;

/** What an export with this filter must have: all events, all of an organization, or whatever the filter let through. */
export function scopeOfFilter(filter: Record<string, string> | null): AuditScope {
  if (filter === null) return { of: 'everything' };
  const { organization, ...others } = filter;
  return organization === undefined || Object.keys(others).length > 0
    ? { of: 'part' }
    : { of: 'organization', organizationId: organization };
}

const lineEnd = 0x0a;

/**
 * The lines of a file that comes in pieces of any size, without their ends, as they are. Only a line feed ends
 * one: text may hold the other characters that end lines elsewhere.
 */
export async function* exportLinesOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = [];
  for await (const piece of file) {
    let rest = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    for (let end = rest.indexOf(lineEnd); end !== -1; end = rest.indexOf(lineEnd)) {
      yield Buffer.concat([...begun, rest.subarray(0, end)]);
      begun = [];
      rest = rest.subarray(end + 1);
    }
    if (rest.length > 0) begun.push(rest);
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}

/** Fatal: bytes that are no UTF-8 would be read as a character, which others stand for as well. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** undefined for what is no line of an export, and for any other way of writing one. */
export function parseExportLine(line: Uint8Array): ExportLine | undefined {
  try {
    const text = utf8.decode(line);
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? lineSchema.safeParse(value).data : undefined;
  } catch {
    // Whoever asks says which line it was.
    return undefined;
  }
}
