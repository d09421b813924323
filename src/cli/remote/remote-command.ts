/** What the commands that call a running server have in common: their options, and a connection as an admin. */
import type { Command } from 'commander';
import { AdminClient } from './admin-client.ts';
import { resolveCaller, type CallerOptions } from './caller.ts';
import { parseText } from '../terminal/option-values.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface RemoteOptions extends CallerOptions {
  json?: boolean;
}

/** Of commands that make something. */
export interface CreationOptions extends RemoteOptions {
  idempotencyKey?: string;
}

/** `--save` and its `--force`. */
export interface SaveOptions {
  save?: string;
  force?: boolean;
}

export function addJsonOption(
  command: Command,
  text = 'answer in JSON on standard output, and nothing else there; errors in JSON as well',
): Command {
  return command.option('--json', text);
}

export function addIssuerOption(command: Command): Command {
  return command.option(
    '--issuer <url>',
    'the server (default: LATCHKEY_ISSUER, or http://localhost: and PORT or 3000)',
  );
}

export function addRemoteOptions(command: Command): Command {
  return addJsonOption(
    addIssuerOption(command).option(
      '--credentials <file>',
      'file with LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET, "-" for standard input (default: the environment)',
    ),
  );
}

export function addCreationOptions(command: Command): Command {
  return addRemoteOptions(command).option(
    '--idempotency-key <key>',
    'within a day the same key makes nothing twice (default: a new one for every run)',
    parseText,
  );
}

export function addSaveOptions(
  command: Command,
  what: string,
  forceText = 'let --save replace a file',
): Command {
  return command
    .option('--save <file>', `write ${what} to a file that only you can read, and do not print it`)
    .option('--force', forceText);
}

export function addExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ latchkey ${example}`).join('\n');
  return command.addHelpText(
    'after',
    `\n${examples.length === 1 ? 'Example' : 'Examples'}:\n${lines}`,
  );
}

export async function connectAdmin(
  options: CallerOptions,
  terminal: Terminal,
): Promise<{ admin: AdminClient; issuer: string }> {
  const caller = await resolveCaller(options, terminal);
  return { admin: await AdminClient.connect(caller), issuer: caller.issuer };
}

export const listLimitDefault = 200;
