/** `latchkey token`: fetches one access token, alone on standard output so that it pipes. */
import { Command } from 'commander';
import { resolveCaller } from '../remote/caller.ts';
import { collectScopes, parseResource } from '../terminal/option-values.ts';
import {
  addExamples,
  addRemoteOptions,
  addSaveOptions,
  type RemoteOptions,
  type SaveOptions,
} from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { fetchToken } from '../remote/token-fetch.ts';
import { printAccessToken } from './token-output.ts';

interface TokenCommandOptions extends RemoteOptions, SaveOptions {
  scope?: string[];
  resource?: string;
}

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
  await printAccessToken(terminal, options, 'token', async () =>
    fetchToken(await resolveCaller(options, terminal), {
      resource: options.resource,
      scope: options.scope?.join(' '),
    }),
  );
}
