/** The one place where an error of a command becomes lines for people and an exit code. */
import { CommanderError } from 'commander';
import { SettingsError } from '../config.ts';
import { RegistryError } from '../model/registry-error.ts';
import { CliError, exitCodes, type ExitCode } from './cli-error.ts';

export interface Failure {
  exitCode: ExitCode;
  lines: readonly string[];
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError) return { exitCode: error.exitCode, lines: error.lines };
  // Commander has written its own lines; help and version end with 0.
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? exitCodes.ok : exitCodes.usage, lines: [] };
  }
  if (error instanceof SettingsError) {
    return { exitCode: exitCodes.refused, lines: ['the settings are not right:', ...error.faults] };
  }
  if (error instanceof RegistryError || isRefusal(error)) {
    return { exitCode: exitCodes.refused, lines: [error.message] };
  }
  // A defect: whoever repairs it needs the stack.
  return {
    exitCode: exitCodes.refused,
    lines: (error instanceof Error ? (error.stack ?? error.message) : String(error)).split('\n'),
  };
}

const refusals = new Set(['DataDirectoryLocked', 'DataDirectoryUnusable', 'WrongKeyEncryptionKey']);

/** By their names: the classes live in rooms that commands do not import. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && refusals.has(error.name);
}
