/** The one place where an error of a command becomes lines for people and an exit code. */
import { CommanderError } from 'commander';
import { SettingsError } from '../../config.ts';
import { RegistryError } from '../../model/registry-error.ts';
import { CliError, exitCodes, type ExitCode } from './cli-error.ts';

export interface Failure {
  exitCode: ExitCode;
  lines: readonly string[];
  /** What a program gets instead of the lines; undefined: the result has said everything. */
  error: FailureReport | undefined;
}

export interface FailureReport {
  code: string;
  message: string;
  /** null: no server was asked, or it did not say. */
  request_id: string | null;
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof CliError) {
    return fail(error.exitCode, error.lines, error.code, error.requestId);
  }
  if (error instanceof CommanderError) return describeUsage(error);
  if (error instanceof SettingsError) {
    return fail(exitCodes.refused, ['the settings are not right:', ...error.faults], 'settings');
  }
  if (error instanceof RegistryError) return fail(exitCodes.refused, [error.message], error.code);
  if (isRefusal(error)) return fail(exitCodes.refused, [error.message], 'refused');
  // A defect: whoever repairs it needs the stack.
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return fail(exitCodes.refused, stack.split('\n'), 'defect');
}

/** Commander has written its own lines; help and version end with 0. */
function describeUsage({ exitCode, message }: CommanderError): Failure {
  if (exitCode === 0) return { exitCode: exitCodes.ok, lines: [], error: undefined };
  const report = { code: 'usage', message, request_id: null };
  return { exitCode: exitCodes.usage, lines: [], error: report };
}

function fail(
  exitCode: ExitCode,
  lines: readonly string[],
  code: string,
  requestId?: string,
): Failure {
  const report = { code, message: lines.join('\n'), request_id: requestId ?? null };
  return { exitCode, lines, error: lines.length === 0 ? undefined : report };
}

const refusals = new Set([
  'DataDirectoryLocked',
  'DataDirectoryUnusable',
  'DatabaseFromNewerVersion',
  'DatabaseNotInUtf8',
  'KeyEncryptionKeyLost',
  'WrongKeyEncryptionKey',
]);

/** By their names: the classes live in rooms that commands do not import. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && refusals.has(error.name);
}
