/** Where a command takes an access token from: a file, standard input, or the command line itself. */
import { readFile } from 'node:fs/promises';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { reasonOf } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { compactTokenPattern } from './token-output.ts';

export const tokenArgument = {
  name: '[token]',
  description: 'file that holds it, "-" for standard input (the default), or the token itself',
} as const;

/** The token alone, whatever was around it; `purpose` and `command` are for whoever named none. */
export async function readToken(
  terminal: Terminal,
  source: string | undefined,
  { purpose, command }: { purpose: string; command: string },
): Promise<string> {
  if (source === undefined && terminal.inputIsTerminal) {
    throw new CliError(exitCodes.usage, [
      `no token to ${purpose}: name a file that holds it, or pipe it in ("latchkey token | latchkey ${command}")`,
    ]);
  }
  return extractToken(await readSource(terminal, source));
}

async function readSource(terminal: Terminal, source: string | undefined): Promise<string> {
  if (source === undefined || source === '-') return terminal.readInput();
  try {
    return await readFile(source, 'utf8');
  } catch (cause) {
    // Also a damaged one: what looks like a token is looked at, and never repeated in an error.
    if (compactTokenPattern.test(source) || /^(bearer\s|eyJ)/i.test(source)) return source;
    throw new CliError(exitCodes.usage, [`${source} cannot be read: ${reasonOf(cause)}`], {
      cause,
    });
  }
}

/** A bare token, one behind "Bearer", or a whole token response. */
function extractToken(text: string): string {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    try {
      const response = JSON.parse(trimmed) as { access_token?: unknown };
      if (typeof response.access_token === 'string') return response.access_token;
    } catch {
      // Not a response: it is then reported as not being a token.
    }
  }
  return trimmed.replace(/^(authorization:\s*)?bearer\s+/i, '');
}
