/** The lines of an export file. */
import { z } from 'zod';

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

/** undefined for what is no line of an export. */
export function parseExportLine(text: string): ExportLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Whoever asks says which line it was.
    return undefined;
  }
}
