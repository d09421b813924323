/** Files that hold a credential or a token: readable by their owner only, and never written over by accident. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { CliError, exitCodes } from './cli-error.ts';

export interface ReservedFile {
  path: string;
  write(content: string): Promise<void>;
  /** Leaves nothing behind; does nothing once it is written. */
  discard(): Promise<void>;
}

export interface Reservation {
  /** Looks at the present content of the file, which stays whole until the new content is. */
  mayReplace: (content: string) => boolean;
  /** The command that makes another of what is lost when it cannot be written after all. */
  another: string;
}

/** Before a secret is asked for: whether it can be kept. */
async function reserveFile(
  path: string,
  { mayReplace, another }: Reservation,
): Promise<ReservedFile> {
  const existing = await readIfThere(path);
  // An empty file is what an earlier command left when it was killed.
  if (existing !== undefined && existing !== '' && !mayReplace(existing)) throw exists(path);
  const draft = existing === undefined ? path : `${path}.${process.pid}.tmp`;
  await createEmpty(draft, path);
  let written = false;
  return {
    path,
    async write(content) {
      try {
        await writeFile(draft, content, { flag: 'r+', flush: true });
        if (draft !== path) await rename(draft, path);
      } catch (cause) {
        throw new CliError(
          exitCodes.refused,
          [
            `${path} could not be written: ${reasonOf(cause)}`,
            `What it should hold is lost: make another with "latchkey ${another}".`,
          ],
          { cause },
        );
      }
      written = true;
    },
    async discard() {
      if (!written) await rm(draft, { force: true });
    },
  };
}

async function createEmpty(draft: string, path: string): Promise<void> {
  try {
    await writeFile(draft, '', { flag: 'wx', mode: 0o600 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') throw exists(path);
    throw new CliError(
      exitCodes.refused,
      [`${path} cannot be written: ${reasonOf(cause)}`, 'Nothing was asked of the server yet.'],
      { cause },
    );
  }
}

/** Runs `act` with a reserved file, or none when no path is given. */
export async function withReservedFile<Result>(
  path: string | undefined,
  reservation: Reservation,
  act: (file: ReservedFile | undefined) => Promise<Result>,
): Promise<Result> {
  const file = path === undefined ? undefined : await reserveFile(path, reservation);
  try {
    return await act(file);
  } finally {
    await file?.discard();
  }
}

function exists(path: string): CliError {
  return new CliError(exitCodes.refused, [
    `${path} exists already: choose another name, or replace it with --force`,
  ]);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new CliError(exitCodes.refused, [`${path} cannot be read: ${reasonOf(error)}`], {
      cause: error,
    });
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
