/** Which server a command talks to, and as whom. A secret comes from a file, standard input or the environment. */
import { loadAdminUrl, loadCallerSettings, parseOrigin, SettingsError } from '../../config.ts';
import { CliError, exitCodes } from '../terminal/cli-error.ts';
import { readCredentials, type ClientCredential } from './credentials-file.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface CallerOptions {
  issuer?: string;
  credentials?: string;
}

export interface Server {
  issuer: string;
  /** Where its admin API is: the issuer, unless admins have a listener of their own. */
  adminUrl: string;
}

export interface Caller extends Server {
  credential: ClientCredential;
  /** Where the credential came from, for messages. */
  source: string;
}

export function resolveServer(options: Pick<CallerOptions, 'issuer'>): Server {
  const issuer = resolveIssuer(options);
  return { issuer, adminUrl: blameUsage(() => loadAdminUrl(issuer)) };
}

export function resolveIssuer(options: Pick<CallerOptions, 'issuer'>): string {
  return blameUsage(() =>
    options.issuer === undefined
      ? loadCallerSettings().issuer
      : // As people copy it from a browser.
        parseOrigin(options.issuer.replace(/\/$/, ''), '--issuer'),
  );
}

/** A wrong address of somebody else's server is no fault in the settings of this one. */
function blameUsage<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof SettingsError) throw new CliError(exitCodes.usage, error.faults);
    throw error;
  }
}

/** A file that is named is believed whole; the environment does not mix with it. */
export async function resolveCaller(options: CallerOptions, terminal: Terminal): Promise<Caller> {
  if (options.credentials !== undefined) {
    const source = options.credentials;
    const { issuer: named, adminUrl, ...credential } = await readCredentials(source, terminal);
    const parse = (value: string, variable: string) =>
      blameUsage(() => parseOrigin(value, `${variable} in ${source}`));
    const isFromFile = options.issuer === undefined && named !== null;
    const server = resolveServer({
      ...options,
      ...(isFromFile ? { issuer: parse(named, 'LATCHKEY_ISSUER') } : {}),
    });
    // Of the issuer that the file names, and of no other.
    return named === server.issuer && adminUrl !== null
      ? { ...server, adminUrl: parse(adminUrl, 'LATCHKEY_ADMIN_URL'), credential, source }
      : { ...server, credential, source };
  }
  const server = resolveServer(options);
  const { clientId, clientSecret } = blameUsage(loadCallerSettings);
  if (clientId === null || clientSecret === null) {
    throw new CliError(exitCodes.usage, [
      'no credential to call the server with',
      'Set LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET, or name a file that holds them with --credentials FILE ("-": standard input).',
      'The admin client was printed at the first start of the server; "npx latchkey bootstrap --force" makes another.',
    ]);
  }
  return {
    ...server,
    credential: { clientId, clientSecret },
    source: 'LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET in the environment',
  };
}
