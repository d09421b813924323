/** What takes something away asks first where somebody can answer, and `--yes` is the answer. */
import type { Command } from 'commander';
import { CliError, exitCodes } from './cli-error.ts';
import type { Terminal } from './terminal.ts';

export interface ConfirmationOptions {
  yes?: boolean;
}

export function addYesOption(command: Command): Command {
  return command.option('--yes', 'do not ask (without a terminal nothing is ever asked)');
}

/** Throws unless it is wanted; `refusal` says what was not done. */
export async function requireYes(
  terminal: Terminal,
  options: ConfirmationOptions,
  question: string,
  refusal: string,
): Promise<void> {
  if (options.yes || !terminal.isInteractive) return;
  if (!(await terminal.confirm(question))) throw new CliError(exitCodes.refused, [refusal]);
}
