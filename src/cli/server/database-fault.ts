/** Why the database could not be opened, in words, and without its password. */
import type { Settings } from '../../config.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { reasonOf } from '../terminal/saved-file.ts';

/** Network errors of Node; a pool that waited too long has no code. */
const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);
const timeoutPattern = /timeout (exceeded|expired)|terminated due to connection timeout/i;
/** SQLSTATE classes of PostgreSQL: who may connect, and to what. */
const refusedPattern = /^(28|3D|42501)/;

/** The same error when it is not about reaching the database. */
export function explainDatabaseFault(
  error: unknown,
  settings: Pick<Settings, 'databaseUrl'>,
): unknown {
  if (settings.databaseUrl === null || !(error instanceof Error)) return error;
  const { host, pathname } = new URL(settings.databaseUrl);
  const name = `the database ${pathname.slice(1)} at ${host}`;
  const code = 'code' in error ? String(error.code) : '';
  if (unreachableCodes.has(code) || timeoutPattern.test(error.message)) {
    return new CliError(
      exitCodes.unreachable,
      [`${name} does not answer (${code || error.message})`, 'Start it, or correct DATABASE_URL.'],
      { cause: error },
    );
  }
  if (refusedPattern.test(code)) {
    return new CliError(
      exitCodes.refused,
      [`${name} refuses: ${reasonOf(error)}`, 'Correct DATABASE_URL, or what its user may do.'],
      { cause: error },
    );
  }
  return error;
}
