/** Runs `latchkey`: in this process with streams of its own, or as a process like anybody would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runLatchkey } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal/terminal.ts';
import { compileCacheOf, quickCompilerOnly } from '../support/compile-cache.ts';
import type { Credential } from '../support/server-process.ts';

export interface Outcome {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface HereOptions {
  /** What is piped in, or, with `isTerminal`, typed. */
  input?: string;
  isTerminal?: boolean;
}

/** In this process. The environment of the test holds no LATCHKEY_ variable of a caller. */
export async function latchkeyHere(
  args: readonly string[],
  { input = '', isTerminal = false }: HereOptions = {},
): Promise<Outcome> {
  const output = new PassThrough();
  const error = new PassThrough();
  const exitCode = await runLatchkey(
    args,
    new Terminal({
      input: Object.assign(Readable.from([input], { objectMode: false }), { isTTY: isTerminal }),
      output,
      error: Object.assign(error, { isTTY: isTerminal }),
    }),
  );
  const stdout = String(output.read() ?? '');
  return { exitCode, stdout, stderr: String(error.read() ?? '') };
}

const entry = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** As a process; nothing of this process's environment goes along but PATH. `fileBlocksMax`: no file grows beyond it. */
export async function latchkey(
  args: readonly string[],
  {
    env = {},
    fileBlocksMax,
    ...options
  }: Omit<RunOptions, 'env' | 'cwd'> & { env?: RunOptions['env']; fileBlocksMax?: number } = {},
): Promise<Outcome> {
  const limited = `trap '' XFSZ; ulimit -f ${fileBlocksMax}; exec "$0" "$@"`;
  const command =
    fileBlocksMax === undefined ? [process.execPath] : ['bash', '-c', limited, process.execPath];
  const [program = '', ...before] = command;
  return run(program, [...before, quickCompilerOnly, entry, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...compileCacheOf('main-embedded'), ...env },
    ...options,
  });
}

export interface RunOptions {
  env: Record<string, string>;
  cwd?: string;
  input?: string;
  /** Sends SIGTERM when standard output holds this. */
  stopAt?: string;
}

export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Outcome> {
  const { env, cwd, input = '', stopAt } = options;
  const child = spawn(command, args, { env, ...(cwd === undefined ? {} : { cwd }), stdio: 'pipe' });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout.push(chunk);
    // Once: a second signal ends it at once.
    if (child.killed || stopAt === undefined) return;
    if (Buffer.concat(stdout).includes(stopAt)) child.kill('SIGTERM');
  });
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A command that does not read its input may be gone before all of it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  // The exit code is the first argument of the event.
  const [exitCode] = (await once(child, 'close')) as [number | null];
  return {
    exitCode,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
  };
}

/** A folder of the test's own, removed by `remove`. */
export interface WorkingFolder {
  path(name: string): string;
  /** A credentials file for a server; returns its path. */
  saveCredential(issuer: string, credential: Credential): Promise<string>;
  remove(): Promise<void>;
}

export async function makeWorkingFolder(): Promise<WorkingFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  let saved = 0;
  return {
    path: (name) => join(folder, name),
    async saveCredential(issuer, { clientId, clientSecret }) {
      const file = join(folder, `credential-${(saved += 1)}.env`);
      await writeFile(
        file,
        `LATCHKEY_ISSUER=${issuer}\nLATCHKEY_CLIENT_ID=${clientId}\nLATCHKEY_CLIENT_SECRET=${clientSecret}\n`,
      );
      return file;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Standard output as the JSON it must be, and nothing else. */
export function parseOutput(outcome: Outcome): Record<string, unknown> {
  if (outcome.exitCode !== 0 && outcome.exitCode !== 1) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout) as Record<string, unknown>;
}
