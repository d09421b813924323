/** A secret is in one answer alone: what to do when that was lost, and the record is there all the same. */
import { CliError, exitCodes } from './cli-error.ts';

/** Of a client that may have others, which somebody uses. */
export function adviseAnother(clientId: string): string {
  return `Make another: latchkey secrets create ${clientId}. Revoke the one that nobody has: latchkey secrets list ${clientId} shows it.`;
}

/**
 * `made` says what is there, `advice` how to get another secret. Throws when an earlier request with the same
 * Idempotency-Key has made it.
 */
export function requireShown(
  secret: string | null,
  { made, advice }: { made: string; advice: string },
): string {
  if (secret !== null) return secret;
  throw new CliError(
    exitCodes.refused,
    [`${made}, but the one answer with its secret was given before, or got lost.`, advice],
    { code: 'secret_already_shown' },
  );
}
