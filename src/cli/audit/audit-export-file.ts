/** `latchkey audit export`: the log as a file, written as it comes. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { connectAdmin, type RemoteOptions } from '../remote/remote-command.ts';
import { reasonOf } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** The last line of an export: without it the file is not whole. */
const endPattern = /\{"type":"end",[^\n]*\}\n$/;
const tailCharacters = 4_000;

export async function exportAudit(
  terminal: Terminal,
  file: string,
  filters: Record<string, string>,
  options: RemoteOptions & { force?: boolean },
): Promise<void> {
  const { admin } = await connectAdmin(options, terminal);
  const query = new URLSearchParams(filters).toString();
  const path = `/audit-events/export${query === '' ? '' : `?${query}`}`;
  if (file === '-') {
    const { tail } = await copy(await admin.openText(path), (chunks) => terminal.writeAll(chunks));
    if (!endPattern.test(tail)) throw brokenOff();
    return;
  }
  const { bytes } = await writeWhole(file, options.force === true, await admin.openText(path));
  if (options.json) return terminal.printJson({ file, bytes });
  terminal.print(
    `The audit log is in ${file}, which only you can read.`,
    `Check it anywhere, without a server: latchkey audit verify --file ${file}`,
  );
}

/** Under its name only when all of it is there. */
async function writeWhole(
  file: string,
  mayReplace: boolean,
  chunks: AsyncIterable<string>,
): Promise<{ bytes: number }> {
  const draft = mayReplace ? `${file}.${process.pid}.tmp` : file;
  let isOurs = false;
  try {
    const output = createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true });
    output.once('open', () => {
      isOurs = true;
    });
    const { tail, bytes } = await copy(chunks, (counted) => pipeline(counted, output));
    if (!endPattern.test(tail)) throw brokenOff();
    if (draft !== file) await rename(draft, file);
    return { bytes };
  } catch (cause) {
    if (isOurs) await rm(draft, { force: true });
    if (cause instanceof CliError) throw cause;
    const lines = [`${file} cannot be written: ${reasonOf(cause)}`];
    throw new CliError(exitCodes.refused, lines, { cause });
  }
}

async function copy(
  chunks: AsyncIterable<string>,
  write: (chunks: AsyncIterable<string>) => Promise<void>,
): Promise<{ tail: string; bytes: number }> {
  const seen = { tail: '', bytes: 0 };
  await write(
    (async function* () {
      for await (const chunk of chunks) {
        seen.tail = (seen.tail + chunk).slice(-tailCharacters);
        seen.bytes += Buffer.byteLength(chunk);
        yield chunk;
      }
    })(),
  );
  return seen;
}

function brokenOff(): CliError {
  return new CliError(exitCodes.unreachable, ['the export broke off before its end: try again']);
}
