/** What audit keys sign beside events: of themselves, of the end of the chain, and of what was removed. */
import { z } from 'zod';
import type { AuditPublicJwk } from './audit-key.ts';

const sequenceSchema = z.int().nonnegative().transform(BigInt);
const momentSchema = z.iso.datetime().transform((text) => new Date(text));

const keyStatementSchema = z.strictObject({
  key: z.strictObject({
    kty: z.literal('OKP'),
    crv: z.literal('Ed25519'),
    x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  }),
  first_sequence: sequenceSchema,
  /** Thumbprint of the key before; null: this is the first. */
  predecessor: z.string().nullable(),
  created_at: momentSchema,
});

export interface KeyStatement {
  publicJwk: AuditPublicJwk;
  firstSequence: bigint;
  predecessorKid: string | null;
  createdAt: Date;
}

export function formatKeyStatement(statement: KeyStatement): string {
  return JSON.stringify({
    key: statement.publicJwk,
    first_sequence: Number(statement.firstSequence),
    predecessor: statement.predecessorKid,
    created_at: statement.createdAt.toISOString(),
  } satisfies z.input<typeof keyStatementSchema>);
}

export function parseKeyStatement(payload: string): KeyStatement | undefined {
  const data = parse(keyStatementSchema, payload);
  return (
    data && {
      publicJwk: data.key,
      firstSequence: data.first_sequence,
      predecessorKid: data.predecessor,
      createdAt: data.created_at,
    }
  );
}

const checkpointSchema = z.strictObject({
  organization: z.string().optional(),
  sequence: sequenceSchema,
  link: z.string(),
  at: momentSchema,
});

/** Where a chain was at a moment: whoever keeps it elsewhere sees whether it was cut or made anew. */
export interface Checkpoint {
  /** Whose chain; undefined: that of all events. */
  organization?: string | undefined;
  sequence: bigint;
  link: string;
  at: Date;
}

export function formatCheckpoint({ organization, sequence, link, at }: Checkpoint): string {
  return JSON.stringify({
    ...(organization === undefined ? {} : { organization }),
    sequence: Number(sequence),
    link,
    at: at.toISOString(),
  } satisfies z.input<typeof checkpointSchema>);
}

export function parseCheckpoint(payload: string): Checkpoint | undefined {
  return parse(checkpointSchema, payload);
}

const anchorSchema = z.strictObject({
  through: sequenceSchema,
  link: z.string(),
  count: z.int().positive(),
  at: momentSchema,
  by: sequenceSchema,
});

/** What was removed because of its age; the chain begins behind it. */
export interface Anchor {
  /** The last event that was removed, and its link. */
  through: bigint;
  link: string;
  /** Events removed until now, in all. */
  count: number;
  at: Date;
  /** The event that says so. */
  by: bigint;
}

export function formatAnchor({ through, link, count, at, by }: Anchor): string {
  return JSON.stringify({
    through: Number(through),
    link,
    count,
    at: at.toISOString(),
    by: Number(by),
  } satisfies z.input<typeof anchorSchema>);
}

export function parseAnchor(payload: string): Anchor | undefined {
  return parse(anchorSchema, payload);
}

const exportSealSchema = z.strictObject({
  events: z.int().nonnegative(),
  digest: z.string(),
  filter: z.record(z.string(), z.string()).nullable(),
  at: momentSchema,
});

/** What an export file held when it was written: the digest is that of its event lines. */
export interface ExportSeal {
  events: number;
  digest: string;
  /** null: it has every event there was. */
  filter: Record<string, string> | null;
  at: Date;
}

export function formatExportSeal({ events, digest, filter, at }: ExportSeal): string {
  return JSON.stringify({
    events,
    digest,
    filter,
    at: at.toISOString(),
  } satisfies z.input<typeof exportSealSchema>);
}

export function parseExportSeal(payload: string): ExportSeal | undefined {
  return parse(exportSealSchema, payload);
}

function parse<Schema extends z.ZodType>(
  schema: Schema,
  payload: string,
): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(payload)).data;
  } catch {
    // Whoever asks says what is wrong with something that is not JSON.
    return undefined;
  }
}
