/** `latchkey audit verify`: by the server, or, of an export, here and without any server. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { verifyExport } from '../../audit/audit-file-verification.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import { reasonOf } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface AuditVerifyOptions extends RemoteOptions {
  file?: string;
  checkpoint?: string;
  key?: string;
}

const verificationSchema = z.object({
  verified: z.boolean(),
  complete: z.boolean(),
  events: z.number(),
  last_event: z.number(),
  signed_from: z.number().nullable(),
  removed: z.object({ through: z.number(), events: z.number() }).nullable(),
  fault: z
    .object({ code: z.string(), event: z.number().nullable(), detail: z.string() })
    .nullable(),
  checkpoint: z.string().nullable(),
  next_cursor: z.string().nullable(),
});

type Verification = Omit<z.infer<typeof verificationSchema>, 'next_cursor'>;

/** The export may stand by itself, or after --file. */
export function withFile(
  file: string | undefined,
  options: AuditVerifyOptions,
): AuditVerifyOptions {
  if (file === undefined) return options;
  if (options.file === undefined) return { ...options, file };
  throw new CliError(exitCodes.usage, ['name one file: by itself, or with --file']);
}

export async function verifyAudit(terminal: Terminal, options: AuditVerifyOptions): Promise<void> {
  if (options.key !== undefined && options.file === undefined) {
    throw new CliError(exitCodes.usage, ['--key is for a file: the server knows its own keys']);
  }
  if (options.file === '-' && options.checkpoint === '-') {
    throw new CliError(exitCodes.usage, ['standard input is --file or --checkpoint, not both']);
  }
  const checkpoints =
    options.checkpoint === undefined ? [] : await readCheckpoints(terminal, options.checkpoint);
  const found =
    options.file === undefined
      ? await verifyOnline(terminal, options, checkpoints)
      : await verifyFile(terminal, options.file, options, checkpoints);
  if (options.json) terminal.printJson(found);
  else terminal.print(...describe(found, options));
  // The report has said everything; only the exit code is left.
  if (!found.verified) throw new CliError(exitCodes.refused, []);
}

async function verifyOnline(
  terminal: Terminal,
  options: AuditVerifyOptions,
  checkpoints: readonly string[],
): Promise<Verification> {
  const { admin } = await connectAdmin(options, terminal);
  let events = 0;
  let complete = true;
  let found: z.infer<typeof verificationSchema> | undefined;
  // The newest has seen what all the others have.
  const checkpoint = checkpoints
    .toSorted((one, other) => sequenceOf(one) - sequenceOf(other))
    .at(-1);
  do {
    const query = new URLSearchParams({
      ...(found?.next_cursor ? { cursor: found.next_cursor } : {}),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
    found = await admin.get(`/audit-events/verification?${query.toString()}`, verificationSchema);
    events += found.events;
    complete &&= found.complete;
    if (found.next_cursor !== null) noteProgress(terminal, events);
  } while (found.next_cursor !== null);
  const { next_cursor: _nextCursor, ...rest } = found;
  return { ...rest, events, complete };
}

async function verifyFile(
  terminal: Terminal,
  file: string,
  { key }: AuditVerifyOptions,
  checkpoints: readonly string[],
): Promise<Verification & { keys: readonly string[]; filter: Record<string, string> | null }> {
  const found = await readFile(file, terminal, (input) =>
    verifyExport(input, {
      checkpoints,
      kid: key,
      onProgress: (events) => {
        if (events % eventsBetweenNotes === 0) noteProgress(terminal, events);
      },
    }),
  );
  const { fault, removed } = found;
  const numberOf = (sequence: bigint | null) => (sequence === null ? null : Number(sequence));
  return {
    verified: fault === undefined,
    complete: found.isComplete,
    events: found.events,
    last_event: numberOf(found.last) ?? 0,
    signed_from: numberOf(found.signedFrom),
    removed: removed ? { through: Number(removed.through), events: removed.count } : null,
    fault: fault
      ? { code: fault.code, event: numberOf(fault.sequence), detail: fault.message }
      : null,
    checkpoint: found.checkpoint,
    keys: found.kids,
    filter: found.filter,
  };
}

const eventsBetweenNotes = 10_000;

function noteProgress(terminal: Terminal, events: number): void {
  terminal.note(`${events} events verified so far.`);
}

async function readFile<Result>(
  file: string,
  terminal: Terminal,
  read: (input: Readable) => Promise<Result>,
): Promise<Result> {
  const input = file === '-' ? terminal.input : createReadStream(file);
  const failed = new Promise<never>((_resolve, reject) => {
    input.once('error', (cause: unknown) => {
      const lines = [`${file} cannot be read: ${reasonOf(cause)}`];
      reject(new CliError(exitCodes.refused, lines, { cause }));
    });
  });
  return Promise.race([read(input), failed]);
}

const checkpointPattern = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Lines of a server's log, an export, or bare checkpoints; whatever else is there is passed over. */
async function readCheckpoints(terminal: Terminal, file: string): Promise<string[]> {
  const found = await readFile(file, terminal, async (input) => {
    const checkpoints = new Set<string>();
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      for (const text of candidatesIn(line)) {
        if (checkpointPattern.test(text) && !Number.isNaN(sequenceOf(text))) checkpoints.add(text);
      }
    }
    return [...checkpoints];
  });
  if (found.length === 0) {
    throw new CliError(exitCodes.refused, [
      `${file} holds no checkpoint: they are in the server's log as "audit_checkpoint", and at the end of an export`,
    ]);
  }
  return found;
}

function candidatesIn(line: string): string[] {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return [];
    return [
      'audit_checkpoint' in value ? String(value.audit_checkpoint) : '',
      'checkpoint' in value ? String(value.checkpoint) : '',
    ];
  } catch {
    // A log for people, or a bare checkpoint.
    return line.split(/[\s"']+/);
  }
}

/** What a checkpoint says it has seen, to choose between them; NaN for what is none. */
function sequenceOf(checkpoint: string): number {
  try {
    const payload = Buffer.from(checkpoint.split('.')[1] ?? '', 'base64url').toString('utf8');
    return z.object({ sequence: z.number(), link: z.string() }).parse(JSON.parse(payload)).sequence;
  } catch {
    return Number.NaN;
  }
}

function describe(found: Verification, options: AuditVerifyOptions): string[] {
  const { fault, removed, signed_from: signedFrom } = found;
  if (fault) {
    return [
      `Not verified: ${fault.detail}.`,
      '',
      `${found.events} events before it are what was written. The fault is called ${fault.code}.`,
    ];
  }
  const count = found.events === 1 ? 'One event is' : `${found.events} events are`;
  return [
    found.complete
      ? `Verified: ${count} what was written, and none is missing up to event ${found.last_event}.`
      : `Verified: ${count} what was written. Whether any is missing cannot be seen in a part of the log.`,
    ...(removed
      ? [
          `Events up to ${removed.through} (${removed.events} in all) were removed because of their age, as was signed then.`,
        ]
      : []),
    ...(signedFrom !== null && signedFrom > 1
      ? [
          `Events before ${signedFrom} are from before events were signed: they are as they were when event ${signedFrom} was written.`,
        ]
      : []),
    ...(options.file !== undefined && options.key === undefined && options.checkpoint === undefined
      ? [
          '',
          'The file was checked against the keys in it. Whether they are those of your server shows with --key or --checkpoint.',
        ]
      : []),
    ...(found.checkpoint === null
      ? []
      : ['', 'Checkpoint, to be kept elsewhere:', found.checkpoint]),
  ];
}
