/** Which server a command talks to, and as whom. A secret comes from a file, standard input or the environment. */
import { loadCallerSettings, parseIssuer, SettingsError } from '../config.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { readCredentials, type ClientCredential } from './credentials-file.ts';
import type { Terminal } from './terminal.ts';

export interface CallerOptions {
  issuer?: string;
  credentials?: string;
}

export interface Caller {
  issuer: string;
  credential: ClientCredential;
  /** Where the credential came from, for messages. */
  source: string;
}

export function resolveIssuer(options: Pick<CallerOptions, 'issuer'>): string {
  return blameUsage(() =>
    options.issuer === undefined
      ? loadCallerSettings().issuer
      : // As people copy it from a browser.
        parseIssuer(options.issuer.replace(/\/$/, ''), '--issuer'),
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
    const { issuer, ...credential } = await readCredentials(source, terminal);
    const isFromFile = options.issuer === undefined && issuer !== null;
    return {
      issuer: isFromFile
        ? blameUsage(() => parseIssuer(issuer, `LATCHKEY_ISSUER in ${source}`))
        : resolveIssuer(options),
      credential,
      source,
    };
  }
  const issuer = resolveIssuer(options);
  const { clientId, clientSecret } = blameUsage(loadCallerSettings);
  if (clientId === null || clientSecret === null) {
    throw new CliError(exitCodes.usage, [
      'no credential to call the server with',
      'Set LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET, or name a file that holds them with --credentials FILE ("-": standard input).',
      'The admin client was printed at the first start of the server; "npx latchkey bootstrap --force" makes another.',
    ]);
  }
  return {
    issuer,
    credential: { clientId, clientSecret },
    source: 'LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET in the environment',
  };
}
