/** `latchkey clients token`: an access token of a client, made without its secret, alone on standard output. */
import { findClient } from '../remote/record-reference.ts';
import { connectAdmin, type RemoteOptions, type SaveOptions } from '../remote/remote-command.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { printAccessToken } from './token-output.ts';
import { tokenSchema } from '../remote/token-fetch.ts';

export interface OneOffTokenOptions extends RemoteOptions, SaveOptions {
  scope?: string[];
  resource?: string;
}

export async function printOneOffToken(
  terminal: Terminal,
  reference: string,
  options: OneOffTokenOptions,
): Promise<void> {
  await printAccessToken(terminal, options, 'clients token', async () => {
    const { admin } = await connectAdmin(options, terminal);
    const client = await findClient(admin, reference);
    return admin.post(`/clients/${client.id}/token`, tokenSchema, {
      ...(options.resource === undefined ? {} : { resource: options.resource }),
      ...(options.scope === undefined ? {} : { scope: options.scope.join(' ') }),
    });
  });
}
