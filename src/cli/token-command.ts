/** `latchkey token`: fetches one access token, alone on standard output so that it pipes. */
import { Command } from 'commander';
import { resolveCaller } from './caller.ts';
import { collectScopes, formatDuration, parseResource } from './option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  addSaveOptions,
  type RemoteOptions,
  type SaveOptions,
} from './remote-command.ts';
import { withReservedFile } from './saved-file.ts';
import type { Terminal } from './terminal.ts';
import { fetchToken } from './token-fetch.ts';

interface TokenCommandOptions extends RemoteOptions, SaveOptions {
  scope?: string[];
  resource?: string;
}

export const compactTokenPattern = /^[\w-]+\.[\w-]+\.[\w-]*$/;

export function tokenCommand(terminal: Terminal): Command {
  return addExamples(
    addSaveOptions(
      addRemoteOptions(new Command('token')),
      'the token',
      'let --save replace a file that holds anything but a token',
    )
      .description('fetch an access token with a client credential')
      .option(
        '--scope <scope>',
        'scopes to ask for; repeat it (default: everything granted)',
        collectScopes,
      )
      .option(
        '--resource <api>',
        "identifier of the API (default: the client's default API)",
        parseResource,
      )
      .action((options: TokenCommandOptions) => printToken(terminal, options)),
    'token --credentials billing.env --resource https://orders.example.com --scope orders:read',
    'token --credentials billing.env | latchkey verify',
  );
}

async function printToken(terminal: Terminal, options: TokenCommandOptions): Promise<void> {
  // A token is soon worth nothing: a file that holds one is replaced without --force.
  const mayReplace = (content: string) => options.force === true || isToken(content);
  await withReservedFile(options.save, mayReplace, async (file) => {
    const caller = await resolveCaller(options, terminal);
    const { access_token: accessToken, ...rest } = await fetchToken(caller, {
      resource: options.resource,
      scope: options.scope?.join(' '),
    });
    await file?.write(`${accessToken}\n`);
    if (options.json) {
      return terminal.printJson(
        file ? { ...rest, saved_to: file.path } : { access_token: accessToken, ...rest },
      );
    }
    if (!file) terminal.print(accessToken);
    terminal.note(
      `${file ? `Saved to ${file.path}: an` : 'An'} access token good for ${formatDuration(rest.expires_in)}, scope: ${rest.scope}`,
    );
  });
}

function isToken(content: string): boolean {
  return compactTokenPattern.test(content.trim());
}
