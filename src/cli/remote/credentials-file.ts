/** The `.env` file that holds a client's credential: made by `--save`, read by `--credentials`. */
import { readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { reasonOf } from '../terminal/saved-file.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface ClientCredential {
  clientId: string;
  clientSecret: string;
}

export interface SavedCredential extends ClientCredential {
  /** null: the file names none. */
  issuer: string | null;
  /** null: the file names none. */
  adminUrl: string | null;
}

/** `adminUrl` is for whoever calls the admin API, and left out where it is the issuer. */
export function formatCredentials(
  issuer: string,
  credential: ClientCredential,
  adminUrl = issuer,
): string {
  return [
    '# A credential of Latchkey: whoever reads this file is this client.',
    `LATCHKEY_ISSUER=${issuer}`,
    ...(adminUrl === issuer ? [] : [`LATCHKEY_ADMIN_URL=${adminUrl}`]),
    `LATCHKEY_CLIENT_ID=${credential.clientId}`,
    `LATCHKEY_CLIENT_SECRET=${credential.clientSecret}`,
    '',
  ].join('\n');
}

/** `-` reads standard input. */
export async function readCredentials(path: string, terminal: Terminal): Promise<SavedCredential> {
  const text =
    path === '-'
      ? await terminal.readInput()
      : await readFile(path, 'utf8').catch((cause: unknown) => {
          throw new CliError(
            exitCodes.usage,
            [`the credentials file ${path} cannot be read: ${reasonOf(cause)}`],
            { cause },
          );
        });
  const variables = parseEnv(text);
  const { LATCHKEY_CLIENT_ID: clientId, LATCHKEY_CLIENT_SECRET: clientSecret } = variables;
  if (!clientId || !clientSecret) {
    throw new CliError(exitCodes.usage, [
      `${path === '-' ? 'standard input' : path} holds no credential: it needs the lines LATCHKEY_CLIENT_ID=… and LATCHKEY_CLIENT_SECRET=…`,
    ]);
  }
  return {
    clientId,
    clientSecret,
    issuer: variables['LATCHKEY_ISSUER'] || null,
    adminUrl: variables['LATCHKEY_ADMIN_URL'] || null,
  };
}
